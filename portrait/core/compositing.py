"""Layers: what is the subject's colour and what the background's at a soft edge, and `over`."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.color_model import Planes, unmix
from portrait.core.layer_models import LayerModels, Quality
from portrait.core.resample import strips

_SOLID = 0.995
"""Alpha beyond which a pixel is all subject, and below one minus which it is all background."""

_CHUNK_PIXELS = 16384  # stay in a core's cache while they are unmixed

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


def estimate_layers(image: RgbImage, alpha: AlphaMatte, quality: Quality = "fine") -> SoftLayers:
    """Find the subject's and the background's colour in every soft pixel.

    Means and covariances of either layer's colours come from the pixels around that are all subject or all background,
    on a small grid of samples. Every soft pixel is then unmixed by them: see `portrait.core.layer_models` and
    `portrait.core.color_model`.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    quality
        ``fast`` takes fewer samples and rounds.
    """
    y, x = _soft_pixels(alpha)
    foreground, background = np.empty((y.size, 3), np.float32), np.empty((y.size, 3), np.float32)
    for part, *mixed in _mixed_pixels(image, alpha, y, x, quality):
        foreground[part], background[part] = (layer.T for layer in unmix(*mixed))
    return SoftLayers(y, x, foreground, background)


def _soft_pixels(alpha: AlphaMatte) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the soft pixels, ordered by row."""
    y, x = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for rows in strips(*alpha.shape):
        is_soft = cv2.inRange(alpha[rows], 1.0 - _SOLID, _SOLID)
        if cv2.countNonZero(is_soft):
            points = cv2.findNonZero(is_soft).reshape(-1, 2).astype(np.intp)
            y.append(points[:, 1] + rows.start)
            x.append(points[:, 0])
    return np.concatenate(y), np.concatenate(x)


def _mixed_pixels(
    image: RgbImage, alpha: AlphaMatte, y: NDArray[np.intp], x: NDArray[np.intp], quality: Quality
) -> Iterator[tuple[slice, Planes, NDArray[np.float32], Planes, Planes]]:
    """Some of the soft pixels at a time: which, their light, alpha, and the colour models of both layers there."""
    if not y.size:
        return
    models = LayerModels.of(image, alpha, quality)
    pixels, opacity = image.reshape(-1, 3), alpha.reshape(-1)
    for start in range(0, y.size, _CHUNK_PIXELS):
        part = slice(start, start + _CHUNK_PIXELS)
        index = y[part] * alpha.shape[1] + x[part]
        light = np.ascontiguousarray(to_linear(pixels.take(index, axis=0)[None])[0].T)
        yield part, light, opacity.take(index), *models.at(y[part], x[part])


def over(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> LinearImage:
    """Composite one layer over another: αF + (1 − α)B (Porter & Duff 1984, doi:10.1145/800031.808606).

    float32 (H, W, 3) in linear light, alpha float32 (H, W). Exact to one part in 100,000.
    """
    return np.asarray(cv2.blendLinear(foreground, background, alpha, 1.0 - alpha), dtype=np.float32)
