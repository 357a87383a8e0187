"""Reading of the mattes that iPhones store in HEIC photos: the subject's opacity, and the hair's."""

import struct
from dataclasses import dataclass

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.matting.given_matte import add_hair
from portrait.files.containers.boxes import read_items
from portrait.files.depth.auxiliary_image import find_auxiliary, read_auxiliary
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.placement import has_aspect, is_cropped_otherwise
from portrait.language import tr

_SUBJECT, _HAIR = ":aux:portraiteffectsmatte", ":aux:semantichairmatte"
"""How the types of Apple's auxiliary images end; a year and ``urn:com:apple:photo`` stand before."""


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
    """The matte that an iPhone stored in a HEIC photo, the hair's added; what is damaged becomes a warning.

    Parameters
    ----------
    opened
        The photo.
    size
        (H, W) of it, upright.
    """
    places = find_auxiliary(opened, (_SUBJECT, _HAIR))
    if _SUBJECT not in places:
        return CameraMatte()
    try:
        items = read_items(opened.file)
        if any(is_cropped_otherwise(items, item) for item in places.values()):
            return _refused(
                tr("The matte stored in {path} shows more than the photo, which was cropped", path=opened.path)
            )
        stored = {kind: read_auxiliary(opened, items, item) for kind, item in places.items()}
    except (*DECODER_ERRORS, struct.error, LookupError, ArithmeticError):
        return _refused(tr("The matte stored in {path} is damaged", path=opened.path))
    if not all(has_aspect(levels.shape, size) for levels in stored.values()):
        return _refused(tr("The matte stored in {path} does not have the photo's shape", path=opened.path))
    mattes = {kind: np.asarray(levels, np.float32) / np.float32(255.0) for kind, levels in stored.items()}
    subject, hair = mattes[_SUBJECT], mattes.get(_HAIR)
    return CameraMatte(subject) if hair is None else CameraMatte(add_hair(subject, hair), has_hair=True)


def _refused(reason: str) -> CameraMatte:
    return CameraMatte(warnings=(tr("{message}; it was not used", message=reason),))
