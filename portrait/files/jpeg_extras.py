"""Names what a JPEG file holds that a portrait does not keep: further images, vendors' segments, appended data."""

import re
import struct
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from typing import IO, NamedTuple

from portrait.files.exif_cleaning import EXIF_HEADER
from portrait.files.iptc import APP13_HEADER
from portrait.files.tiff_block import TiffReader
from portrait.files.vendor_chunks import name_vendor_data
from portrait.files.xmp_extension import EXTENSION_HEADER, XMP_HEADER
from portrait.language import tr

_APP0, _APP1, _APP2, _APP13, _APP14, _APP15, _END = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xD9
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd9-\xfe])")
"""No stuffed 255 and no restart marker (ITU-T T.81, B.1.1.2)."""

_MPF_HEADER, _GAIN_MAP_HEADER = b"MPF\0", b"urn:iso:std:iso:ts:21496:-1\0"
_CARRIED = {
    _APP0: (b"JFIF\0", b"JFXX\0"),
    _APP1: (EXIF_HEADER, XMP_HEADER, EXTENSION_HEADER),
    _APP2: (b"ICC_PROFILE\0", _MPF_HEADER, _GAIN_MAP_HEADER),
    _APP13: (APP13_HEADER,),
    _APP14: (b"Adobe",),
}
"""First bytes of the segments that are not named: their content is kept, or describes the structure of this file."""

_MPF_ENTRIES, _MPF_ENTRY_BYTES, _MPF_KIND, _MPF_PREVIEW = 0xB002, 16, 0xFF0000, 0x010000
_GAIN_MAP = re.compile(rb"hdrgm:|hdrgainmap|iso:ts:21496", re.IGNORECASE)
_HEAD_BYTES = 65_536  # of a further image, in which it says what it is
_DATA = re.compile(rb"[^\x00\xff\s]")


class _Segment(NamedTuple):
    marker: int
    content: bytes


class _Picture(NamedTuple):
    """A further image of a file, as its index tells (CIPA DC-007, 5.2.3.3)."""

    start: int
    end: int
    is_preview: bool


def jpeg_extras(file: IO[bytes]) -> list[str]:
    """A sentence for each kind of thing in a JPEG file that no portrait keeps: vendors' data, and what is behind it.

    Smaller previews of the image are no loss, for what they show is the image as it was.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        segments, mpf_at, end = _read_segments(content)
        return [*_vendor_data(segments), *_behind(content, segments, mpf_at, end)]


def _read_segments(content: mmap) -> tuple[list[_Segment], int, int]:
    """The application segments, where the index of images counts from, and where the JPEG ends."""
    segments, mpf_at, end = [], 0, len(content)
    for marker, start, stop in _walk(content):
        if marker == _END:
            end = stop
        elif _APP0 <= marker <= _APP15:
            segments.append(_Segment(marker, content[start:stop]))
            if marker == _APP2 and content[start : start + 4] == _MPF_HEADER:
                mpf_at = start + 4
    return segments, mpf_at, end


def _walk(content: mmap) -> Iterator[tuple[int, int, int]]:
    """Marker of each segment, and where its parameters start and stop, up to the end marker; scans are passed."""
    found = _MARKER.search(content, 2)
    while found is not None:
        at = found.end()
        if found[1][0] == _END:
            yield _END, at, at
            return
        length = max(2, int.from_bytes(content[at : at + 2], "big"))
        yield found[1][0], at + 2, at + length
        found = _MARKER.search(content, at + length)


def _vendor_data(segments: list[_Segment]) -> list[str]:
    vendors = {
        segment.marker - _APP0
        for segment in segments
        if segment.content and not segment.content.startswith(_CARRIED.get(segment.marker, ()))
    }
    return name_vendor_data(f"APP{number}" for number in sorted(vendors))


def _behind(content: mmap, segments: list[_Segment], mpf_at: int, end: int) -> list[str]:
    pictures = _further_pictures(segments, mpf_at)
    is_gain_map = [_GAIN_MAP.search(content, picture.start, picture.start + _HEAD_BYTES) for picture in pictures]
    behind = _DATA.search(content, end)
    in_head = any(_GAIN_MAP.search(segment.content) for segment in segments if segment.marker in (_APP1, _APP2))
    has_gain_map = any(is_gain_map) or (in_head and behind is not None)
    others = [picture for picture in pictures if not picture.is_preview]
    sentences = []
    if has_gain_map:
        sentences.append(tr("the gain map for HDR screens could not be kept"))
    if len(others) > has_gain_map:
        sentences.append(tr("the file holds several pictures: the first one was used"))
    if _DATA.search(content, max([end, *(picture.end for picture in pictures)])):
        sentences.append(tr("data after the end of the JPEG, such as a motion photo, could not be kept"))
    return sentences


def _further_pictures(segments: list[_Segment], mpf_at: int) -> list[_Picture]:
    """All but the first; none where the index is damaged."""
    index = next((s.content for s in segments if s.marker == _APP2 and s.content.startswith(_MPF_HEADER)), None)
    try:
        reader = TiffReader((index or b"")[len(_MPF_HEADER) :])
        entry = reader.first_directory().find(_MPF_ENTRIES)
    except ValueError:
        return []
    table = reader.value(entry) if entry else b""
    whole = table[: len(table) // _MPF_ENTRY_BYTES * _MPF_ENTRY_BYTES]
    return [
        _Picture(mpf_at + offset, mpf_at + offset + length, kind & _MPF_KIND == _MPF_PREVIEW)
        for kind, length, offset, _ in struct.iter_unpack(reader.order + "III4s", whole)
        if offset
    ]
