"""Reading of depth maps that phones store inside photos."""

import base64
import binascii
import io
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.errors import ImageFileError
from portrait.files.containers.boxes import read_items
from portrait.files.depth.jpeg_auxiliary import DEPTH, DISPARITY, read_jpeg_auxiliary
from portrait.files.metadata.xmp import to_utf8
from portrait.files.metadata.xmp_container import Properties, read_properties, stated_items
from portrait.files.metadata.xmp_extension import XMP_HEADER, join_extension
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.placement import is_cropped_otherwise
from portrait.files.system.os_errors import read_error
from portrait.language import tr

_LINE_BREAK = re.compile(rb"&#x?[0-9A-Fa-f]+;")
_MOST_PIXELS = 100_000_000
_INVERSE_DEPTH, _DISPARITY, _DEPTH, _UNEVEN_DISPARITY = range(4)
"""Kinds of depth image in HEIF: ITU-T H.265, G.14.3.2, depth_representation_type."""

_DEPTH_TYPE = re.compile(rb"hevc:2015:auxid:2|auxiliary:depth")  # ISO/IEC 23008-12, 6.6.2.1.1 and B.2.3


@dataclass(frozen=True, slots=True, eq=False)
class PhoneDepth:
    """Depth map of a photo, in the orientation in which it is stored.

    Attributes
    ----------
    depth
        The map.
    orientation
        EXIF orientation that turns it upright; None: the photo's own.
    """

    depth: DepthMap
    orientation: int | None = None


def read_jpeg_depth(opened: OpenedImage) -> PhoneDepth | None:
    """Google's depth metadata, Android's dynamic depth, or Apple's auxiliary image of an opened JPEG; None without.

    Formats: `portrait.files.depth.jpeg_auxiliary`, https://developers.google.com/depthmap-metadata and
    https://developer.android.com/training/camera2/Dynamic-depth-v1.0.pdf.

    Raises
    ------
    ImageFileError
        The depth is damaged, or the file cannot be read.
    """
    picture, path = opened.picture, opened.path
    xmp = _join_xmp([content for name, content in getattr(picture, "applist", []) if name == "APP1"])
    single = read_properties(xmp, b"GDepth")
    if single.get("Data"):
        return PhoneDepth(_to_depth(_decode_base64(single["Data"], path), single, path))
    dynamic = read_properties(xmp, b"DepthMap")
    length = _bytes_from_end(xmp, dynamic.get("DepthURI", b""))
    if length is None:
        return _read_apple_depth(opened)
    return PhoneDepth(_to_depth(_read_item(opened, *length), dynamic, path))


def read_heif_depth(opened: OpenedImage) -> PhoneDepth | None:
    """The depth image of an opened HEIC file; None where it has none.

    Raises
    ------
    ImageFileError
        The depth cannot be decoded, or the photo was cropped and its depth was not.
    """
    picture = opened.picture
    images = picture.info.get("depth_images") or []
    if not images:
        return None
    _require_same_crop(opened)
    try:
        values = np.array(images[0], np.float32)[:, : images[0].size[0]]  # rows may be padded
    except DECODER_ERRORS as exc:
        raise _damaged(opened.path) from exc
    values = values if values.ndim == 2 else np.ascontiguousarray(values[..., 0])
    kind = (images[0].info.get("metadata") or {}).get("representation_type", _DISPARITY)
    is_turned = (values.shape[0] > values.shape[1]) != (picture.height > picture.width)
    orientation = int(picture.info.get("original_orientation") or 1) if is_turned else 1
    return PhoneDepth(DepthMap(np.negative(values) if kind == _DEPTH else values), orientation)


def _read_apple_depth(opened: OpenedImage) -> PhoneDepth | None:
    """Levels as of HEIC: their scale is that of two lenses, and seldom one of metres."""
    try:
        stored = read_jpeg_auxiliary(opened, (DISPARITY, DEPTH))
    except DECODER_ERRORS as exc:
        raise _damaged(opened.path) from exc
    maps = {kind: levels.astype(np.float32) for kind, levels in stored.items()}
    if DISPARITY in maps:
        return PhoneDepth(DepthMap(maps[DISPARITY]))
    return PhoneDepth(DepthMap(np.negative(maps[DEPTH]))) if DEPTH in maps else None


def _require_same_crop(opened: OpenedImage) -> None:
    try:
        items = read_items(opened.file)
        depths = [
            item for (kind, item), photos in items.references.items() if kind == b"auxl" and items.primary in photos
        ]
        maps = [item for item in depths if _DEPTH_TYPE.search(dict(items.properties[item])[b"auxC"])]
        is_same = not maps or not is_cropped_otherwise(items, maps[0])
    except (struct.error, LookupError, ArithmeticError, OSError) as exc:
        raise _damaged(opened.path) from exc
    if not is_same:
        message = tr("The depth stored in {path} shows more than the photo, which was cropped", path=opened.path)
        raise ImageFileError(message, tr("Render it without, or give its depth as a file."))


def _join_xmp(segments: list[bytes]) -> bytes:
    """Join the XMP packet and its extension, whose parts may be in any order; parts of other packets are left out."""
    parts = (part[len(XMP_HEADER) :] for part in segments if part.startswith(XMP_HEADER))
    packet = b"".join(_to_utf8(part) for part in parts)
    return packet + _to_utf8(join_extension(packet, segments).content)


def _to_utf8(packet: bytes) -> bytes:
    """Transcode a packet to UTF-8; empty where its encoding is unknown."""
    try:
        return to_utf8(packet)
    except ValueError:
        return b""


def _bytes_from_end(xmp: bytes, uri: bytes) -> tuple[int, int] | None:
    """Offset of the depth image of a container, counted from the end of the file, and its length in bytes."""
    for item in stated_items(xmp):
        is_depth = item.semantic in (b"depth", b"depthmap")
        if (is_depth or (uri and item.properties.get("DataURI") == uri)) and item.length > 0:
            return item.from_end, item.length
    return None


def _read_item(opened: OpenedImage, from_end: int, length: int) -> bytes:
    try:
        size = opened.file.seek(0, io.SEEK_END)
        if from_end > size:
            raise _damaged(opened.path)
        opened.file.seek(size - from_end)
        return opened.file.read(min(length, from_end))
    except OSError as exc:
        raise read_error(opened.path, exc) from exc


def _decode_base64(text: bytes, path: Path) -> bytes:
    try:
        return base64.b64decode(_LINE_BREAK.sub(b"", text))
    except binascii.Error as exc:
        raise _damaged(path) from exc


def _to_depth(encoded: bytes, properties: Properties, path: Path) -> DepthMap:
    """Decode the image in the metadata, whose values run from near, 0, to far, 1, to inverse depth."""
    values = _decode_grey(encoded, path)
    near, far = _numbers(properties, "Near", "Far")
    if not 0.0 < near < far < math.inf:  # without a scale: the order of depths is kept
        return DepthMap(np.negative(values))
    if properties.get("Format", b"").lower() == b"rangelinear":
        return DepthMap(np.reciprocal(np.float32(near) + values * np.float32(far - near)), 0.0)
    inverse = (np.float32(far) - values * np.float32(far - near)) / np.float32(far * near)
    return DepthMap(inverse.astype(np.float32), 0.0)


def _numbers(properties: Properties, *names: str) -> Iterator[float]:
    for name in names:
        try:
            yield float(properties.get(name, b"nan"))
        except ValueError:
            yield math.nan


def _decode_grey(encoded: bytes, path: Path) -> NDArray[np.float32]:
    """Decode a grey image: float32 (h, w), 0 … 1."""
    try:
        with Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise _damaged(path)
            values = np.asarray(picture if picture.mode.startswith("I") else picture.convert("L"))
    except DECODER_ERRORS as exc:
        raise _damaged(path) from exc
    return values.astype(np.float32) / np.float32(255.0 if values.dtype == np.uint8 else 65_535.0)


def _damaged(path: Path) -> ImageFileError:
    return ImageFileError(
        tr("The depth stored in {path} is damaged", path=path), tr("Render it without, or give its depth as a file.")
    )
