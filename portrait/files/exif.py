"""EXIF edited in place.

Rewriting the block would move the maker note, whose inner offsets are absolute in many cameras, and lose tags that the
writer does not know. So entries are patched where they stand: orientation goes, sizes are set, the thumbnail is wiped
(it shows the unblurred picture) and renewed at the end. The focal length is read, for the blur. Layout: TIFF 6.0,
section 2; EXIF 2.32 (CIPA DC-008), 4.5–4.6.
"""

import math
import struct
from collections.abc import Mapping

EXIF_HEADER = b"Exif\x00\x00"

_ORIENTATION, _EXIF_IFD = 0x0112, 0x8769
_WIDTH_TAGS, _HEIGHT_TAGS = (0x0100, 0xA002), (0x0101, 0xA003)
_COMPRESSION, _STRIP_OFFSET, _STRIP_LENGTH, _JPEG_OFFSET, _JPEG_LENGTH = 0x0103, 0x0111, 0x0117, 0x0201, 0x0202
_FOCAL_LENGTH, _FOCAL_LENGTH_35_MM = 0x920A, 0xA405
_FOCAL_PLANE_RESOLUTION, _FOCAL_PLANE_UNIT = (0xA20E, 0xA20F), 0xA210
_SHORT, _LONG, _RATIONAL, _IFD = 3, 4, 5, 13
_ENTRY_SIZE = 12

_LENS_TAGS = {_FOCAL_LENGTH, _FOCAL_LENGTH_35_MM, *_FOCAL_PLANE_RESOLUTION, _FOCAL_PLANE_UNIT, 0xA002, 0xA003}
_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_FULL_FRAME_MM = (36.0, 24.0)


def remove_orientation(exif: bytes) -> bytes:
    """The block without its orientation: the picture has been turned.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _TiffBlock(exif)
    block.remove_entry(block.first_directory(), _ORIENTATION)
    return block.to_bytes()


def remove_thumbnail(exif: bytes) -> tuple[bytes, bool]:
    """The block with its thumbnail overwritten by zeros, and whether there was one.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _TiffBlock(exif)
    had_thumbnail = block.wipe_thumbnail()
    return block.to_bytes(), had_thumbnail


def set_size(exif: bytes, width: int, height: int) -> bytes:
    """The block with the picture's size in pixels, in those size tags that it has.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _TiffBlock(exif)
    for directory in block.directories():
        entries = block.entries(directory)
        for tags, value in ((_WIDTH_TAGS, width), (_HEIGHT_TAGS, height)):
            for tag in entries.keys() & set(tags):
                block.write_value(entries[tag], value)
    return block.to_bytes()


def add_thumbnail(exif: bytes, jpeg: bytes) -> bytes:
    """The block with a JPEG thumbnail added at its end; the old one must be gone.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _TiffBlock(exif)
    block.append_thumbnail(jpeg)
    return block.to_bytes()


def focal_length_35mm(exif: bytes) -> float | None:
    """Focal length in mm as on a sensor of 36 × 24 mm, by the diagonal.

    As the camera states it, or from the lens's own focal length and the size of the sensor, where its pixels per length
    and their number are stated.

    Returns
    -------
    None where it is not stated, or makes no sense.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    block = _TiffBlock(exif)
    numbers: dict[int, float] = {}
    for directory in block.directories():
        numbers |= {tag: block.number(entry) for tag, entry in block.entries(directory).items() if tag in _LENS_TAGS}
    stated, own = numbers.get(_FOCAL_LENGTH_35_MM, 0.0), numbers.get(_FOCAL_LENGTH, 0.0)
    if stated > 0.0:
        return stated
    diagonal_mm = _sensor_diagonal_mm(numbers)
    return own * math.hypot(*_FULL_FRAME_MM) / diagonal_mm if own > 0.0 and diagonal_mm > 0.0 else None


def _sensor_diagonal_mm(numbers: Mapping[int, float]) -> float:
    """0 where it is not stated."""
    sides = []
    for pixels_tag, resolution_tag in zip((_WIDTH_TAGS[1], _HEIGHT_TAGS[1]), _FOCAL_PLANE_RESOLUTION, strict=True):
        resolution = numbers.get(resolution_tag, 0.0)
        unit_mm = _UNITS_MM.get(int(numbers.get(_FOCAL_PLANE_UNIT, 2)), 0.0)
        sides.append(numbers.get(pixels_tag, 0.0) * unit_mm / resolution if resolution > 0.0 else 0.0)
    return math.hypot(*sides) if all(sides) else 0.0


class _TiffBlock:
    """The TIFF structure inside an EXIF block, as mutable bytes."""

    def __init__(self, exif: bytes) -> None:
        self._bytes = bytearray(exif.removeprefix(EXIF_HEADER))
        self._order = {b"II": "<", b"MM": ">"}.get(bytes(self._bytes[:2]), "")
        if not self._order or len(self._bytes) < 8 or self._read("H", 2) != 42:
            raise ValueError("EXIF block has no TIFF header")

    def to_bytes(self) -> bytes:
        return EXIF_HEADER + bytes(self._bytes)

    def first_directory(self) -> int:
        return self._read("I", 4)

    def directories(self) -> tuple[int, ...]:
        first = self.first_directory()
        exif_entry = self.entries(first).get(_EXIF_IFD)
        return (first,) if exif_entry is None else (first, self._read_value(exif_entry))

    def entries(self, directory: int) -> dict[int, int]:
        """Tag to the offset of its 12-byte entry."""
        offsets = range(directory + 2, self._end_of_entries(directory), _ENTRY_SIZE)
        return {self._read("H", offset): offset for offset in offsets}

    def number(self, entry: int) -> float:
        """The first value of an entry; 0 where it is no number."""
        kind = self._read("H", entry + 2)
        if kind == _RATIONAL:
            offset = self._read("I", entry + 8)
            denominator = self._read("I", offset + 4)
            return self._read("I", offset) / denominator if denominator else 0.0
        return float(self._read("H" if kind == _SHORT else "I", entry + 8)) if kind in (_SHORT, _LONG) else 0.0

    def remove_entry(self, directory: int, tag: int) -> None:
        entry = self.entries(directory).get(tag)
        if entry is None:
            return
        end = self._end_of_entries(directory) + 4  # the link to the next directory moves up too
        self._read("I", end - 4)
        self._bytes[entry:end] = self._bytes[entry + _ENTRY_SIZE : end] + bytes(_ENTRY_SIZE)
        self._write("H", directory, self._read("H", directory) - 1)

    def write_value(self, entry: int, value: int) -> None:
        self._write("HII", entry + 2, _LONG, 1, value)

    def wipe_thumbnail(self) -> bool:
        link = self._end_of_entries(self.first_directory())
        directory = self._read("I", link)
        if directory == 0:
            return False
        entries = self.entries(directory)
        for offset_tag, length_tag in ((_JPEG_OFFSET, _JPEG_LENGTH), (_STRIP_OFFSET, _STRIP_LENGTH)):
            if offset_tag in entries and length_tag in entries:
                self._wipe(self._read_value(entries[offset_tag]), self._read_value(entries[length_tag]))
        self._wipe(directory, self._end_of_entries(directory) + 4 - directory)
        self._write("I", link, 0)
        return True

    def append_thumbnail(self, jpeg: bytes) -> None:
        link = self._end_of_entries(self.first_directory())
        if self._read("I", link) != 0:
            raise ValueError("EXIF block has a thumbnail already")
        self._bytes += bytes(len(self._bytes) % 2)  # directories start at even offsets
        directory = len(self._bytes)
        self._write("I", link, directory)
        data = directory + 2 + 3 * _ENTRY_SIZE + 4
        order = self._order
        self._bytes += struct.pack(order + "H", 3)
        self._bytes += struct.pack(order + "HHIHH", _COMPRESSION, _SHORT, 1, 6, 0)
        self._bytes += struct.pack(order + "HHII", _JPEG_OFFSET, _LONG, 1, data)
        self._bytes += struct.pack(order + "HHII", _JPEG_LENGTH, _LONG, 1, len(jpeg))
        self._bytes += struct.pack(order + "I", 0) + jpeg

    def _end_of_entries(self, directory: int) -> int:
        return directory + 2 + _ENTRY_SIZE * self._read("H", directory)

    def _read_value(self, entry: int) -> int:
        kind, count = self._read("H", entry + 2), self._read("I", entry + 4)
        if kind not in (_SHORT, _LONG, _IFD) or count != 1:
            raise ValueError(f"EXIF entry at {entry} is not one whole number")
        return self._read("H" if kind == _SHORT else "I", entry + 8)

    def _wipe(self, start: int, length: int) -> None:
        """Overwrite by zeros; cut off instead when it is the end of the block, which may have been cut off before."""
        if length == 0 or start >= len(self._bytes):
            return
        if start < 8:
            raise ValueError("EXIF thumbnail lies over the header")
        end = start + length
        if end >= len(self._bytes):
            del self._bytes[start:]
        else:
            self._bytes[start:end] = bytes(length)

    def _read(self, kind: str, offset: int) -> int:
        try:
            return int(struct.unpack_from(self._order + kind, self._bytes, offset)[0])
        except struct.error as exc:
            raise ValueError(f"EXIF block ends before offset {offset}") from exc

    def _write(self, kinds: str, offset: int, *values: int) -> None:
        struct.pack_into(self._order + kinds, self._bytes, offset, *values)
