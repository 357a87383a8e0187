"""The JPEG that a camera stores in its raw files, with the exposure data and the orientation of the raw file.

Cameras store a picture of full or nearly full size for their own display. It is found by its markers, whatever the
container: TIFF (CR2, NEF, ARW, DNG, PEF, SRW), its relatives (ORF, RW2), RAF and CR3. Of several the largest is taken.
Lossless JPEG (SOF3), in which some raw data are coded, is passed over (ITU-T T.81, B.1.1.3).
"""

import mmap
import struct
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image
from PIL.ExifTags import IFD

from portrait.errors import ImageFileError
from portrait.files.system.os_errors import read_error
from portrait.language import mark, tr

_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended and progressive; no other is decoded
_SCAN, _APP1 = 0xDA, 0xE1
_MOST_STARTS, _MOST_SEGMENTS = 20_000, 1_000
_LEAST_SIDE_PX = 480  # smaller ones are thumbnails

_EXIF_BYTES = 2**20
_TIFF_BYTE_ORDERS = (b"II", b"MM")
_EXIF_START = b"Exif\0\0"
_MAX_SEGMENT_BYTES = 65_533
_KEPT_TAGS = (270, 271, 272, 274, 305, 306, 315, 33432)  # description, camera, orientation, software, date, names
_MAKER_NOTE = 37500
_EXIF_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, RuntimeError, ArithmeticError, AttributeError,
    struct.error,
)  # fmt: skip
_NO_PICTURE_HINT = mark(
    "--raw develop opens it, in the window the setting Raw photos. "
    "Or develop it elsewhere, and save it as JPEG, PNG or TIFF."
)
_OWN_IFDS = (IFD.Exif, IFD.GPSInfo)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    width: int
    height: int
    has_exif: bool


@dataclass(frozen=True, slots=True)
class CameraPicture:
    """The camera's own picture: the bytes of its JPEG, its size, and whether exposure data stand in it."""

    jpeg: bytes
    width: int
    height: int
    has_exif: bool


def read_raw_preview(path: Path, file: IO[bytes], notes: list[str]) -> IO[bytes]:
    """The largest JPEG inside a raw file, as a temporary file; a note tells its size.

    Called without Pillow's warnings, see `portrait.files.pillow_guards.muted_warnings`.

    Raises
    ------
    ImageFileError
        There is none, or the file cannot be read.
    """
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = find_camera_picture(content)
            if found is None:
                message = tr("{path} is a camera raw file without a picture of the camera inside", path=path)
                raise ImageFileError(message, tr(_NO_PICTURE_HINT))
            exif = b"" if found.has_exif else read_raw_exif(content)
    except OSError as exc:
        raise read_error(path, exc) from exc
    notes.append(
        tr(
            "the camera's own picture in the raw file was used, {width} × {height}",
            width=found.width,
            height=found.height,
        )
    )
    jpeg = found.jpeg
    if 0 < len(exif) <= _MAX_SEGMENT_BYTES:
        jpeg = jpeg[:2] + struct.pack(">BBH", 0xFF, _APP1, len(exif) + 2) + exif + jpeg[2:]
    preview = tempfile.TemporaryFile()  # of the system: its readers map it into memory  # noqa: SIM115
    preview.write(jpeg)
    preview.seek(0)
    return preview


def find_camera_picture(content: mmap.mmap | bytes) -> CameraPicture | None:
    """The largest JPEG inside a raw file; None where all are thumbnails, or there is none."""
    found = max(_find_jpegs(content), key=lambda found: found.width * found.height, default=None)
    if found is None or max(found.width, found.height) < _LEAST_SIDE_PX:
        return None
    return CameraPicture(content[found.start : found.end], found.width, found.height, found.has_exif)


def _find_jpegs(content: mmap.mmap | bytes) -> Iterator[_Found]:
    """All JPEG files in a file, but those that lie in the metadata of another."""
    place = 0
    for _ in range(_MOST_STARTS):
        if (place := content.find(_START, place)) < 0:
            return
        if (found := _measure(content, place)) is not None:
            yield found
        place = place + len(_START) if found is None else found.end


def _measure(content: mmap.mmap | bytes, start: int) -> _Found | None:
    """Size and end of the JPEG that begins at ``start``; None where it is none that can be decoded."""
    place, size, has_exif = start + 2, (0, 0), False
    for _ in range(_MOST_SEGMENTS):
        head = content[place : place + 9]
        if len(head) < 9 or head[0] != 0xFF:
            return None
        marker, length = head[1], int.from_bytes(head[2:4])
        if marker in _FRAMES:
            size = int.from_bytes(head[5:7]), int.from_bytes(head[7:9])
        elif marker == _SCAN:
            end = content.find(_END, place)
            is_whole = end >= 0 and min(size) > 0
            return _Found(start, end + len(_END), size[1], size[0], has_exif) if is_whole else None
        elif not _has_length(marker):
            return None
        has_exif |= marker == _APP1 and content[place + 4 : place + 10] == _EXIF_START
        place += 2 + length
    return None


def _has_length(marker: int) -> bool:
    """Whether a segment of this marker may stand before the scan of a JPEG of lossy compression."""
    return marker in (0xC4, 0xCC) or 0xDB <= marker <= 0xFE


def read_raw_exif(content: mmap.mmap | bytes) -> bytes:
    """A block with the exposure data, the orientation and the place of a raw file; empty where none can be read."""
    blocks = [content[:_EXIF_BYTES]]
    if not blocks[0].startswith(_TIFF_BYTE_ORDERS):  # CR3 has three blocks in boxes of their own
        places = [blocks[0].find(name) for name in (b"CMT1", b"CMT2", b"CMT4")]
        blocks = [content[place + 4 : place + 4 + _MAX_SEGMENT_BYTES] for place in places if place >= 0]
    kept = Image.Exif()
    for ifd, block in zip((None, IFD.Exif, IFD.GPSInfo), blocks, strict=False):
        with suppress(*_EXIF_ERRORS):
            _add_block(kept, ifd, block)
    try:
        return kept.tobytes() if kept else b""
    except _EXIF_ERRORS:
        return b""


def _add_block(kept: Image.Exif, ifd: IFD | None, block: bytes) -> None:
    """Add what is to be kept of one TIFF structure: a whole one, or one whose first directory is ``ifd``."""
    exif = Image.Exif()
    exif.load(_EXIF_START + block[:2] + (b"*\0" if block.startswith(b"II") else b"\0*") + block[4:])
    if ifd is not None:
        kept.get_ifd(ifd).update({tag: value for tag, value in exif.items() if tag != _MAKER_NOTE})
        return
    for tag in _KEPT_TAGS:
        if tag in exif:
            kept[tag] = exif[tag]
    for own in _OWN_IFDS:
        with suppress(*_EXIF_ERRORS):
            values = {tag: value for tag, value in exif.get_ifd(own).items() if tag not in (_MAKER_NOTE, IFD.Interop)}
            if values:
                kept.get_ifd(own).update(values)
    with suppress(*_EXIF_ERRORS):  # it tells Adobe RGB
        if interoperability := dict(exif.get_ifd(IFD.Interop)):
            kept.get_ifd(IFD.Exif)[IFD.Interop] = interoperability
