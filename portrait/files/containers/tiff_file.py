"""Reading of the metadata of TIFF files, and encoding of TIFF files with metadata.

A TIFF file and an EXIF block have the same structure. A file is therefore written as the EXIF block, followed by a
directory that takes over its entries and describes the pixels. Texts and maker notes keep bytes and offsets. Layout:
TIFF 6.0, sections 2, 3 and 8; XMP specification part 3, 1.1.2; Adobe TIFF Technical Notes for tag 34377.
"""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from portrait.files.containers.tiff_block import LONG, SHORT, UNDEFINED, Entry, TiffBlock, TiffReader, Value, rebuild
from portrait.files.metadata.exif import resolution_values
from portrait.files.metadata.exif_cleaning import CONTAINER_TAGS, EXIF_HEADER, ICC, IPTC, PHOTOSHOP, PICTURE_TAGS, XMP
from portrait.files.metadata.iptc import split_resources
from portrait.language import mark, tr

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS = 256, 257, 258, 259, 262, 273
_SAMPLES, _ROWS_PER_STRIP, _STRIP_BYTES, _PLANAR, _EXTRA_SAMPLES = 277, 278, 279, 284, 338
_BYTE, _UNCOMPRESSED, _RGB, _CHUNKY, _UNASSOCIATED_ALPHA = 1, 1, 2, 1, 2
_MOST_BYTES = 2**32 - 1

_LAYOUT_TAGS = PICTURE_TAGS | {
    *range(0x00FE, 0x010B), 0x0112, 0x0115, 0x0116, 0x0118, 0x0119, 0x011C, *range(0x0120, 0x0126), 0x0129, 0x012D,
    *range(0x013D, 0x0160), *range(0x0200, 0x0215), 0xC612,
}  # fmt: skip
"""Tags on layout, curve and colours of the pixels, which are written anew."""

_NAMED_LOSSES = {
    0x0157: mark("a clipping path"),
    0x935C: mark("Photoshop's layers"),
    0xC44F: mark("Photoshop's annotations"),
    0xC634: mark("DNG's private data"),
}
"""What is told of the tags that are left out; the others are about how the file is built."""

_MAKER_NOTE = 0x927C
_MOVABLE_NOTES = (
    b"Nikon\0\2", b"FUJIFILM", b"OLYMPUS\0", b"OM SYSTEM\0", b"PENTAX \0", b"RICOH\0II", b"RICOH\0MM",
    b"Apple iOS\0", b"HDRP",
)  # fmt: skip
"""First bytes of maker notes with offsets from their own start, or without offsets (ExifTool, MakerNotes.pm)."""


@dataclass(frozen=True, slots=True)
class TiffMetadata:
    """What the first image of a TIFF file carries.

    Attributes
    ----------
    exif
        The description as an EXIF block, with its values as they are; not cleaned yet.
    resources, data_sets
        Photoshop's image resources, and IPTC data sets on their own; empty where there are none.
    broken
        What is damaged and was left out.
    lost
        What else was left out that someone may miss.
    has_lost_note
        Whether a maker note was left out: its offsets count from the start of the file and would become wrong.
    """

    exif: bytes
    resources: bytes
    data_sets: bytes
    broken: tuple[str, ...]
    has_lost_note: bool = False
    lost: tuple[str, ...] = ()


def read_tiff_metadata(file: IO[bytes]) -> TiffMetadata:
    """Read what a TIFF file carries beside its pixels; they are not touched.

    Raises
    ------
    ValueError
        There is no directory at the offset that the file states.
    OSError
        The file cannot be read.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _read(TiffReader(content))


def _read(file: TiffReader) -> TiffMetadata:
    broken: list[str] = []
    lost_notes = []

    def is_kept(entry: Entry) -> bool:
        if entry.tag == _MAKER_NOTE and entry.is_inside and not file.value(entry).startswith(_MOVABLE_NOTES):
            lost_notes.append(entry)
        return entry.tag not in _LAYOUT_TAGS | CONTAINER_TAGS and entry not in lost_notes

    block = rebuild(file, is_kept, broken)
    first = file.first_directory()
    resources, data_sets = (file.value(entry) if (entry := first.find(tag)) else b"" for tag in (PHOTOSHOP, IPTC))
    lost = tuple(tr(name) for tag, name in _NAMED_LOSSES.items() if first.find(tag))
    block_bytes = EXIF_HEADER + block.to_bytes()
    return TiffMetadata(block_bytes, resources, data_sets, tuple(broken), bool(lost_notes), lost)


def encode_tiff(pixels: NDArray[np.uint8 | np.uint16], metadata: Mapping[str, Any]) -> memoryview:
    """The bytes of an uncompressed TIFF file.

    Parameters
    ----------
    pixels
        uint8 or uint16 (H, W, 3) or (H, W, 4), the last channel opacity.
    metadata
        ``exif`` as a clean block, ``xmp``, ``iptc`` as image resources, ``icc_profile`` and ``dpi``, as far as there
        are any.

    Raises
    ------
    ValueError
        The EXIF block is damaged, or the file would be larger than 4 GB.
    """
    exif = metadata.get("exif")
    block = TiffBlock(exif.removeprefix(EXIF_HEADER)) if exif else TiffBlock.empty("<")
    old = block.first_directory() if exif else None
    kept = [entry for entry in old.entries if entry.tag not in _LAYOUT_TAGS] if old else []
    start = block.append_directory([*_layout(block, pixels), *_carried(block, metadata)], kept)
    block.set_first_directory(start)
    if old is not None:
        block.wipe(old.start, old.end)
    strip = block.directory(start).find(_STRIP_OFFSETS)
    if strip is None or len(block) + pixels.nbytes > _MOST_BYTES:
        raise ValueError("it would be larger than 4 GB")
    block.write_number(strip, len(block))
    strip_content = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(block.order))
    return memoryview(b"".join([block.to_bytes(), strip_content.data]))


def _layout(block: TiffBlock, pixels: NDArray[np.uint8 | np.uint16]) -> list[Value]:
    """One strip of interleaved RGB."""
    height, width, channels = pixels.shape
    number = block.number_value
    extra = [number(_EXTRA_SAMPLES, SHORT, _UNASSOCIATED_ALPHA)] if channels == 4 else []
    return [
        number(_WIDTH, LONG, width),
        number(_HEIGHT, LONG, height),
        number(_BITS, SHORT, *[8 * pixels.itemsize] * channels),
        number(_COMPRESSION, SHORT, _UNCOMPRESSED),
        number(_PHOTOMETRIC, SHORT, _RGB),
        number(_STRIP_OFFSETS, LONG, 0),
        number(_SAMPLES, SHORT, channels),
        number(_ROWS_PER_STRIP, LONG, height),
        number(_STRIP_BYTES, LONG, pixels.nbytes),
        number(_PLANAR, SHORT, _CHUNKY),
        *extra,
    ]


def _carried(block: TiffBlock, metadata: Mapping[str, Any]) -> list[Value]:
    data_sets, resources = split_resources(metadata.get("iptc", b""))
    contents = (
        (XMP, _BYTE, metadata.get("xmp")),
        (ICC, UNDEFINED, metadata.get("icc_profile")),
        (IPTC, UNDEFINED, data_sets),
        (PHOTOSHOP, _BYTE, resources),
    )
    values = [Value(tag, kind, len(content), content) for tag, kind, content in contents if content]
    return [*values, *resolution_values(block, metadata["dpi"])] if "dpi" in metadata else values
