"""The chunks of a PNG file that stand before its pixels."""

import struct
from collections.abc import Collection
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHECKSUM_BYTES = 4


def read_chunks(path: Path, wanted: Collection[bytes]) -> dict[bytes, bytes]:
    """Contents of the first chunk of each wanted name, as far as there is one (PNG, third edition, 5.3).

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        file.seek(len(_SIGNATURE))
        while len(start := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", start)
            if name == b"IDAT":
                break
            if name in wanted and name not in found:
                found[name] = file.read(length)
                length = 0
            file.seek(length + _CHECKSUM_BYTES, 1)
    return found
