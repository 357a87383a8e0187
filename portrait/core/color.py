"""sRGB ↔ linear light. Light adds up in linear light only, so every blur and every composite happens there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage

_LINEAR_STEPS = 65535
_SCALE = np.full(4, _LINEAR_STEPS, np.float64)  # one factor a channel, as OpenCV takes a scalar


def _decode(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """IEC 61966-2-1 transfer curve, 0 … 1 → 0 … 1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1.0 / 2.4) - 0.055)


_TO_LINEAR = _decode(np.arange(256) / 255.0).astype(np.float32)
_TO_SRGB = np.rint(255.0 * _encode(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS)).astype(np.uint8)


def to_linear(image: RgbImage) -> LinearImage:
    """uint8 sRGB (H, W, 3) → float32 linear light, 0 … 1."""
    return np.asarray(cv2.LUT(image, _TO_LINEAR), dtype=np.float32)


def to_srgb(image_linear: LinearImage) -> RgbImage:
    """float32 linear light (H, W, 3) → uint8 sRGB; values outside 0 … 1 are clipped.

    Exact inverse of `to_linear` on its 256 values.
    """
    levels = cv2.multiply(image_linear, _SCALE, dtype=cv2.CV_16U)  # rounds and saturates
    return np.asarray(cv2.LUT(levels, _TO_SRGB), dtype=np.uint8)
