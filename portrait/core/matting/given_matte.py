"""Mattes that come with a photo, smaller than it: the subject's joined with one of hair, and brought to its edges."""

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.guided_filter import apply_coefficients, guided_coefficients
from portrait.core.resize import resize
from portrait.core.strips import StripMap

_HAIR, _SUBJECT = 0.1, 0.5
_RADIUS_PX, _EPSILON, _ROUNDING = 2, 1e-5, 1e-4


def add_hair(subject: AlphaMatte, hair: AlphaMatte) -> AlphaMatte:
    """The subject's matte with the hair that grows out of it; that of others is left out.

    Parameters
    ----------
    subject, hair
        float32, 0 … 1, of the whole image at any two sizes.

    Returns
    -------
    float32 of the size of ``subject``.
    """
    hair = np.asarray(np.clip(resize(hair, *subject.shape), 0.0, 1.0), np.float32)
    _, parts = cv2.connectedComponents((hair > _HAIR).astype(np.uint8), connectivity=8)
    own = np.unique(parts[(subject > _SUBJECT) & (parts > 0)])
    return np.asarray(np.where(np.isin(parts, own), np.maximum(subject, hair), subject), np.float32)


def upsample_matte(matte: AlphaMatte, image: RgbImage, strip_map: StripMap = map) -> AlphaMatte:
    """Guided upsampling of a matte to the size of its image, whose edges it then follows.

    In windows of a few pixels alpha is an affine function of the colour (guided filter, He, Sun & Tang 2013,
    doi:10.1109/TPAMI.2012.213): hair that is thinner than a pixel of the matte gets its own pixels back. Where the
    matte is 0 or 1 all around, it stays so.

    Parameters
    ----------
    matte
        float32 (h, w), 0 … 1.
    image
        uint8 (H, W, 3).
    strip_map
        Runs the strips.

    Returns
    -------
    float32 (H, W), 0 … 1.
    """
    height, width = image.shape[:2]
    if matte.shape[0] >= height or matte.shape[1] >= width:
        return np.asarray(np.clip(resize(matte, height, width), 0.0, 1.0), np.float32)
    guide = resize(image, *matte.shape).astype(np.float32) / np.float32(255.0)
    coefficients = guided_coefficients(guide, matte, _RADIUS_PX, _EPSILON)
    alpha = apply_coefficients(coefficients, image, strip_map=strip_map)
    alpha[alpha > 1.0 - _ROUNDING] = 1.0  # whose pixels are copied
    return alpha
