"""Doubt: wide parts of a matte that are neither subject nor background, decided, for half a person is never sharp."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import Mask
from portrait.core.guided_filter import box_mean, guided_coefficients
from portrait.core.plane_algebra import Plane, dot, split_colors
from portrait.core.resize import fit_long_side, resize

_DOUBTFUL = 0.12
"""Alpha farther than this from 0 and 1 is in doubt."""

_WIDE_FRACTION = 0.04
"""Width from which doubt is no outline and no hair any more, as a share of the diagonal."""

_LONG_SIDE_PX, _RADIUS_PX, _EPSILON = 320, 4, 1e-3
"""Size, windows and variance of flat ones of the guided filter before the decision."""

_RIM_PX = 2


def decide_doubt(alpha: Plane, guide: NDArray[np.float32]) -> Plane:
    """Threshold alpha where it stays between 0 and 1 over a wide area, once it follows the image's edges.

    A soft outline and hair are narrow. Where alpha is in between over an area, neither the network nor the colours
    know, and half a person shows as a sharp ghost in the blur: what is more likely counts. Before that a guided filter
    (He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213) takes the texture out of it.

    Parameters
    ----------
    alpha
        float32 (h, w), 0 … 1.
    guide
        float32 (h, w, 3), 0 … 1.

    Returns
    -------
    float32 (h, w), 0 … 1; the input itself where nothing was to do.
    """
    is_wide = _wide_doubt(alpha)
    if not is_wide.any():
        return alpha
    is_subject = (_follow_edges(alpha, guide) >= 0.5).astype(np.float32)
    share = box_mean(is_wide.astype(np.float32), _RIM_PX)
    return np.asarray(alpha + share * (is_subject - alpha), np.float32)


def _wide_doubt(alpha: Plane) -> Mask:
    """Morphological opening of the pixels that are in doubt."""
    in_doubt = ((alpha > _DOUBTFUL) & (alpha < 1.0 - _DOUBTFUL)).view(np.uint8)
    radius_px = max(1, round(0.5 * _WIDE_FRACTION * float(np.hypot(*alpha.shape))))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.morphologyEx(in_doubt, cv2.MORPH_OPEN, disk), np.uint8).view(np.bool_)


def _follow_edges(alpha: Plane, guide: NDArray[np.float32]) -> Plane:
    """Guided filter at a small size, upsampled again."""
    shape = fit_long_side((alpha.shape[0], alpha.shape[1]), _LONG_SIDE_PX)
    small, colors = np.ascontiguousarray(resize(alpha, *shape)), np.ascontiguousarray(resize(guide, *shape))
    *slope, offset = guided_coefficients(colors, small, _RADIUS_PX, _EPSILON)
    return resize(np.asarray(dot(slope, split_colors(colors)) + offset, np.float32), *alpha.shape)
