"""The ICC profile of a GIF file, in an application extension of its own."""

from typing import IO

_HEADER_BYTES = 13
_EXTENSION, _APPLICATION = 0x21, 0xFF
_IDENTIFIER = b"ICCRGBG1012"


def read_gif_profile(file: IO[bytes]) -> bytes | None:
    """The profile that stands before the first picture; none without one (ICC.1:2022, B.5; GIF89a, 26).

    Raises
    ------
    IndexError, OSError
        Cut short; cannot be read.
    """
    file.seek(0)
    packed = file.read(_HEADER_BYTES)[10]
    if packed & 0x80:
        file.seek(3 << ((packed & 7) + 1), 1)
    while file.read(1) == bytes([_EXTENSION]):
        label = file.read(1)[0]
        blocks = _read_blocks(file)
        if label == _APPLICATION and blocks[:1] == [_IDENTIFIER]:
            return b"".join(blocks[1:])
    return None


def _read_blocks(file: IO[bytes]) -> list[bytes]:
    """Sub-blocks up to the empty one (GIF89a, 15)."""
    blocks = []
    while length := file.read(1)[0]:
        blocks.append(file.read(length))
    return blocks
