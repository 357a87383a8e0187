"""Reading of the mattes that iPhones store in HEIC photos: the subject's opacity, and the hair's."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.matting.given_matte import add_hair
from portrait.files.containers.boxes import Items, read_items
from portrait.files.decoding import DECODER_ERRORS
from portrait.files.heif_library import load_heif_library
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright
from portrait.files.placement import cut_away, turns_of
from portrait.language import tr

_SUBJECT, _HAIR = ":aux:portraiteffectsmatte", ":aux:semantichairmatte"
"""How the types of Apple's auxiliary images end; a year and ``urn:com:apple:photo`` stand before."""

_MOST_PIXELS = 100_000_000
_PADDING = 0.03  # of a side: what a crop takes from an encoder's padding shifts no matte
_ASPECT_TOLERANCE = 0.03


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
    places = _find_mattes(opened)
    if _SUBJECT not in places:
        return CameraMatte()
    try:
        items = read_items(opened.file)
        if any(abs(cut_away(items, items.primary) - cut_away(items, item)) > _PADDING for item in places.values()):
            return _refused(
                tr("The matte stored in {path} shows more than the photo, which was cropped", path=opened.path)
            )
        mattes = {kind: _decode(opened, items, item) for kind, item in places.items()}
    except (*DECODER_ERRORS, struct.error, LookupError, ArithmeticError):
        return _refused(tr("The matte stored in {path} is damaged", path=opened.path))
    if not all(_has_aspect(matte, size) for matte in mattes.values()):
        return _refused(tr("The matte stored in {path} does not have the photo's shape", path=opened.path))
    subject, hair = mattes[_SUBJECT], mattes.get(_HAIR)
    return CameraMatte(subject) if hair is None else CameraMatte(add_hair(subject, hair), has_hair=True)


def _find_mattes(opened: OpenedImage) -> Mapping[str, int]:
    """Items of the mattes by kind."""
    auxiliary: Mapping[str, list[int]] = opened.picture.info.get("aux") or {}
    found = ((kind, name, items) for kind in (_SUBJECT, _HAIR) for name, items in auxiliary.items())
    return {kind: items[0] for kind, name, items in found if name.lower().endswith(kind) and items}


def _decode(opened: OpenedImage, items: Items, item: int) -> AlphaMatte:
    """Decode an auxiliary image, and turn it as the photo is unless its own boxes do: float32 (h, w), 0 … 1."""
    opened.file.seek(0)
    auxiliary = load_heif_library().open_heif(opened.file).get_aux_image(item)
    if auxiliary.size[0] * auxiliary.size[1] > _MOST_PIXELS:
        raise ValueError(f"a matte of {auxiliary.size} pixels")
    values = np.asarray(auxiliary)
    values = values if values.ndim == 2 else np.ascontiguousarray(values[..., 0])
    for orientation in () if turns_of(items, item) else turns_of(items, items.primary):
        values = turn_upright(values, orientation)
    return np.asarray(values, np.float32) / np.float32(255.0)


def _has_aspect(matte: AlphaMatte, size: tuple[int, int]) -> bool:
    slack = _ASPECT_TOLERANCE + 1.0 / min(matte.shape)
    return bool(abs(matte.shape[1] * size[0] / (matte.shape[0] * size[1]) - 1.0) <= slack)


def _refused(reason: str) -> CameraMatte:
    return CameraMatte(warnings=(tr("{message}; it was not used", message=reason),))
