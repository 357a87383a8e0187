"""Names the vendors' data in PNG, WebP and JPEG 2000 files that a portrait does not keep."""

import struct
from collections.abc import Callable, Iterable, Iterator
from io import SEEK_END
from typing import IO

from portrait.files.containers.boxes import find_boxes
from portrait.files.containers.jp2_boxes import is_known
from portrait.files.containers.png_chunks import CHECKSUM_BYTES, read_at, walk_chunks
from portrait.language import tr

_PRIVATE = 0x20  # of a chunk's second letter (PNG, third edition, 5.4)
_PNG_FRAME = frozenset({b"acTL", b"fcTL", b"fdAT", b"vpAg", b"caNv", b"orNT"})
"""Chunks with private names that are not named to users: they describe animation and ImageMagick's canvas."""

_WEBP_KNOWN = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "})
_RIFF_HEADER_BYTES = 12
_TRAILER_BYTES = 1 << 16


def name_vendor_data(names: Iterable[str]) -> list[str]:
    """The sentence that lists vendors' data, each name once; no sentence where there is none."""
    listed = ", ".join(dict.fromkeys(names))
    return [tr("vendor data ({listed}) could not be kept", listed=listed)] if listed else []


def png_extras(file: IO[bytes]) -> list[str]:
    """Sentences on private chunks of a PNG file, such as content credentials (``caBX``), and on data behind its end.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    return [*_name(file, _private_png_chunks), *_name_trailer(file, _end_of_png(file), "PNG")]


def webp_extras(file: IO[bytes]) -> list[str]:
    """Sentences for chunks of a WebP file that its specification does not know, and for what is behind it. Raises as
    `png_extras`.
    """
    return [*_name(file, _unknown_webp_chunks), *_name_trailer(file, 8 + _riff_length(file), "WebP")]


def jpeg2000_extras(file: IO[bytes]) -> list[str]:
    """A sentence for the XML and UUID boxes of a JPEG 2000 file (ITU-T T.800, I.7). Raises as `png_extras`."""
    return _name(file, _jp2_boxes)


def _name_trailer(file: IO[bytes], end: int, kind: str) -> list[str]:
    """A sentence for data behind the end of a file that is more than padding."""
    file.seek(end)
    has_data = bool(file.read(_TRAILER_BYTES).strip(b"\0\r\n "))
    return (
        [tr("data after the end of the {kind}, such as a motion photo, could not be kept", kind=kind)]
        if has_data
        else []
    )


def _end_of_png(file: IO[bytes]) -> int:
    for start, name, length in walk_chunks(file):
        if name == b"IEND":
            return start + length + CHECKSUM_BYTES
    return file.seek(0, SEEK_END)


def _riff_length(file: IO[bytes]) -> int:
    """Bytes behind the header, padded to even (Microsoft RIFF)."""
    length = int.from_bytes(read_at(file, 4, 4), "little")
    return length + length % 2


def _name(file: IO[bytes], find: Callable[[IO[bytes]], Iterator[str]]) -> list[str]:
    names = []
    try:
        for name in find(file):
            names.append(name)
    except struct.error:  # damaged from here on
        pass
    return name_vendor_data(names)


def _private_png_chunks(file: IO[bytes]) -> Iterator[str]:
    for _, name, length in walk_chunks(file):
        if name == b"IEND":
            return
        if name.isalpha() and name[1] & _PRIVATE and name not in _PNG_FRAME and length:
            yield name.decode()


def _unknown_webp_chunks(file: IO[bytes]) -> Iterator[str]:
    start, end = _RIFF_HEADER_BYTES, 8 + _riff_length(file)
    while start + 8 <= end:
        file.seek(start)
        name, length = struct.unpack("<4sI", file.read(8))
        if name not in _WEBP_KNOWN and name.isalnum():
            yield name.decode()
        start += 8 + length + length % 2


def _jp2_boxes(file: IO[bytes]) -> Iterator[str]:
    if any(True for _ in find_boxes(file, b"xml ")):
        yield "XML"
    if not all(is_known(content) for content in find_boxes(file, b"uuid")):
        yield "UUID"
