"""Layers: what is the subject's colour and what the background's at a soft edge, and `over`."""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.color_model import Planes, unmix
from portrait.core.layer_models import LayerModels, Quality
from portrait.core.resample import StripMap, strips

_SOLID = 0.995
"""Alpha beyond which a pixel is all subject, and below one minus which it is all background."""

_CHUNK_PIXELS = 32768  # fewer, and threads wait for each other's turn in the interpreter less

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
    models
        What they were told apart by; None where there was nothing to tell.
    """

    y: NDArray[np.intp]
    x: NDArray[np.intp]
    foreground: Colors
    background: Colors
    models: LayerModels | None = None

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


def estimate_layers(
    image: RgbImage, alpha: AlphaMatte, quality: Quality = "fine", strip_map: StripMap = map
) -> SoftLayers:
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
    strip_map
        Runs what can be done apart.
    """
    y, x = _soft_pixels(alpha, strip_map)
    foreground, background = np.empty((y.size, 3), np.float32), np.empty((y.size, 3), np.float32)
    if not y.size:
        return SoftLayers(y, x, foreground, background)
    models = LayerModels.of(image, alpha, quality, strip_map)

    def unmix_part(part: slice) -> None:
        mixed = _mixed_pixels(image, alpha, y[part], x[part], models)
        foreground[part], background[part] = (layer.T for layer in unmix(*mixed))

    deque(strip_map(unmix_part, _parts(y.size)), maxlen=0)
    return SoftLayers(y, x, foreground, background, models)


def _soft_pixels(alpha: AlphaMatte, strip_map: StripMap = map) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the soft pixels, ordered by row."""

    def find(rows: slice) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        is_soft = cv2.inRange(alpha[rows], 1.0 - _SOLID, _SOLID)
        if not cv2.countNonZero(is_soft):
            return np.empty(0, np.intp), np.empty(0, np.intp)
        points = cv2.findNonZero(is_soft).reshape(-1, 2).astype(np.intp)
        return points[:, 1] + rows.start, points[:, 0]

    y, x = zip(*strip_map(find, strips(*alpha.shape)), strict=True)
    return np.concatenate(y), np.concatenate(x)


def _parts(count: int) -> list[slice]:
    """Some of the soft pixels at a time."""
    return [slice(start, start + _CHUNK_PIXELS) for start in range(0, count, _CHUNK_PIXELS)]


def _mixed_pixels(
    image: RgbImage, alpha: AlphaMatte, y: NDArray[np.intp], x: NDArray[np.intp], models: LayerModels
) -> tuple[Planes, NDArray[np.float32], Planes, Planes]:
    """Of some soft pixels their light, alpha, and the colour models of both layers there."""
    index = y * alpha.shape[1] + x
    light = np.ascontiguousarray(to_linear(image.reshape(-1, 3).take(index, axis=0)[None])[0].T)
    return light, alpha.reshape(-1).take(index), *models.at(y, x)


def over(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> LinearImage:
    """Composite one layer over another: αF + (1 − α)B (Porter & Duff 1984, doi:10.1145/800031.808606).

    float32 (H, W, 3) in linear light, alpha float32 (H, W). Exact to one part in 100,000.
    """
    return np.asarray(cv2.blendLinear(foreground, background, alpha, 1.0 - alpha), dtype=np.float32)
