"""The truth's lens: an even disk in linear light. Made apart from `portrait.core.blur.bokeh`, so as to judge it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage

_SAMPLES = 32  # along each side of a pixel


def disk_weights(radius_px: float) -> NDArray[np.float32]:
    """Share of an even disk's light in every pixel around its centre, counted on 32 × 32 points a pixel.

    Returns
    -------
    float32 (n, n), n odd, sums to 1; radius 0 is a single 1.
    """
    reach = int(np.ceil(radius_px + 0.5))
    side = 2 * reach + 1
    point = (np.arange(side * _SAMPLES) + 0.5) / _SAMPLES - 0.5 * side
    is_inside = point[:, None] ** 2 + point**2 <= radius_px**2
    counts = is_inside.reshape(side, _SAMPLES, side, _SAMPLES).sum(axis=(1, 3), dtype=np.float64)
    if not counts.any():
        counts[reach, reach] = 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def reference_blur(light: LinearImage, radius_px: float, margin_px: int) -> LinearImage:
    """What a lens makes of a plane of light, less the margin: nothing outside ``light`` is needed or guessed.

    Parameters
    ----------
    light
        float32 (H + 2 margin, W + 2 margin, 3).
    radius_px, margin_px
        Of the blur disk; the margin must reach as far as its weights do.

    Returns
    -------
    float32 (H, W, 3).

    Raises
    ------
    ValueError
        The margin is too small for the radius.
    """
    weights = disk_weights(radius_px)
    if weights.shape[0] // 2 > margin_px:
        raise ValueError(f"a radius of {radius_px:g} px needs a margin of {weights.shape[0] // 2} px, got {margin_px}")
    blurred = np.asarray(cv2.filter2D(light, -1, weights), dtype=np.float32)
    return crop_margin(blurred, margin_px)


def crop_margin(light: LinearImage, margin_px: int) -> LinearImage:
    """The part that the picture shows."""
    height, width = light.shape[:2]
    return np.ascontiguousarray(light[margin_px : height - margin_px, margin_px : width - margin_px])
