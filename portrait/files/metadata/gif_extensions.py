"""Reading of GIF extensions, of which Pillow reads only some: ICC profile, XMP packet, comments."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

_HEADER_BYTES, _DESCRIPTOR_BYTES = 13, 9
_EXTENSION, _IMAGE = b"\x21", b"\x2c"
_COMMENT, _APPLICATION = 0xFE, 0xFF
_ICC, _XMP = b"ICCRGBG1012", b"XMP DataXMP"
_MAGIC_TRAILER = bytes([1, *range(255, -1, -1), 0])
"""Bytes after an XMP packet that lead a reader of sub-blocks to an end from any position (XMP part 3, 1.1.2)."""


@dataclass(frozen=True, slots=True)
class GifTexts:
    """The XMP packet, if there is one, and all comments in their order."""

    xmp: bytes | None
    comments: tuple[bytes, ...]


def read_gif_profile(file: IO[bytes]) -> bytes | None:
    """The profile that stands before the first image; none without one (ICC.1:2022, B.5; GIF89a, 26).

    Raises
    ------
    IndexError, OSError
        The file is truncated, or cannot be read.
    """
    for label, blocks in _walk(file):
        if label is None:
            return None
        if label == _APPLICATION and blocks[:1] == [_ICC]:
            return b"".join(blocks[1:])
    return None


def read_gif_texts(file: IO[bytes]) -> GifTexts:
    """XMP packet and comments, from anywhere in the file, up to a truncation.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    xmp, comments = None, []
    with suppress(IndexError):
        for label, blocks in _walk(file):
            if label == _COMMENT:
                comments.append(b"".join(blocks))
            elif label == _APPLICATION and blocks[:1] == [_XMP]:
                xmp = _join_packet(blocks[1:])
    return GifTexts(xmp, tuple(comments))


def _walk(file: IO[bytes]) -> Iterator[tuple[int | None, list[bytes]]]:
    """Label and sub-blocks of each extension; no label for an image."""
    file.seek(0)
    _skip_colors(file, file.read(_HEADER_BYTES)[10])
    while (introducer := file.read(1)) in (_EXTENSION, _IMAGE):
        if introducer == _EXTENSION:
            label = file.read(1)[0]
            yield label, _read_blocks(file)
        else:
            yield None, []
            _skip_colors(file, file.read(_DESCRIPTOR_BYTES)[8])
            file.seek(1, 1)  # the minimum code size of its LZW data
            _read_blocks(file)


def _skip_colors(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), 1)


def _read_blocks(file: IO[bytes]) -> list[bytes]:
    """Sub-blocks up to the empty one (GIF89a, 15)."""
    blocks = []
    while length := file.read(1)[0]:
        blocks.append(file.read(length))
    return blocks


def _join_packet(blocks: list[bytes]) -> bytes:
    """Join an XMP packet, which is stored without sub-blocks: the supposed lengths of these are its bytes."""
    whole = b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
    end = whole.find(_MAGIC_TRAILER[:8])
    return whole if end < 0 else whole[:end]
