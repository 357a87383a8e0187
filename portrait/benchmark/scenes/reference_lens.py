"""Reference defocus blur: convolution with an even disk in linear light.

It shares no code with `portrait.core.blur.bokeh`, which it is used to judge.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage

_SAMPLES = 32  # along each side of a pixel


def disk_weights(radius_px: float) -> NDArray[np.float32]:
    """Point-spread function of an ideal lens: the share of an even disk in every pixel, by 32 × 32 samples a pixel.

    Returns
    -------
    float32 (n, n), n odd, sums to 1; radius 0 is a single 1.
    """
    # Sample points, and whether they lie in the disk.
    reach = int(np.ceil(radius_px + 0.5))
    side = 2 * reach + 1
    point = (np.arange(side * _SAMPLES) + 0.5) / _SAMPLES - 0.5 * side
    is_inside = point[:, None] ** 2 + point**2 <= radius_px**2
    # Count them in each pixel; a disk too small for any sample is a single pixel.
    counts = is_inside.reshape(side, _SAMPLES, side, _SAMPLES).sum(axis=(1, 3), dtype=np.float64)
    if not counts.any():
        counts[reach, reach] = 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def reference_blur(light: LinearImage, radius_px: float, margin_px: int) -> LinearImage:
    """Convolve linear light with a disk, and crop the margin, so that no pixel depends on light outside ``light``.

    Parameters
    ----------
    light
        float32 (H + 2 margin, W + 2 margin, 3).
    radius_px, margin_px
        Radius of the blur disk, and the margin, at least half the side of its kernel.

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
    """Crop the margin on all four sides: the part inside the frame."""
    height, width = light.shape[:2]
    return np.ascontiguousarray(light[margin_px : height - margin_px, margin_px : width - margin_px])
