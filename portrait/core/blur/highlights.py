"""Highlights: clipped lights get back energy that the sensor lost, so that they blur to bright disks."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage
from portrait.core.color import LEVELS_IN_LINEAR

HIGHLIGHT_GAIN = 15.0
"""Most light that a clipped pixel is given, in multiples of what it has, at a boost of 1: four stops."""

LARGE_LIGHT = 0.28
"""Mean glare around a light from which on it gets none: it is no lamp but a window or the sky, or stands before
something so bright that the blur leaves it bright enough.
"""

SURROUNDINGS_RADII = 4.0
"""Half the side of the square around a light in which the glare counts, in radii of the blur disk: a lamp as large as
its disk fills a twentieth of it.
"""

_LEAST_KNOWN = 0.01  # share of the square around a light
_KNEE = 0.8  # linear light from which on a pixel counts as clipped, more and more
_CLIPPED_SHARE = np.square(np.clip((LEVELS_IN_LINEAR - _KNEE) / (1.0 - _KNEE), 0.0, 1.0)).astype(np.float32)
_LUMA_GLARE = 1.4  # of luma in linear light: sunlit leaves, of a fifth, leave a light nothing, and a night all
_GLARE = np.minimum(1.0, _LUMA_GLARE * LEVELS_IN_LINEAR).astype(np.float32)


def has_clipped(image: RgbImage) -> bool:
    """Whether any pixel of an image counts as clipped."""
    return bool(_CLIPPED_SHARE[int(image.max())] > 0.0)


def clipped_and_glare(image: RgbImage) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Clipping and glare: how far the brightest channel is clipped, and how much a pixel dims the lights around it.

    float32 (H, W) each, 0 … 1. Clipped: 0 up to 80 % of the clipping level, in linear light; 1 at the level. Glare:
    that, or the luma in linear light times 1.4: a night has little of it, sunlit leaves have much.
    """
    red, green, blue = cv2.split(image)
    clipped = cv2.LUT(cv2.max(cv2.max(red, green), blue), _CLIPPED_SHARE)
    glare = cv2.max(clipped, cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), _GLARE))
    return np.asarray(clipped, np.float32), np.asarray(glare, np.float32)


def surroundings_px(radius_px: float) -> int:
    """How far around a light the glare counts, for a blur disk of this radius."""
    return math.ceil(SURROUNDINGS_RADII * radius_px)


def mean_glare(weighted: NDArray[np.float32], around_px: int) -> NDArray[np.float32]:
    """Normalised convolution: the mean glare of the known pixels in the square around each pixel, float32 (h, w).

    Parameters
    ----------
    weighted
        float32 (h, w, 2): glare times weight, and weight. Beyond its edges it is mirrored.
    around_px
        Half the side of the square, see `surroundings_px`.
    """
    side = 2 * around_px + 1
    glare, weight = cv2.split(cv2.blur(weighted, (side, side), borderType=cv2.BORDER_REFLECT))
    return np.asarray(glare / np.maximum(weight, np.float32(_LEAST_KNOWN)), np.float32)


def lift(clipped: LinearImage, glare: NDArray[np.float32], boost: float) -> LinearImage:
    """Inverse tone curve for clipped lights: the light to add to them before the blur.

    Lights before something dark get up to `HIGHLIGHT_GAIN` times their own. The more is bright around them,
    the less they get, and from `LARGE_LIGHT` on nothing: a window, a white sky or a sunlit floor does not glow, and no
    disk outshines its light. So the energy of the clipped lights grows by no more than the factor
    1 + boost · `HIGHLIGHT_GAIN`.

    Parameters
    ----------
    clipped
        float32 (h, w, 3), the light of the clipped pixels, by how far they are clipped.
    glare
        float32 (h, w), 0 … 1: see `mean_glare`.
    boost
        0 … 1.

    Returns
    -------
    float32 (h, w, 3).
    """
    smallness = np.clip(1.0 - glare / LARGE_LIGHT, 0.0, 1.0)
    gain = np.float32(boost * HIGHLIGHT_GAIN) * np.square(smallness)
    return np.asarray(cv2.multiply(clipped, cv2.merge([gain] * 3)), dtype=np.float32)
