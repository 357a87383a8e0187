"""Procedural materials, skin and cloth, and the shading of rounded shapes."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.drawing import Color, linear
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import AlphaMatte, LinearImage

Cloth = Literal["plain", "knit", "stripes", "plaid", "denim"]

Grid = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Coordinates x and y of every pixel, float32 (H, W) each."""

_TO_LIGHT = np.array([-0.48, -0.56, 0.68], np.float32)  # x, y, towards the camera
_AMBIENT = 0.42


def relief(alpha: AlphaMatte, round_px: float) -> NDArray[np.float32]:
    """Lambertian shading of a rounded relief, float32 (H, W), about 1 where it faces the camera.

    The shape is flat inside and curves away from the camera like a quarter circle over its outer ``round_px``.
    """
    # Height of the relief, from the distance to the outline.
    inside_px = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)  # the frame is no edge
    turned = 1.0 - np.clip(inside_px / max(round_px, 1.0), 0.0, 1.0)
    height = np.sqrt(1.0 - turned**2) * np.float32(round_px)
    height = cv2.GaussianBlur(height, (0, 0), max(0.5, 0.16 * round_px))
    # Cosine between the surface normal and the direction of the light.
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0) / 8.0, cv2.Sobel(height, cv2.CV_32F, 0, 1) / 8.0
    facing = (_TO_LIGHT[2] - _TO_LIGHT[0] * slope_x - _TO_LIGHT[1] * slope_y) / np.sqrt(1.0 + slope_x**2 + slope_y**2)
    return np.asarray(_AMBIENT + 0.85 * np.maximum(facing, 0.0), dtype=np.float32)


def skin(tone: Color, shape: tuple[int, int], unit_px: float, rng: np.random.Generator) -> LinearImage:
    """Draw skin: its tone modulated by noise for blotches, pores near the size of a pixel, and redness."""
    blotches = fractal_noise(shape, rng, 1.6, coarsest_px=0.5 * unit_px)
    pores = fractal_noise(shape, rng, 0.4, coarsest_px=max(3.0, 0.05 * unit_px))
    redness = fractal_noise(shape, rng, 1.8, coarsest_px=0.7 * unit_px)
    light = linear(tone) * (1.0 + 0.04 * blotches + 0.035 * pores)[..., None]
    light *= 1.0 + redness[..., None] * np.array([0.02, -0.025, -0.02], np.float32)
    return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def cloth(kind: Cloth, color: Color, grid: Grid, unit_px: float, rng: np.random.Generator) -> LinearImage:
    """Draw cloth: a pattern distorted and shaded by folds, with a fine weave; ``grid`` in head coordinates."""
    shape = (grid[0].shape[0], grid[0].shape[1])
    folds = fractal_noise(shape, rng, 2.2, stretch=4.0, coarsest_px=1.4 * unit_px)
    x, y = grid[0] + 0.012 * folds, grid[1] + 0.012 * folds
    pattern = _PATTERNS[kind](x, y)
    weave = fractal_noise(shape, rng, 0.3, coarsest_px=4.0)
    light = linear(color) * pattern * (1.0 + 0.13 * folds + 0.05 * weave)[..., None]
    return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def _plain(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ones((*x.shape, 1), np.float32)


def _knit(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    column = np.abs(((x * 13.0) % 1.0) - 0.5)
    stitch = 0.5 + 0.5 * np.cos(2.0 * np.pi * (y * 17.0 + 1.2 * column))
    return np.asarray((0.62 + 0.3 * stitch + 0.35 * (0.25 - column))[..., None], dtype=np.float32)


def _stripes(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    share = np.clip(6.0 * np.sin(2.0 * np.pi * y * 2.2) + 0.5, 0.0, 1.0)[..., None]
    return np.asarray(1.0 + share * np.array([4.0, 3.8, 3.4], np.float32), dtype=np.float32)


def _plaid(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = np.sin(2.0 * np.pi * 1.6 * x)[..., None], np.sin(2.0 * np.pi * 1.6 * y)[..., None]
    thin = (np.abs(np.sin(np.pi * 1.6 * (x + 0.2))) < 0.06)[..., None] | (np.abs(np.sin(np.pi * 1.6 * y)) < 0.06)[
        ..., None
    ]
    dark = 1.0 - 0.38 * (across > 0.2) - 0.38 * (down > 0.2)
    return np.asarray(dark + thin * np.array([1.2, 1.1, 0.4], np.float32), dtype=np.float32)


def _denim(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    twill = 0.5 + 0.5 * np.sin(2.0 * np.pi * 22.0 * (x + y))
    return np.asarray((0.8 + 0.4 * twill)[..., None], dtype=np.float32)


_PATTERNS = {"plain": _plain, "knit": _knit, "stripes": _stripes, "plaid": _plaid, "denim": _denim}
