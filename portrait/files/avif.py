"""Properties of AVIF files that Pillow does not report: bit depth and colour code points."""

import struct
from typing import IO

from portrait.files.boxes import Box, read_items

_HIGH_BIT_DEPTH, _TWELVE_BITS = 0x40, 0x20


def read_bits(file: IO[bytes]) -> int:
    """Bits of a colour channel: 8, 10 or 12; 8 where the file does not say (AV1 in ISOBMFF, 2.3.3: ``av1C``).

    Raises
    ------
    OSError
        The file cannot be read.
    """
    try:
        flags = next(content[2] for kind, content in _shown_properties(file) if kind == b"av1C")
    except (struct.error, LookupError, StopIteration):
        return 8
    if not flags & _HIGH_BIT_DEPTH:
        return 8
    return 12 if flags & _TWELVE_BITS else 10


def read_code_points(file: IO[bytes]) -> tuple[int, int] | None:
    """ColourPrimaries and TransferCharacteristics; none where the container does not have them.

    Raises
    ------
    struct.error, LookupError, OSError
        Damaged; cannot be read.
    """
    for kind, content in _shown_properties(file):
        if kind == b"colr" and content[:4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            return primaries, transfer
    return None


def _shown_properties(file: IO[bytes]) -> list[Box]:
    """Properties of the image that is shown and, where it is a grid of tiles, of its first tile."""
    items = read_items(file)
    shown = (items.primary, *items.references[b"dimg", items.primary][:1])
    return [box for item in shown for box in items.properties[item]]
