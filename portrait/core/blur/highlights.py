"""Highlights: clipped lights get back energy that the sensor lost, so that they blur to bright disks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage
from portrait.core.color import LEVELS_IN_LINEAR

HIGHLIGHT_GAIN = 15.0
"""Most light that a clipped pixel is given, in multiples of what it has, at a boost of 1: four stops."""

LARGE_LIGHT = 0.25
"""Mean glare over the blur disk from which on a light gets none: it fills so much of its disk, or stands before
something so bright, that the blur leaves it bright enough.
"""

_LEAST_KNOWN = 0.01  # share of the disk around a light
_KNEE = 0.8  # linear light from which on a pixel counts as clipped, more and more
_CLIPPED_SHARE = np.square(np.clip((LEVELS_IN_LINEAR - _KNEE) / (1.0 - _KNEE), 0.0, 1.0)).astype(np.float32)
_GLARE = np.square(LEVELS_IN_LINEAR)


def has_clipped(image: RgbImage) -> bool:
    """Whether any pixel of an image counts as clipped."""
    return bool(_CLIPPED_SHARE[int(image.max())] > 0.0)


def clipped_and_glare(image: RgbImage) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Clipping and glare: how far the brightest channel is clipped, and how much a pixel dims the lights around it.

    float32 (H, W) each, 0 … 1. Clipped: 0 up to 80 % of the clipping level, in linear light; 1 at the level. Glare:
    that, or the square of the luma in linear light, which a white floor has and a red wall has not.
    """
    red, green, blue = cv2.split(image)
    clipped = cv2.LUT(cv2.max(cv2.max(red, green), blue), _CLIPPED_SHARE)
    glare = cv2.max(clipped, cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), _GLARE))
    return np.asarray(clipped, np.float32), np.asarray(glare, np.float32)


def mean_glare(spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normalised convolution: the mean glare of the known pixels in the blur disk, float32 (h, w).

    ``spread`` is float32 (h, w, 2): glare times weight, and weight, both convolved with the disk.
    """
    glare, weight = cv2.split(spread)
    return np.asarray(glare / np.maximum(weight, np.float32(_LEAST_KNOWN)), np.float32)


def lift(clipped: LinearImage, glare: NDArray[np.float32], boost: float) -> LinearImage:
    """Inverse tone curve for clipped lights: the light to add to them before the blur.

    Small lights before something dark get up to `HIGHLIGHT_GAIN` times their own. The more of the blur disk is bright,
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
