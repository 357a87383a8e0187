"""sRGB ↔ linear light. Light adds up in linear light only, so every blur and every composite happens there."""

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DeepRgbImage, LinearImage, RgbImage
from portrait.core.strips import strips
from portrait.native import compositing
from portrait.native.shared_library import has_library

_LINEAR_STEPS = 65535
_DITHER_SHAPE, _DITHER_SEED = (509, 613), 16
_SCALE = np.full(4, _LINEAR_STEPS, np.float64)  # one factor a channel, as OpenCV takes a scalar


def decode_srgb(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decode sRGB to linear light by the curve of IEC 61966-2-1, 0 … 1 → 0 … 1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encode linear light by the curve of IEC 61966-2-1, 0 … 1 → 0 … 1: the inverse of `decode_srgb`."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1.0 / 2.4) - 0.055)


LEVELS_IN_LINEAR = decode_srgb(np.arange(256) / 255.0).astype(np.float32)
"""float32 (256,): linear light of each 8-bit level."""

LEVELS_IN_SRGB = np.rint(255.0 * encode_srgb(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS)).astype(np.uint8)
"""uint8 (65536,): 8-bit level of each of 65,536 steps of linear light."""


@cache
def _deep_to_linear() -> NDArray[np.float32]:
    return decode_srgb(np.arange(65536) / 65535.0).astype(np.float32)


@cache
def _root_to_deep() -> NDArray[np.uint16]:
    """16-bit sRGB by the square root of linear light: steps that are fine enough in the shadows."""
    return np.rint(65535.0 * encode_srgb(np.square(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS))).astype(np.uint16)


@cache
def _deep_to_8_bits() -> NDArray[np.uint8]:
    return np.rint(np.arange(65536) / 257.0).astype(np.uint8)


@cache
def _deep_cut_to_8_bits() -> NDArray[np.uint8]:
    return (np.arange(65536) // 257).astype(np.uint8)


def to_linear(image: RgbImage | DeepRgbImage) -> LinearImage:
    """uint8 or uint16 sRGB (H, W, 3) → float32 linear light, 0 … 1."""
    table = LEVELS_IN_LINEAR if image.dtype == np.uint8 else _deep_to_linear()
    return np.asarray(cv2.LUT(image, table), dtype=np.float32)


def to_srgb(image_linear: LinearImage) -> RgbImage:
    """float32 linear light (H, W, 3) → uint8 sRGB; values outside 0 … 1 are clipped.

    Exact inverse of `to_linear` on its 256 values.

    Raises
    ------
    FloatingPointError
        Light that is NaN or infinite.
    """
    if has_library() and image_linear.dtype == np.float32:
        try:
            return compositing.encode(np.ascontiguousarray(image_linear), LEVELS_IN_SRGB)
        except FloatingPointError:
            _require_finite(image_linear)  # tells how many
            raise
    _require_finite(image_linear)
    return np.asarray(cv2.LUT(to_linear_levels(image_linear), LEVELS_IN_SRGB), dtype=np.uint8)


def to_deep_srgb(image_linear: LinearImage) -> DeepRgbImage:
    """float32 linear light (H, W, 3) → uint16 sRGB, to one level of 65,535; values outside 0 … 1 are clipped.

    Raises
    ------
    FloatingPointError
        Light that is NaN or infinite.
    """
    _require_finite(image_linear)
    roots = cv2.sqrt(np.maximum(image_linear, np.float32(0.0)))
    return np.asarray(cv2.LUT(to_linear_levels(np.asarray(roots, np.float32)), _root_to_deep()), dtype=np.uint16)


def to_8_bits(image: RgbImage | DeepRgbImage) -> RgbImage:
    """Round an image to 8 bits a channel; one that has 8 is returned as it is."""
    if image.dtype == np.uint8:
        return np.asarray(image, dtype=np.uint8)
    return np.asarray(cv2.LUT(image, _deep_to_8_bits()), dtype=np.uint8)


def dither_to_8_bits(image: RgbImage | DeepRgbImage) -> RgbImage:
    """Quantise to 8 bits with random dither, so that local means keep their 16 bits; the same every time."""
    if image.dtype == np.uint8:
        return np.asarray(image, dtype=np.uint8)
    chance = np.random.default_rng(_DITHER_SEED).integers(0, 257, _DITHER_SHAPE, dtype=np.uint16)
    height, width = image.shape[:2]
    across = np.take(chance, np.arange(width), axis=1, mode="wrap")
    result = np.empty(image.shape, np.uint8)
    for rows in strips(height, width):
        lines = np.take(across, np.arange(rows.start, rows.stop), axis=0, mode="wrap")
        result[rows] = cv2.LUT(cv2.add(image[rows], cv2.merge([lines] * 3)), _deep_cut_to_8_bits())
    return result


def _require_finite(image_linear: LinearImage) -> None:
    """Raise where light is NaN or infinite, which would be saved as black.

    There is no safe substitute: the original pixel would show the room in a video call. One sum is tested, which is
    faster than a test of every value: it is finite only if all values are.
    """
    if not math.isfinite(sum(cv2.sumElems(image_linear))):
        count = np.count_nonzero(~np.isfinite(image_linear))
        raise FloatingPointError(f"light must be finite: {count} of {image_linear.size} values are NaN or infinite")


def to_linear_levels(image_linear: LinearImage) -> NDArray[np.uint16]:
    """float32 linear light as uint16, rounded; values outside 0 … 1 are clipped."""
    return np.asarray(cv2.multiply(image_linear, _SCALE, dtype=cv2.CV_16U), dtype=np.uint16)
