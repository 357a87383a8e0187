"""Highlights: clipped lights get back energy that the sensor lost, so that they blur to bright disks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage
from portrait.core.color import LEVELS_IN_LINEAR

HIGHLIGHT_GAIN = 15.0
"""Most light that a clipped pixel is given, in multiples of what it has, at a boost of 1: four stops."""

LARGE_LIGHT = 0.25
"""A light that fills this share of the blur disk, or more, gets none: it is bright enough after the blur."""

_KNEE = 0.8  # linear light from which on a pixel counts as clipped, more and more
_CLIPPED_SHARE = np.square(np.clip((LEVELS_IN_LINEAR - _KNEE) / (1.0 - _KNEE), 0.0, 1.0)).astype(np.float32)


def clipped_share(image: RgbImage) -> NDArray[np.float32] | None:
    """How far the brightest channel of each pixel is clipped, 0 … 1: float32 (H, W); None where nothing is.

    0 up to 80 % of the clipping level, in linear light; 1 at the level.
    """
    if _CLIPPED_SHARE[int(image.max())] == 0.0:
        return None
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.LUT(cv2.max(cv2.max(red, green), blue), _CLIPPED_SHARE), dtype=np.float32)


def lift(clipped: LinearImage, coverage: NDArray[np.float32], boost: float) -> LinearImage:
    """The light to add to clipped lights before the blur.

    Small lights get up to `HIGHLIGHT_GAIN` times their own. The more of the blur disk they fill, the less they get, and
    from `LARGE_LIGHT` on nothing: a window or a white sky does not glow, and no disk outshines its light. So the energy
    of the clipped lights grows by no more than the factor 1 + boost · `HIGHLIGHT_GAIN`.

    Parameters
    ----------
    clipped
        float32 (h, w, 3), the light of the clipped pixels, by their `clipped_share`.
    coverage
        float32 (h, w), 0 … 1: mean of the clipped share over the blur disk around each pixel.
    boost
        0 … 1.

    Returns
    -------
    float32 (h, w, 3).
    """
    smallness = np.clip(1.0 - coverage / LARGE_LIGHT, 0.0, 1.0)
    gain = np.float32(boost * HIGHLIGHT_GAIN) * np.square(smallness)
    return np.asarray(cv2.multiply(clipped, cv2.merge([gain] * 3)), dtype=np.float32)
