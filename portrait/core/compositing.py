"""Layers: what is the subject's colour and what the background's at a soft edge, and `over`."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.resample import shrink_to_long_side

_LONG_SIDE_PX = 384
_RADIUS_FRACTION = 0.015
_SOLID = 0.995
"""Alpha beyond which a pixel is all subject, and below one minus which it is all background."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerEstimate:
    """Foreground and background colours around soft pixels, at low resolution.

    Attributes
    ----------
    foreground, background
        float32 (h, w, 3), linear light; smooth local means of either layer.
    shape
        (H, W) of the picture.
    """

    foreground: LinearImage
    background: LinearImage
    shape: tuple[int, int]

    def replace_soft_background(self, light: LinearImage, alpha_rows: AlphaMatte, rows: slice) -> None:
        """Put the background's own colour into the soft pixels of some rows, in place."""
        y, x = _soft_pixels(alpha_rows)
        if y.size:
            a = alpha_rows[y, x, None]
            _, background, residual = self._explain(light[y, x], a, y + rows.start, x)
            light[y, x] = np.maximum(background + (1.0 - a) * residual, 0.0)

    def replace_soft_foreground(self, light: LinearImage, alpha_rows: AlphaMatte, rows: slice) -> None:
        """Put the subject's own colour into the soft pixels of some rows, in place."""
        y, x = _soft_pixels(alpha_rows)
        if y.size:
            a = alpha_rows[y, x, None]
            foreground, _, residual = self._explain(light[y, x], a, y + rows.start, x)
            light[y, x] = np.clip(foreground + a * residual, 0.0, 1.0)

    def _explain(
        self, light: NDArray[np.float32], a: NDArray[np.float32], y: NDArray[np.intp], x: NDArray[np.intp]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Smooth F and B of single pixels (N, 3), and what they leave unexplained of I = αF + (1 − α)B.

        The rest is scaled so that F + a · rest and B + (1 − a) · rest close the equation with the smallest change of
        both (least squares).
        """
        foreground = _sample(self.foreground, y, x, self.shape)
        background = _sample(self.background, y, x, self.shape)
        b = 1.0 - a
        residual = (light - a * foreground - b * background) / (a * a + b * b)
        return foreground, background, residual


def _soft_pixels(alpha: AlphaMatte) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    y, x = np.nonzero((alpha > 1.0 - _SOLID) & (alpha < _SOLID))
    return y, x


def _sample(
    small: LinearImage, y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Bilinear values (N, 3) of a small picture at pixels of the large one."""
    scale_y, scale_x = small.shape[0] / shape[0], small.shape[1] / shape[1]
    map_y = ((y + 0.5) * scale_y - 0.5).astype(np.float32)
    map_x = ((x + 0.5) * scale_x - 0.5).astype(np.float32)
    columns = 4096  # remap addresses its output with 16-bit sizes
    count = -(-map_x.size // columns) * columns
    grid = [np.resize(m, count).reshape(-1, columns) for m in (map_x, map_y)]
    parts = [
        cv2.remap(
            small, grid[0][i : i + 4096], grid[1][i : i + 4096], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for i in range(0, grid[0].shape[0], 4096)
    ]
    return np.concatenate(parts).reshape(-1, 3)[: y.size].astype(np.float32, copy=False)


def estimate_layers(image: RgbImage, alpha: AlphaMatte) -> LayerEstimate:
    """Local mean colours of subject and background, each weighted by its own share of the pixels.

    After Forte 2021, "Approximate fast foreground colour estimation" (doi:10.1109/ICIP42928.2021.9506164): two passes
    of normalised box filters, wide then narrow. Done at low resolution, in linear light.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    """
    light = to_linear(np.ascontiguousarray(shrink_to_long_side(image, _LONG_SIDE_PX)))
    a = shrink_to_long_side(alpha, _LONG_SIDE_PX)[..., None].astype(np.float32)
    radius_px = max(2, round(_RADIUS_FRACTION * max(a.shape[:2])))
    foreground, background = light, light
    for radius in (3 * radius_px, radius_px):
        local_foreground = _weighted_mean(foreground, a, radius)
        local_background = _weighted_mean(background, 1.0 - a, radius)
        residual = light - a * local_foreground - (1.0 - a) * local_background
        foreground = np.clip(local_foreground + a * residual, 0.0, 1.0)
        background = np.clip(local_background + (1.0 - a) * residual, 0.0, 1.0)
    return LayerEstimate(foreground, background, alpha.shape[:2])


def _weighted_mean(values: LinearImage, weight: NDArray[np.float32], radius_px: int) -> LinearImage:
    """Box mean of ``values`` under ``weight``; where the window holds no weight, the plain mean."""
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    floor = np.float32(1e-4)
    total = cv2.blur(values * (weight + floor), size)
    share = cv2.blur(weight + floor, size).reshape(*values.shape[:2], 1)
    return np.asarray(total / share, dtype=np.float32)


def over(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> LinearImage:
    """Composite one layer over another: αF + (1 − α)B (Porter & Duff 1984, doi:10.1145/800031.808606).

    float32 (H, W, 3) in linear light, alpha float32 (H, W). Exact to one part in 100,000.
    """
    return np.asarray(cv2.blendLinear(foreground, background, alpha, 1.0 - alpha), dtype=np.float32)
