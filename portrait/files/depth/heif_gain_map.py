"""Gain maps in HEIC photos of iPhones: an auxiliary picture, with Apple's numbers or those of ISO 21496-1."""

import struct

import numpy as np

from portrait.core.gain_map import GainCurve, GainMap
from portrait.files.containers.box_items import XMP_TYPE, describing_content, item_content, item_types
from portrait.files.containers.boxes import Items, read_items
from portrait.files.depth.apple_gain_map import APPLE_GAIN_MAP, read_headroom_log2, to_gain_map
from portrait.files.depth.auxiliary_image import find_auxiliary, read_auxiliary
from portrait.files.depth.gain_curve import curve_from_segment
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.placement import has_aspect, is_cropped_otherwise

_TONE_MAP = b"tmap"


def read_heif_gain_map(opened: OpenedImage) -> GainMap | None:
    """The gain map of an opened HEIC photo, upright; None where it has none, or none that can be used."""
    ending = APPLE_GAIN_MAP.decode()
    item = find_auxiliary(opened, [ending]).get(ending)
    if item is None:
        return None
    try:
        items = read_items(opened.file)
        if is_cropped_otherwise(items, item):
            return None
        levels = read_auxiliary(opened, items, item)
        curve, packet = _curve_of(opened, items, item), describing_content(opened.file, XMP_TYPE, item)
    except (*DECODER_ERRORS, struct.error, LookupError, ArithmeticError):
        return None
    height, width = opened.picture.height, opened.picture.width
    if not has_aspect(levels.shape, (height, width)):
        return None
    if curve is not None:
        return GainMap(np.ascontiguousarray(levels[..., None]), curve)
    headroom_log2 = read_headroom_log2(packet, opened.picture.info.get("exif") or b"")
    return None if headroom_log2 is None else to_gain_map(levels, headroom_log2)


def _curve_of(opened: OpenedImage, items: Items, item: int) -> GainCurve | None:
    """The numbers of ISO 21496-1, of the item that joins photo and map (ISO/IEC 23008-12, 6.6.2.4); None without."""
    for joined, kind in item_types(opened.file).items():
        if kind == _TONE_MAP and items.references.get((b"dimg", joined)) == [items.primary, item]:
            curve = curve_from_segment(item_content(opened.file, joined)[1:])  # behind the version of the item
            return curve if curve is None or curve.is_grey else None
    return None
