"""Layers: what is the subject's colour and what the background's at a soft edge, and `over`."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.resample import shrink_to_long_side, strips

_LONG_SIDE_PX = 320
_RADIUS_FRACTION = 0.015
_SOLID = 0.995
"""Alpha beyond which a pixel is all subject, and below one minus which it is all background."""

_REMAP_COLUMNS = 4096

Colors = NDArray[np.float32]
"""float32 (N, 3), linear light: one colour a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class SoftLayers:
    """The colours of both layers in the soft pixels of a picture, I = αF + (1 − α)B.

    Attributes
    ----------
    y, x
        Where the N soft pixels are, ordered by row.
    foreground, background
        float32 (N, 3), linear light.
    """

    y: NDArray[np.intp]
    x: NDArray[np.intp]
    foreground: Colors
    background: Colors

    def put_background(self, light: LinearImage, rows: slice) -> None:
        """Write the background's own colours into some rows of the picture, in place."""
        pixels = self._between(rows)
        light[self.y[pixels] - rows.start, self.x[pixels]] = self.background[pixels]

    def put_foreground(self, light: LinearImage, rows: slice) -> None:
        """Write the subject's own colours into some rows of the picture, in place."""
        pixels = self._between(rows)
        light[self.y[pixels] - rows.start, self.x[pixels]] = self.foreground[pixels]

    def _between(self, rows: slice) -> slice:
        first, last = np.searchsorted(self.y, (rows.start, rows.stop))
        return slice(int(first), int(last))


def estimate_layers(image: RgbImage, alpha: AlphaMatte) -> SoftLayers:
    """Find the subject's and the background's colour in every soft pixel.

    Smooth local means of either layer come from a small picture; what they leave unexplained in a pixel is shared out
    between F and B by least squares, so that both together give the pixel again with the smallest change of both.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    """
    foreground, background = _local_means(image, alpha)
    parts = [
        _explain(image[rows], alpha[rows], rows, foreground, background, alpha.shape) for rows in strips(*alpha.shape)
    ]
    return SoftLayers(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _explain(
    image_rows: RgbImage,
    alpha_rows: AlphaMatte,
    rows: slice,
    foreground: LinearImage,
    background: LinearImage,
    shape: tuple[int, ...],
) -> tuple[NDArray[np.intp], NDArray[np.intp], Colors, Colors]:
    """Row, column, F and B of the soft pixels of some rows."""
    y, x = np.nonzero((alpha_rows > 1.0 - _SOLID) & (alpha_rows < _SOLID))
    if not y.size:
        return y, x, np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
    a = alpha_rows[y, x, None]
    light = to_linear(image_rows[y, x][None])[0]
    y = y + rows.start
    smooth_foreground, smooth_background = (_sample(small, y, x, shape) for small in (foreground, background))
    b = 1.0 - a
    residual = (light - a * smooth_foreground - b * smooth_background) / (a * a + b * b)
    own_foreground = np.clip(smooth_foreground + a * residual, 0.0, 1.0)
    return y, x, own_foreground, np.maximum(smooth_background + b * residual, 0.0)


def _sample(small: LinearImage, y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, ...]) -> Colors:
    """Bilinear values of a small picture at pixels of one of the given (H, W)."""
    rows = -(-y.size // _REMAP_COLUMNS)  # as a picture of these columns, for remap limits each side to 32,767
    grid = np.zeros((2, rows * _REMAP_COLUMNS), np.float32)
    grid[0, : x.size] = (x + 0.5) * (small.shape[1] / shape[1]) - 0.5
    grid[1, : y.size] = (y + 0.5) * (small.shape[0] / shape[0]) - 0.5
    map_x, map_y = grid.reshape(2, rows, _REMAP_COLUMNS)
    values = cv2.remap(small, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values.reshape(-1, 3)[: y.size], dtype=np.float32)


def _local_means(image: RgbImage, alpha: AlphaMatte) -> tuple[LinearImage, LinearImage]:
    """Mean colours of subject and background around every pixel, each weighted by its own share of the pixels.

    After Forte 2021, "Approximate fast foreground colour estimation" (doi:10.1109/ICIP42928.2021.9506164): two passes
    of normalised box filters, wide then narrow. Done at low resolution, in linear light.
    """
    light = to_linear(np.ascontiguousarray(shrink_to_long_side(image, _LONG_SIDE_PX)))
    a = shrink_to_long_side(alpha, _LONG_SIDE_PX)[..., None]
    radius_px = max(2, round(_RADIUS_FRACTION * max(a.shape[:2])))
    foreground, background = light, light
    for radius in (3 * radius_px, radius_px):
        local_foreground = _weighted_mean(foreground, a, radius)
        local_background = _weighted_mean(background, 1.0 - a, radius)
        residual = light - a * local_foreground - (1.0 - a) * local_background
        foreground = np.clip(local_foreground + a * residual, 0.0, 1.0)
        background = np.clip(local_background + (1.0 - a) * residual, 0.0, 1.0)
    return foreground, background


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
