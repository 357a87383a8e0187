"""Names what a JPEG file holds that a portrait does not keep: further images, vendors' segments, appended data."""

import re
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from typing import IO

from portrait.files.containers.jpeg_layout import (
    APP0,
    APP1,
    APP2,
    APP13,
    APP14,
    MPF_HEADER,
    JpegLayout,
    Segment,
    read_layout,
)
from portrait.files.depth.gain_curve import ISO_HEADER
from portrait.files.depth.jpeg_auxiliary import DEPTH, DISPARITY, auxiliary_images
from portrait.files.metadata.exif_cleaning import EXIF_HEADER
from portrait.files.metadata.iptc import APP13_HEADER
from portrait.files.metadata.vendor_chunks import name_vendor_data
from portrait.files.metadata.xmp_container import ORIGINAL, stated_items
from portrait.files.metadata.xmp_extension import EXTENSION_HEADER, XMP_HEADER
from portrait.language import tr

_CARRIED = {
    APP0: (b"JFIF\0", b"JFXX\0"),
    APP1: (EXIF_HEADER, XMP_HEADER, EXTENSION_HEADER),
    APP2: (b"ICC_PROFILE\0", MPF_HEADER, ISO_HEADER),
    APP13: (APP13_HEADER,),
    APP14: (b"Adobe",),
}
"""First bytes of the segments that are not named: their content is kept, or describes the structure of this file."""

_GAIN_MAP = re.compile(rb"hdrgm:|hdrgainmap|iso:ts:21496", re.IGNORECASE)
_HEAD_BYTES = 65_536  # of a further image, in which it says what it is
_DATA = re.compile(rb"[^\x00\xff\s]")


def jpeg_extras(file: IO[bytes], *, is_gain_map_kept: bool = False) -> list[str]:
    """A sentence for each kind of thing in a JPEG file that no portrait keeps: vendors' data, and what is behind it.

    Smaller previews of the image are no loss, for what they show is the image as it was; nor is a gain map that is
    rendered and kept.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        layout = read_layout(content)
        return [*_vendor_data(layout.segments), *_behind(content, layout, is_gain_map_kept=is_gain_map_kept)]


def _vendor_data(segments: Sequence[Segment]) -> list[str]:
    vendors = {
        segment.marker - APP0
        for segment in segments
        if segment.content and not segment.content.startswith(_CARRIED.get(segment.marker, ()))
    }
    return name_vendor_data(f"APP{number}" for number in sorted(vendors))


def _behind(content: mmap, layout: JpegLayout, *, is_gain_map_kept: bool) -> list[str]:
    pictures = layout.images
    is_gain_map = [_GAIN_MAP.search(content, picture.start, picture.start + _HEAD_BYTES) for picture in pictures]
    behind = _DATA.search(content, layout.end)
    in_head = any(_GAIN_MAP.search(segment.content) for segment in layout.segments if segment.marker in (APP1, APP2))
    has_gain_map = any(is_gain_map) or (in_head and behind is not None)
    auxiliary = [kind for kind, _ in auxiliary_images(content, pictures) if not kind.endswith("hdrgainmap")]
    others = sum(not picture.is_preview for picture in pictures) - len(auxiliary)
    sentences = []
    if has_gain_map and not is_gain_map_kept:
        sentences.append(tr("the gain map for HDR screens could not be kept"))
    if any(kind not in (DISPARITY, DEPTH) for kind in auxiliary):  # depth is used
        sentences.append(tr("auxiliary pictures, such as mattes of the camera, could not be kept"))
    if others > has_gain_map:
        sentences.append(tr("the file holds several pictures: the first one was used"))
    end = max([layout.end, *(picture.end for picture in pictures)])
    if is_gain_map_kept and not pictures:  # it stands right behind the image
        end += read_layout(content[end:]).end
    if ORIGINAL in _semantics(layout):
        sentences.append(tr("the original photo that the file holds was not used"))
    elif _DATA.search(content, end):
        sentences.append(tr("data after the end of the JPEG, such as a motion photo, could not be kept"))
    return sentences


def _semantics(layout: JpegLayout) -> set[str]:
    """What stands behind the image, by its directory."""
    packets = (one.content for one in layout.segments if one.marker == APP1 and one.content.startswith(XMP_HEADER))
    return {item.semantic.decode("ascii", "replace") for packet in packets for item in stated_items(packet)}
