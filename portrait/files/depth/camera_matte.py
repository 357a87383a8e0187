"""Reading of the mattes that iPhones store in HEIC and JPEG photos: the subject's opacity, and the hair's."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte
from portrait.core.matting.given_matte import add_hair
from portrait.files.containers.boxes import read_items
from portrait.files.depth.auxiliary_image import find_auxiliary, read_auxiliary
from portrait.files.depth.jpeg_auxiliary import JPEG_FORMATS, read_jpeg_auxiliary
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.placement import has_aspect, is_cropped_otherwise, read_placement
from portrait.language import tr

_SUBJECT, _HAIR = "portraiteffectsmatte", "hairmatte"
"""How the types of Apple's auxiliary images end; a year and ``urn:com:apple:photo`` may stand before."""

_Levels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class CameraMatte:
    """The matte that a camera stored beside a photo.

    Attributes
    ----------
    alpha
        float32 (h, w), 0 … 1, upright, of the whole photo, most often at half its size; None where there is none, or
        it cannot be used, which is said.
    has_hair
        Whether a matte of hair was joined to it.
    warnings
        One sentence each.
    """

    alpha: AlphaMatte | None = None
    has_hair: bool = False
    warnings: tuple[str, ...] = ()


def read_camera_matte(opened: OpenedImage, size: tuple[int, int]) -> CameraMatte:
    """The matte that an iPhone stored in a HEIC or JPEG photo, the hair's added; what is damaged becomes a warning.

    Parameters
    ----------
    opened
        The photo.
    size
        (H, W) of it, upright.
    """
    is_jpeg = opened.picture.format in JPEG_FORMATS
    try:
        stored = _read_jpeg_mattes(opened) if is_jpeg else _read_heif_mattes(opened)
    except (*DECODER_ERRORS, struct.error, LookupError, ArithmeticError):
        return _refused(tr("The matte stored in {path} is damaged", path=opened.path))
    if stored is None:
        return _refused(tr("The matte stored in {path} shows more than the photo, which was cropped", path=opened.path))
    if _SUBJECT not in stored:
        return CameraMatte()
    if not all(has_aspect(levels.shape, size) for levels in stored.values()):
        return _refused(tr("The matte stored in {path} does not have the photo's shape", path=opened.path))
    mattes = {kind: np.asarray(levels, np.float32) / np.float32(255.0) for kind, levels in stored.items()}
    subject, hair = mattes[_SUBJECT], mattes.get(_HAIR)
    return CameraMatte(subject) if hair is None else CameraMatte(add_hair(subject, hair), has_hair=True)


def _read_jpeg_mattes(opened: OpenedImage) -> Mapping[str, _Levels]:
    stored = read_jpeg_auxiliary(opened, (_SUBJECT, _HAIR))
    placement = read_placement(opened)
    return {kind: placement.apply(levels) for kind, levels in stored.items()}


def _read_heif_mattes(opened: OpenedImage) -> Mapping[str, _Levels] | None:
    """None where they show more than the photo, or less."""
    places = find_auxiliary(opened, (_SUBJECT, _HAIR))
    if _SUBJECT not in places:
        return {}
    items = read_items(opened.file)
    if any(is_cropped_otherwise(items, item) for item in places.values()):
        return None
    return {kind: read_auxiliary(opened, items, item) for kind, item in places.items()}


def _refused(reason: str) -> CameraMatte:
    return CameraMatte(warnings=(tr("{message}; it was not used", message=reason),))
