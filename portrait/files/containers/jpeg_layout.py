"""Layout of a JPEG file: its segments, where the image ends, and the further images behind it."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from portrait.files.containers.tiff_block import TiffReader

APP0, APP1, APP2, APP13, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
MPF_HEADER = b"MPF\0"
_HEAD_MARKERS = (*range(APP0, APP15 + 1), 0xFE)
_END = 0xD9
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd9-\xfe])")
"""No stuffed 255 and no restart marker (ITU-T T.81, B.1.1.2)."""

_MPF_ENTRIES, _MPF_ENTRY_BYTES, _MPF_KIND, _MPF_PREVIEW = 0xB002, 16, 0xFF0000, 0x010000


@dataclass(frozen=True, slots=True)
class Segment:
    """An application segment: its marker's second byte, and its parameters."""

    marker: int
    content: bytes


@dataclass(frozen=True, slots=True)
class FurtherImage:
    """A further image of a file, as its index tells (CIPA DC-007, 5.2.3.3)."""

    start: int
    end: int
    is_preview: bool


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """What a JPEG file is made of.

    Attributes
    ----------
    segments
        The application segments of the first image.
    end
        Where the first image ends.
    images
        The further images; none where the index is damaged.
    """

    segments: tuple[Segment, ...]
    end: int
    images: tuple[FurtherImage, ...]


def read_layout(content: mmap | bytes) -> JpegLayout:
    """Read the layout of a JPEG file; of a damaged one what can be told."""
    segments, mpf_at, end = [], 0, len(content)
    for marker, start, stop in _walk(content):
        if marker == _END:
            end = stop
        elif APP0 <= marker <= APP15:
            segments.append(Segment(marker, content[start:stop]))
            if marker == APP2 and content[start : start + 4] == MPF_HEADER:
                mpf_at = start + len(MPF_HEADER)
    return JpegLayout(tuple(segments), end, tuple(_further_images(segments, mpf_at)))


def end_of_head(content: mmap | bytes) -> int:
    """Where the application segments and comments at the begin of a JPEG end."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] in _HEAD_MARKERS:
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return at


def _walk(content: mmap | bytes) -> Iterator[tuple[int, int, int]]:
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


def _further_images(segments: list[Segment], mpf_at: int) -> list[FurtherImage]:
    """All but the first; none where the index is damaged."""
    index = next((s.content for s in segments if s.marker == APP2 and s.content.startswith(MPF_HEADER)), None)
    try:
        reader = TiffReader((index or b"")[len(MPF_HEADER) :])
        entry = reader.first_directory().find(_MPF_ENTRIES)
    except ValueError:
        return []
    table = reader.value(entry) if entry else b""
    whole = table[: len(table) // _MPF_ENTRY_BYTES * _MPF_ENTRY_BYTES]
    return [
        FurtherImage(mpf_at + offset, mpf_at + offset + length, kind & _MPF_KIND == _MPF_PREVIEW)
        for kind, length, offset, _ in struct.iter_unpack(reader.order + "III4s", whole)
        if offset
    ]
