"""Gain maps in JPEG files, which make a photo HDR on screens that can show it: Ultra HDR, ISO 21496-1 and Apple's.

The map is a second JPEG behind the first one. Its numbers stand in its XMP packet (Ultra HDR 1.0,
https://developer.android.com/media/platform/hdr-image-format) and in a segment of its own (ISO 21496-1:2025, annex C).
Both are read, the segment first, and both are written. iPhones name theirs in its XMP packet alone.
"""

import io
import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap

import numpy as np
from PIL import Image

from portrait.core.gain_map import GainCurve, GainMap
from portrait.files.containers.jpeg_layout import APP1, APP2, MPF_HEADER, JpegLayout, end_of_head, read_layout
from portrait.files.depth.apple_gain_map import APPLE_GAIN_MAP, read_headroom_log2, to_gain_map
from portrait.files.depth.gain_curve import (
    ISO_HEADER,
    curve_from_segment,
    curve_from_xmp,
    curve_to_segment,
    curve_to_xmp,
)
from portrait.files.metadata.xmp_container import ContainerItem
from portrait.files.metadata.xmp_extension import XMP_HEADER
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.placement import Placement, has_aspect

_MARKS = re.compile(rb"hdrgm:|" + re.escape(ISO_HEADER))
_VERSION = bytes(4)  # of the segment: the least that a reader must know, and that of the writer, 16 bits each
_LEAST_QUALITY = 90
GAIN_MAP = "GainMap"
GAIN_MAP_MARK = (
    b'<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
)
"""Its meaning in the directory of what stands behind an image, and what the image's own packet says of it."""

_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b"%s</rdf:RDF></x:xmpmeta>"
)


def read_gain_map(opened: OpenedImage, placement: Placement) -> GainMap | None:
    """The gain map of an opened JPEG, upright; None where it has none, or none that can be used.

    Parameters
    ----------
    opened
        The photo.
    placement
        What turns the photo upright.
    """
    with mmap(opened.file.fileno(), 0, access=ACCESS_READ) as content:
        head_bytes = end_of_head(content)
        if not _MARKS.search(content, 0, head_bytes) and content.find(MPF_HEADER, 0, head_bytes) < 0:
            return None
        layout = read_layout(content)
        for start, end in _places(content, layout):
            found = _decode(content[start:end], opened.picture)
            if found is not None:
                return GainMap(placement.apply(found.levels), found.curve, found.icc_profile)
    return None


def encode_gain_map(gain_map: GainMap, quality: int | None) -> bytes:
    """A gain map as the JPEG that stands behind the image; with a quality of None, that of the source, the least."""
    levels = gain_map.levels if gain_map.levels.shape[2] == 3 else gain_map.levels[..., 0]
    packet = _PACKET % curve_to_xmp(gain_map.curve)
    head = _segment(APP1, XMP_HEADER + packet) + _segment(APP2, ISO_HEADER + curve_to_segment(gain_map.curve))
    encoded = io.BytesIO()
    options = {"icc_profile": gain_map.icc_profile} if gain_map.icc_profile else {}
    picture = Image.fromarray(np.ascontiguousarray(levels))
    picture.save(encoded, "JPEG", quality=max(quality or 0, _LEAST_QUALITY), subsampling=0, extra=head, **options)
    return encoded.getvalue()


def gain_map_item(gain_map: bytes) -> ContainerItem:
    """An encoded gain map as what stands behind the image."""
    return ContainerItem(GAIN_MAP, "image/jpeg", gain_map)


def append_gain_map(image: bytes, gain_map: bytes) -> bytes:
    """A JPEG file with a gain map behind it, which its index of images names (CIPA DC-007)."""
    at = end_of_head(image)
    version = _segment(APP2, ISO_HEADER + _VERSION)
    index_bytes = len(_segment(APP2, _index(0, 0, 0)))
    whole = len(image) + len(version) + index_bytes
    index_at = at + len(version) + 4 + len(MPF_HEADER)  # offsets count from the index's own header
    index = _segment(APP2, _index(whole, len(gain_map), whole - index_at))
    return b"".join((image[:at], version, index, image[at:], gain_map))


def _places(content: mmap, layout: JpegLayout) -> Iterator[tuple[int, int]]:
    """Where further images start and end; a file without an index may have one right behind the first."""
    for image in layout.images:
        if not image.is_preview:
            yield image.start, image.end
    if not layout.images and content[layout.end : layout.end + 2] == b"\xff\xd8":
        yield layout.end, len(content)


def _decode(image: bytes, photo: Image.Image) -> GainMap | None:
    """The gain map of a further image, as stored."""
    try:
        numbers = _read_curve(image) or _read_headroom_log2(image, photo)
        if numbers is None:
            return None
        with Image.open(io.BytesIO(image), formats=("JPEG", "MPO")) as picture:
            if not _has_shape(picture.size, photo.size):
                return None
            if isinstance(numbers, float):
                return to_gain_map(np.asarray(picture.convert("L")), numbers)
            profile = picture.info.get("icc_profile")
            is_grey = picture.mode == "L" and numbers.is_grey
            levels = np.asarray(picture if is_grey else picture.convert("RGB"))
    except (*DECODER_ERRORS, MemoryError):
        return None
    return GainMap(np.atleast_3d(levels), numbers, profile)


def _read_curve(image: bytes) -> GainCurve | None:
    segments = read_layout(image).segments
    for segment in segments:
        if segment.marker == APP2 and segment.content.startswith(ISO_HEADER):
            return curve_from_segment(segment.content[len(ISO_HEADER) :])
    for segment in segments:
        if segment.marker == APP1 and segment.content.startswith(XMP_HEADER):
            return curve_from_xmp(segment.content)
    return None


def _read_headroom_log2(image: bytes, photo: Image.Image) -> float | None:
    """The headroom of one of Apple's maps, in stops; None for another picture."""
    packets = (one.content for one in read_layout(image).segments if one.marker == APP1)
    packet = next((one for one in packets if one.startswith(XMP_HEADER) and APPLE_GAIN_MAP in one), None)
    return None if packet is None else read_headroom_log2(packet, photo.info.get("exif") or b"")


def _has_shape(size: tuple[int, int], photo_size: tuple[int, int]) -> bool:
    is_larger = size[0] > photo_size[0] or size[1] > photo_size[1]
    return not is_larger and has_aspect(size[::-1], photo_size[::-1])


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _index(image_bytes: int, map_bytes: int, map_offset: int) -> bytes:
    """An index of two images: the primary one, and one of undefined kind (CIPA DC-007, 5.2.3)."""
    entries = ((0x030000, image_bytes, 0), (0, map_bytes, map_offset))
    table = b"".join(b"".join(number.to_bytes(4, "big") for number in (*entry, 0)) for entry in entries)
    fields = (  # tag, kind, count, value
        (0xB000, 7, 4, b"0100"),
        (0xB001, 4, 1, len(entries).to_bytes(4, "big")),
        (0xB002, 7, len(table), (8 + 2 + 3 * 12 + 4).to_bytes(4, "big")),
    )
    rows = [
        tag.to_bytes(2, "big") + kind.to_bytes(2, "big") + count.to_bytes(4, "big") + value
        for tag, kind, count, value in fields
    ]
    return MPF_HEADER + b"MM\0*\0\0\0\x08" + len(fields).to_bytes(2, "big") + b"".join(rows) + bytes(4) + table
