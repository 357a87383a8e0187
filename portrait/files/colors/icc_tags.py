"""The tags of an ICC profile."""

import struct

_TABLE_OFFSET = 128


def find_tag(icc_profile: bytes, wanted: bytes) -> bytes:
    """The content of a tag (ICC.1:2022, 7.3).

    Raises
    ------
    LookupError
        The profile has no such tag.
    struct.error
        The profile is truncated.
    """
    (count,) = struct.unpack_from(">I", icc_profile, _TABLE_OFFSET)
    for index in range(min(count, len(icc_profile) // 12)):
        name, offset, size = struct.unpack_from(">4sII", icc_profile, _TABLE_OFFSET + 4 + 12 * index)
        if name == wanted:
            return icc_profile[offset : offset + size]
    raise LookupError(wanted)
