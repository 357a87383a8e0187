"""A depth map in the XMP of a JPEG, as Google's depth metadata (GDepth), which other programs read.

Format: https://developers.google.com/depthmap-metadata. The image of the map is in the extended packet, the rest in the
packet itself.
"""

import base64
import io
from dataclasses import replace

import numpy as np
from PIL import Image

from portrait.core.boxes import Box
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.core.resize import downsample_to_long_side
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.metadata.xmp_container import EMPTY_PACKET
from portrait.files.metadata.xmp_extension import insert_descriptions

_LONG_SIDE_PX = 1280
_FARTHEST = 1e-3
"""Nearness, as a share of the nearest, from which on everything counts as equally far: the format knows no infinity."""

_LEAST_RANGE = 1e-30
_DESCRIPTION = (
    b'<rdf:Description rdf:about="" xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"'
    b' GDepth:Format="RangeInverse" GDepth:Mime="image/png"%s/>'
)
_DATA = b'<rdf:Description rdf:about="" xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Data="%s"/>'


def with_depth(metadata: PhotoMetadata, depth: DepthMap) -> PhotoMetadata | None:
    """Metadata of a JPEG with a depth map; None where the packets that it has can take none.

    The map is written with 8 bits, and no larger than phones write it. Where the nearness at infinity is unknown, so
    are the properties Near and Far, and readers keep the order of depths.
    """
    nearness, scale = _to_scale(_bounded(depth))
    packet = insert_descriptions(metadata.xmp or EMPTY_PACKET, _DESCRIPTION % scale)
    data = _DATA % base64.b64encode(_encode(nearness))
    extension = insert_descriptions(metadata.xmp_extension or EMPTY_PACKET, data)
    if packet is None or extension is None:
        return None
    return replace(metadata, xmp=packet, xmp_extension=extension)


def crop_depth(depth: DepthMap, box: Box, size: tuple[int, int]) -> DepthMap:
    """The part of a map that belongs to a box of its photo, whose (H, W) is ``size``."""
    down, across = depth.nearness.shape[0] / size[0], depth.nearness.shape[1] / size[1]
    top, left = int(box.top * down), int(box.left * across)
    bottom, right = max(top + 1, round(box.bottom * down)), max(left + 1, round(box.right * across))
    return replace(depth, nearness=np.ascontiguousarray(depth.nearness[top:bottom, left:right]))


def _bounded(depth: DepthMap) -> DepthMap:
    if max(depth.nearness.shape) <= _LONG_SIDE_PX:
        return depth
    return replace(depth, nearness=downsample_to_long_side(depth.nearness, _LONG_SIDE_PX))


def _to_scale(depth: DepthMap) -> tuple[np.ndarray, bytes]:
    """Nearness from 1, near, to 0, far, unknown depth counting as far; and the properties that tell the scale."""
    known = depth.nearness[np.isfinite(depth.nearness)]
    near, far = (float(known.max()), float(known.min())) if known.size else (1.0, 0.0)
    scale = b""
    if depth.infinity is not None and near > depth.infinity:
        far = max(far, depth.infinity + _FARTHEST * (near - depth.infinity))
        distances = 1.0 / (near - depth.infinity), 1.0 / (far - depth.infinity)
        scale = b' GDepth:Near="%.6g" GDepth:Far="%.6g"' % distances if near > far else b""
    shares = (np.nan_to_num(depth.nearness, nan=far) - far) / max(near - far, _LEAST_RANGE)
    return np.clip(shares, 0.0, 1.0), scale


def _encode(shares: np.ndarray) -> bytes:
    """A PNG in which near is black and far is white."""
    encoded = io.BytesIO()
    Image.fromarray(np.rint(255.0 * (1.0 - shares)).astype(np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()
