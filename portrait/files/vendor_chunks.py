"""Data of vendors in PNG, WebP and JPEG 2000 files, named because no portrait keeps them."""

import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from portrait.files.boxes import find_boxes
from portrait.files.jp2_boxes import is_known
from portrait.files.os_errors import read_error
from portrait.files.png_chunks import walk_chunks

_PRIVATE = 0x20  # of a chunk's second letter (PNG, third edition, 5.4)
_PNG_FRAME = frozenset({b"acTL", b"fcTL", b"fdAT", b"vpAg", b"caNv", b"orNT"})
"""Private by name, and about how this file is built: animation, and ImageMagick's canvas."""

_WEBP_KNOWN = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "})
_RIFF_HEADER_BYTES = 12


def name_vendor_data(names: Iterable[str]) -> list[str]:
    """The sentence about vendors' data, each name once; none where there are none."""
    listed = ", ".join(dict.fromkeys(names))
    return [f"vendor data ({listed}) could not be kept"] if listed else []


def png_extras(path: Path) -> list[str]:
    """A sentence for the private chunks of a PNG file, such as content credentials (``caBX``).

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    return _name(path, _private_png_chunks)


def webp_extras(path: Path) -> list[str]:
    """A sentence for chunks of a WebP file that its specification does not know. Raises as `png_extras`."""
    return _name(path, _unknown_webp_chunks)


def jpeg2000_extras(path: Path) -> list[str]:
    """A sentence for the XML and UUID boxes of a JPEG 2000 file (ITU-T T.800, I.7). Raises as `png_extras`."""
    return _name(path, _jp2_boxes)


def _name(path: Path, find: Callable[[Path], Iterator[str]]) -> list[str]:
    names = []
    try:
        for name in find(path):
            names.append(name)
    except struct.error:  # damaged from here on
        pass
    except OSError as exc:
        raise read_error(path, exc) from exc
    return name_vendor_data(names)


def _private_png_chunks(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for _, name, length in walk_chunks(file):
            if name == b"IEND":
                return
            if name.isalpha() and name[1] & _PRIVATE and name not in _PNG_FRAME and length:
                yield name.decode()


def _unknown_webp_chunks(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        start, end = _RIFF_HEADER_BYTES, 8 + int.from_bytes(file.read(8)[4:], "little")
        while start + 8 <= end:
            file.seek(start)
            name, length = struct.unpack("<4sI", file.read(8))
            if name not in _WEBP_KNOWN and name.isalnum():
                yield name.decode()
            start += 8 + length + length % 2


def _jp2_boxes(path: Path) -> Iterator[str]:
    if any(True for _ in find_boxes(path, b"xml ")):
        yield "XML"
    if not all(is_known(content) for content in find_boxes(path, b"uuid")):
        yield "UUID"
