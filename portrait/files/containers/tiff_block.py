"""Reading, in-place editing and rebuilding of TIFF directories (IFDs), the structure of TIFF files and EXIF blocks.

Layout: TIFF 6.0, section 2; BigTIFF, which differs in the width of its counts and offsets, is read too.
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from mmap import mmap
from typing import Any, Literal

from PIL import ExifTags

from portrait.language import mark, tr

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, IFD, LONG_8, IFD_8 = 2, 3, 4, 5, 7, 13, 16, 18
KIND_BYTES = {
    1: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, 6: 1, UNDEFINED: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, IFD: 4,
    LONG_8: 8, 17: 8, IFD_8: 8, 129: 1,
}  # fmt: skip
"""Bytes of one value, by the number of its kind; 129 is the UTF-8 of EXIF 3.0 (CIPA DC-008-2023, 4.6.2)."""

_NUMBER_CODES = {SHORT: "H", LONG: "I", IFD: "I", LONG_8: "Q", IFD_8: "Q"}

EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD = 0x8769, 0x8825, 0xA005
BRANCHES = {EXIF_IFD: mark("the camera settings"), GPS_IFD: "GPS", INTEROPERABILITY_IFD: mark("interoperability")}
"""Tags that point to another directory, with the name of that directory for users."""

_HEADER_BYTES = 8
_MOST_ENTRIES = 65_535
_DEEPEST_BRANCH = 2  # the first directory, the camera settings, their interoperability

Range = tuple[int, int]
ByteOrder = Literal["<", ">"]
_ORDERS: Mapping[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}


@dataclass(frozen=True, slots=True)
class _Layout:
    count: str
    offset: str
    first_directory_at: int
    entry_bytes: int


_LAYOUTS = {42: _Layout("H", "I", 4, 12), 43: _Layout("Q", "Q", 8, 20)}


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an entry to be written; ``content`` is in the byte order of the block."""

    tag: int
    kind: int
    count: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands at ``offset``; its value is the bytes from ``start`` to ``end``."""

    tag: int
    kind: int
    count: int
    offset: int
    start: int
    end: int
    is_inside: bool
    """Whether its kind is known and its value lies within the block."""

    @property
    def is_inline(self) -> bool:
        return self.end <= self.offset + _LAYOUTS[42].entry_bytes and self.start > self.offset


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries from ``start`` to ``end``, and the place of the directory behind it: 0 where there is none."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    next: int
    is_cut: bool
    """Whether the block ends before the directory does."""

    def find(self, tag: int) -> Entry | None:
        return next((entry for entry in self.entries if entry.tag == tag and entry.is_inside), None)


class TiffReader:
    """Directories and values in a buffer.

    Raises
    ------
    ValueError
        From every method: the directory or value does not exist.
    """

    def __init__(self, content: bytes | bytearray | mmap) -> None:
        self._content: Any = content
        order = _ORDERS.get(bytes(content[:2]))
        if order is None:
            raise ValueError("EXIF block has no TIFF header")
        self.order = order
        layout = _LAYOUTS.get(self.read("H", 2))
        if layout is None or len(content) < _HEADER_BYTES:
            raise ValueError("EXIF block has no TIFF header")
        self._layout = layout

    def __len__(self) -> int:
        return len(self._content)

    def first_directory(self) -> Directory:
        return self.directory(self.read(self._layout.offset, self._layout.first_directory_at))

    def directory(self, start: int) -> Directory:
        """The directory at an offset; ValueError where most of its entries have unknown types."""
        layout = self._layout
        if not _HEADER_BYTES <= start < len(self):
            raise ValueError(f"EXIF directory at {start} lies outside of the block")
        stated, first = self.read(layout.count, start), start + struct.calcsize(layout.count)
        count = min(stated, max(0, len(self) - first) // layout.entry_bytes, _MOST_ENTRIES)
        entries = tuple(self._entry(first + index * layout.entry_bytes) for index in range(count))
        if 2 * sum(entry.kind in KIND_BYTES for entry in entries) < len(entries):
            raise ValueError(f"there is no EXIF directory at {start}")
        end = first + count * layout.entry_bytes
        has_link = count == stated and end + struct.calcsize(layout.offset) <= len(self)
        return Directory(
            start=start,
            end=min(end + struct.calcsize(layout.offset), len(self)),
            entries=entries,
            next=self.read(layout.offset, end) if has_link else 0,
            is_cut=not has_link,
        )

    def branch(self, entry: Entry) -> Directory:
        """The directory that an entry points to."""
        return self.directory(self.whole_number(entry))

    def whole_number(self, entry: Entry) -> int:
        if entry.kind not in _NUMBER_CODES or entry.count != 1:
            raise ValueError(f"EXIF entry at {entry.offset} is not one whole number")
        return self.read(_NUMBER_CODES[entry.kind], entry.start)

    def whole_numbers(self, entry: Entry) -> tuple[int, ...]:
        code = _NUMBER_CODES.get(entry.kind)
        return struct.unpack(f"{self.order}{entry.count}{code}", self.value(entry)) if code else ()

    def number(self, entry: Entry) -> float:
        """The first value of an entry; 0 where it is no number."""
        if entry.kind == RATIONAL:
            denominator = self.read("I", entry.start + 4)
            return self.read("I", entry.start) / denominator if denominator else 0.0
        code = _NUMBER_CODES.get(entry.kind)
        return float(self.read(code, entry.start)) if code and entry.count else 0.0

    def value(self, entry: Entry) -> bytes:
        return bytes(self._content[entry.start : entry.end])

    def read(self, code: str, offset: int) -> int:
        try:
            return int(struct.unpack_from(self.order + code, self._content, offset)[0])
        except struct.error as exc:
            raise ValueError(f"EXIF block ends before offset {offset}") from exc

    def _entry(self, offset: int) -> Entry:
        tag, kind, count = (
            self.read("H", offset),
            self.read("H", offset + 2),
            self.read(self._layout.offset, offset + 4),
        )
        width = struct.calcsize(self._layout.offset)
        length = KIND_BYTES.get(kind, 0) * count
        start = offset + 4 + width if length <= width else self.read(self._layout.offset, offset + 4 + width)
        end = start + length
        is_inside = kind in KIND_BYTES and start >= _HEADER_BYTES and end <= len(self)
        return Entry(tag, kind, count, offset, start, end, is_inside)


class TiffBlock(TiffReader):
    """A mutable EXIF or TIFF block; BigTIFF is not supported."""

    def __init__(self, content: bytes) -> None:
        self._content = bytearray(content)
        super().__init__(self._content)
        if self._layout != _LAYOUTS[42]:
            raise ValueError("EXIF block has no TIFF header")

    @classmethod
    def empty(cls, order: ByteOrder) -> "TiffBlock":
        """A block without directories; call `set_first_directory` afterwards."""
        return cls(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 0))

    def to_bytes(self) -> bytes:
        return bytes(self._content)

    def rewrite_directory(self, directory: Directory, kept: Iterable[Entry]) -> Directory:
        """Rewrite a directory in place with some of its entries, and no next directory."""
        raw = [bytes(self._content[entry.offset : entry.offset + 12]) for entry in kept]
        table = struct.pack(self.order + "H", len(raw)) + b"".join(raw) + bytes(4)
        self._content += bytes(max(0, directory.start + len(table) - len(self)))
        self._content[directory.start : directory.start + len(table)] = table
        return self.directory(directory.start)

    def append_directory(self, values: Iterable[Value], in_place: Iterable[Entry] = ()) -> int:
        """Append a directory and return its offset; values of entries ``in_place`` stay where they are."""
        self._content += bytes(len(self) % 2)
        raw = {entry.tag: bytes(self._content[entry.offset : entry.offset + 12]) for entry in in_place}
        values = list(values)
        start = len(self)
        content_at = start + 2 + 12 * len(raw.keys() | {value.tag for value in values}) + 4
        content = bytearray()
        for value in values:
            own = value.content
            place = own.ljust(4, b"\0") if len(own) <= 4 else struct.pack(self.order + "I", content_at + len(content))
            raw[value.tag] = struct.pack(self.order + "HHI", value.tag, value.kind, value.count) + place
            content += b"" if len(own) <= 4 else own + bytes(len(own) % 2)
        table = b"".join(raw[tag] for tag in sorted(raw))
        self._content += struct.pack(self.order + "H", len(raw)) + table + bytes(4) + content
        return start

    def append_bytes(self, content: bytes) -> None:
        self._content += content

    def set_first_directory(self, start: int) -> None:
        self._write("I", 4, start)

    def set_next(self, directory: Directory, start: int) -> None:
        self._write("I", directory.end - 4, start)

    def write_number(self, entry: Entry, value: int) -> None:
        self._write("HII", entry.offset + 2, LONG, 1, value)

    def wipe(self, start: int, end: int) -> None:
        """Overwrite by zeros."""
        end = min(end, len(self))
        self._content[start:end] = bytes(max(0, end - start))

    def wipe_outside(self, kept: Iterable[Range]) -> None:
        """Overwrite all bytes outside of the ranges with zeros, and truncate the block after the last range."""
        reached = 0
        for start, end in sorted(kept):
            if start > reached:
                self.wipe(reached, start)
            reached = max(reached, end)
        del self._content[reached:]

    def number_value(self, tag: int, kind: int, *numbers: int) -> Value:
        """Whole numbers as a value; a rational takes two."""
        code = {SHORT: "H", LONG: "I", RATIONAL: "I"}[kind]
        content = struct.pack(f"{self.order}{len(numbers)}{code}", *numbers)
        return Value(tag, kind, len(content) // KIND_BYTES[kind], content)

    def _write(self, codes: str, offset: int, *values: int) -> None:
        struct.pack_into(self.order + codes, self._content, offset, *values)


def tag_name(tag: int) -> str:
    """Name of a tag for users: its name in the standard, or the directory that it points to."""
    names = ExifTags.GPSTAGS if tag <= max(ExifTags.GPSTAGS) else ExifTags.TAGS
    return tr(BRANCHES[tag]) if tag in BRANCHES else names.get(tag) or tr("tag 0x{number:04X}", number=tag)


def rebuild(source: TiffReader, is_kept: Callable[[Entry], bool], broken: list[str]) -> TiffBlock:
    """Copy the first directory of a block, and those that `BRANCHES` name, into a new block without gaps.

    Values outside of the source are left out, and so are values once their total exceeds the source's length, which
    means that they overlap; their names are added to ``broken``.

    Raises
    ------
    ValueError
        The source has no first directory.
    """
    block = TiffBlock.empty(source.order)
    copied = 0

    def append_copy(directory: Directory, depth: int) -> int:
        values: dict[int, Value] = {}
        for entry in filter(is_kept, directory.entries):
            try:
                values[entry.tag] = to_value(entry, depth)
            except ValueError:
                broken.append(tag_name(entry.tag))
        return block.append_directory(values.values())

    def to_value(entry: Entry, depth: int) -> Value:
        nonlocal copied
        copied += entry.end - entry.start
        if not entry.is_inside or depth > _DEEPEST_BRANCH or copied > len(source):
            raise ValueError(f"EXIF entry at {entry.offset} has no value")
        if entry.tag in BRANCHES:
            return block.number_value(entry.tag, LONG, append_copy(source.branch(entry), depth + 1))
        return Value(entry.tag, entry.kind, entry.count, source.value(entry))

    block.set_first_directory(append_copy(source.first_directory(), 0))
    return block
