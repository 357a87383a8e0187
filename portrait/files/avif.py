"""Properties of AVIF files that Pillow does not report: bit depth and colour code points."""

import struct
from typing import IO

from portrait.files.containers.av1_header import read_sequence_colors
from portrait.files.containers.box_items import item_content
from portrait.files.containers.boxes import Box, Items, read_items

_HIGH_BIT_DEPTH, _TWELVE_BITS = 0x40, 0x20
_CONFIGURATION_BYTES = 4  # of av1C, before the units of the stream (AV1 in ISOBMFF, 2.3.3)
_STREAM_HEAD_BYTES = 4096


def read_bits(file: IO[bytes]) -> int:
    """Bits of a colour channel: 8, 10 or 12; 8 where the file does not say (AV1 in ISOBMFF, 2.3.3: ``av1C``).

    Raises
    ------
    OSError
        The file cannot be read.
    """
    try:
        flags = next(content[2] for kind, content in _properties(read_items(file)) if kind == b"av1C")
    except (struct.error, LookupError, StopIteration):
        return 8
    if not flags & _HIGH_BIT_DEPTH:
        return 8
    return 12 if flags & _TWELVE_BITS else 10


def read_code_points(file: IO[bytes]) -> tuple[int, int] | None:
    """ColourPrimaries and TransferCharacteristics: of the container, else of the AV1 sequence header.

    The container has the first say (ISO/IEC 23000-22, 7.3.6.4). The header stands in ``av1C``, or begins the data of
    the picture (AV1 in ISOBMFF, 2.3.3 and 2.4).

    Returns
    -------
    None where neither tells them.

    Raises
    ------
    struct.error, LookupError, OSError
        Damaged; cannot be read.
    """
    items = read_items(file)
    for kind, content in _properties(items):
        if kind == b"colr" and content[:4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            return primaries, transfer
    for item in _shown_items(items):
        configuration = next((content for kind, content in items.properties[item] if kind == b"av1C"), None)
        if configuration is not None:
            stream = configuration[_CONFIGURATION_BYTES:] + item_content(file, item, _STREAM_HEAD_BYTES)
            return read_sequence_colors(stream)
    return None


def _shown_items(items: Items) -> tuple[int, ...]:
    """The picture that is shown, and its first tile where it is a grid of them."""
    return items.primary, *items.references[b"dimg", items.primary][:1]


def _properties(items: Items) -> list[Box]:
    return [box for item in _shown_items(items) for box in items.properties[item]]
