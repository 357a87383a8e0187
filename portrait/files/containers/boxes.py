"""Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2), of which HEIC, AVIF and JPEG 2000 files are made."""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import SEEK_END
from typing import IO

_LARGEST_BOX_BYTES = 1 << 26  # of the ones that are read: none holds pixels

Box = tuple[bytes, bytes]
"""Type, and what it holds."""


@dataclass(slots=True)
class Items:
    """The images of a HEIF or AVIF file by their properties (ISO/IEC 23008-12).

    Attributes
    ----------
    primary
        Number of the item that is shown.
    properties
        Properties of each item, in the order in which they are applied.
    references
        From an item to others, by kind: (``auxl``, from) → to.
    """

    primary: int = 0
    properties: defaultdict[int, list[Box]] = field(default_factory=lambda: defaultdict(list))
    references: defaultdict[tuple[bytes, int], list[int]] = field(default_factory=lambda: defaultdict(list))


def split_boxes(content: bytes) -> Iterator[Box]:
    """The boxes that stand one after the other.

    Raises
    ------
    struct.error
        A box has no end.
    """
    start = 0
    while start < len(content):
        header, length, kind = _read_header(content[start : start + 16])
        end = start + length if length else len(content)
        if end > len(content) or (length < header and length):
            raise struct.error(f"the box {kind!r} has no end")
        yield kind, content[start + header : end]
        start = end


def find_boxes(file: IO[bytes], wanted: bytes) -> Iterator[bytes]:
    """Contents of the boxes of a type at the top level of a file, in their order.

    Raises
    ------
    struct.error, OSError
        A box has no end; the file cannot be read.
    """
    start, end = 0, file.seek(0, SEEK_END)
    while start + 8 <= end:
        file.seek(start)
        header, length, kind = _read_header(file.read(16))
        if 0 < length < header:
            return
        if kind == wanted:
            file.seek(start + header)
            yield file.read(min(length - header, _LARGEST_BOX_BYTES) if length else _LARGEST_BOX_BYTES)
        if length == 0:  # it goes on to the end
            return
        start += length


def read_box(file: IO[bytes], wanted: bytes) -> bytes | None:
    """Content of the first box of a type at the top level of a file; None without one. Raises as `find_boxes`."""
    return next(find_boxes(file, wanted), None)


def read_items(file: IO[bytes]) -> Items:
    """The items of a HEIF or AVIF file.

    Raises
    ------
    struct.error, IndexError, OSError
        Damaged; cannot be read.
    """
    items = Items()
    for kind, content in split_boxes((read_box(file, b"meta") or bytes(4))[4:]):
        if kind == b"pitm":
            items.primary = int.from_bytes(content[4:])
        elif kind == b"iprp":
            _read_properties(content, items)
        elif kind == b"iref":
            _read_references(content, items)
    return items


def _read_header(start: bytes) -> tuple[int, int, bytes]:
    """Length of the header, length of the whole box (0: up to the end of the file), and type."""
    length, kind = struct.unpack_from(">I4s", start)
    if length == 1:
        return 16, struct.unpack_from(">Q", start, 8)[0], kind
    return 8, length, kind


def _read_properties(content: bytes, items: Items) -> None:
    """``iprp`` (ISO/IEC 23008-12, 9.3): a list of properties, and which item has which of them."""
    boxes = list(split_boxes(content))
    properties = [box for kind, held in boxes if kind == b"ipco" for box in split_boxes(held)]
    for associations in (held for kind, held in boxes if kind == b"ipma"):
        version, wide = associations[0], associations[3] & 1
        (count,) = struct.unpack_from(">I", associations, 4)
        at = 8
        for _ in range(count):
            item, number = struct.unpack_from(">HB" if version < 1 else ">IB", associations, at)
            at += 3 if version < 1 else 5
            indices = struct.unpack_from(f">{number}{'H' if wide else 'B'}", associations, at)
            at += number * (2 if wide else 1)
            places = [index & (0x7FFF if wide else 0x7F) for index in indices]
            items.properties[item] += [properties[place - 1] for place in places if place]


def _read_references(content: bytes, items: Items) -> None:
    """``iref`` (ISO/IEC 14496-12, 8.11.12)."""
    number = "I" if content[0] else "H"
    for kind, held in split_boxes(content[4:]):
        source, count = struct.unpack_from(f">{number}H", held)
        targets = struct.unpack_from(f">{count}{number}", held, struct.calcsize(f">{number}H"))
        items.references[kind, source] += targets
