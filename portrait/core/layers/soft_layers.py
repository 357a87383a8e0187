"""Soft layers: the foreground and background colours of soft pixels."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import LEVELS_IN_LINEAR, to_linear
from portrait.core.gather import gather_pixels, scatter_pixels
from portrait.core.layers.color_model import ALPHA_VARIANCE, Planes, unmix
from portrait.core.layers.layer_models import LayerModels, LayerSampling
from portrait.core.strips import StripMap, strips
from portrait.native import layering
from portrait.native.cells import CelledMatte
from portrait.native.shared_library import has_library

_SOLID = 0.995
"""Alpha beyond which a pixel is all subject, and below one minus which it is all background."""

_CHUNK_PIXELS = 32768  # fewer, and threads wait for each other's turn in the interpreter less

Colors = NDArray[np.float32]
"""float32 (N, 3), linear light: one colour a pixel."""

Unmixing = Callable[[slice], None]
"""Writes the colours of both layers at some of the soft pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class SoftLayers:
    """The colours of both layers in the soft pixels of an image, I = αF + (1 − α)B.

    Attributes
    ----------
    index
        Flat indices y · W + x of the N soft pixels, ascending, intp.
    shape
        (H, W) of the image.
    foreground, background
        float32 (N, 3), linear light.
    models
        The colour models from which they were estimated; None where there are no soft pixels.
    """

    index: NDArray[np.intp]
    shape: tuple[int, int]
    foreground: Colors
    background: Colors
    models: LayerModels | None = None

    @classmethod
    def none(cls, shape: tuple[int, int]) -> "SoftLayers":
        """The layers of an image of this (H, W) without soft pixels."""
        return cls(np.empty(0, np.intp), shape, *np.empty((2, 0, 3), np.float32))

    def require_of(self, alpha: AlphaMatte) -> None:
        """Check that these are layers of an image of the matte's size.

        Raises
        ------
        ValueError
            These are the layers of an image of another size.
        """
        if self.shape != alpha.shape:
            raise ValueError(f"the layers are those of an image of another size: {self.shape}, not {alpha.shape}")

    def put_background(self, light: LinearImage, rows: slice) -> None:
        """Write the background's own colours into some rows of the image, in place."""
        places, soft = self.within(rows)
        scatter_pixels(light, places, self.background[soft])

    def put_foreground(self, light: LinearImage, rows: slice) -> None:
        """Write the subject's own colours into some rows of the image, in place."""
        places, soft = self.within(rows)
        scatter_pixels(light, places, self.foreground[soft])

    def within(self, rows: slice) -> tuple[NDArray[np.intp], slice]:
        """Flat indices, within some rows, of the soft pixels there, and their slice of all N soft pixels."""
        start, stop = rows.start * self.shape[1], rows.stop * self.shape[1]
        first, last = (int(at) for at in np.searchsorted(self.index, (start, stop)))
        return self.index[first:last] - start, slice(first, last)


def estimate_layers(
    image: RgbImage,
    alpha: AlphaMatte,
    sampling: LayerSampling = "dense",
    strip_map: StripMap = map,
    celled: CelledMatte | None = None,
) -> SoftLayers:
    """Foreground and background estimation: the colours of both layers in every soft pixel.

    Means and covariances of either layer's colours come from the pixels around that are all subject or all background,
    on a small grid of samples. Every soft pixel is then unmixed by them: see `portrait.core.layers.layer_models` and
    `portrait.core.layers.color_model`.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    sampling
        ``coarse`` takes fewer samples and rounds: for video.
    strip_map
        Runs independent parts of the work, one after the other or in parallel.
    celled
        The matte with its cells, for who has them already.
    """
    index, shape = _soft_pixels(alpha, strip_map, celled), (alpha.shape[0], alpha.shape[1])
    if not index.size:
        return SoftLayers.none(shape)
    foreground, background = np.empty((2, index.size, 3), np.float32)
    models = LayerModels.of(image, alpha, sampling, strip_map)
    unmixing = _native_unmixing if has_library() else _unmixing
    unmix_part = unmixing(image, alpha, models, index, (foreground, background))
    deque(strip_map(unmix_part, _parts(index.size)), maxlen=0)
    return SoftLayers(index, shape, foreground, background, models)


def _soft_pixels(alpha: AlphaMatte, strip_map: StripMap, celled: CelledMatte | None) -> NDArray[np.intp]:
    """Flat indices of the soft pixels, ascending."""
    width = alpha.shape[1]
    known = CelledMatte.of(np.ascontiguousarray(alpha)) if celled is None and has_library() else celled

    def find(rows: slice) -> NDArray[np.intp]:
        if has_library() and known is not None:
            return layering.find_soft(known, rows, 1.0 - _SOLID, _SOLID)
        is_soft = (alpha[rows] >= 1.0 - _SOLID) & (alpha[rows] <= _SOLID)
        return np.asarray(np.flatnonzero(is_soft) + rows.start * width, np.intp)

    if has_library() and strip_map is map:
        return find(slice(0, alpha.shape[0]))
    return np.concatenate(list(strip_map(find, strips(*alpha.shape))))


def _parts(count: int) -> list[slice]:
    """Slices of at most `_CHUNK_PIXELS` soft pixels."""
    return [slice(start, start + _CHUNK_PIXELS) for start in range(0, count, _CHUNK_PIXELS)]


def _unmixing(
    image: RgbImage, alpha: AlphaMatte, models: LayerModels, index: NDArray[np.intp], layers: tuple[Colors, Colors]
) -> Unmixing:
    """Unmixes by the soft pixels' light, their alpha and the colour models there."""

    def unmix_part(part: slice) -> None:
        some = index[part]
        light: Planes = np.ascontiguousarray(to_linear(gather_pixels(image, some)[None])[0].T)
        some_alpha, models_there = alpha.reshape(-1).take(some), models.at(*np.divmod(some, alpha.shape[1]))
        for layer, found in zip(layers, unmix(light, some_alpha, *models_there), strict=True):
            layer[part] = found.T

    return unmix_part


def _native_unmixing(
    image: RgbImage, alpha: AlphaMatte, models: LayerModels, index: NDArray[np.intp], layers: tuple[Colors, Colors]
) -> Unmixing:
    """As `_unmixing`."""
    records, grid = models.records, (models.top, models.left, models.step)

    def unmix_part(part: slice) -> None:
        own = layers[0][part], layers[1][part]
        layering.unmix(image, alpha, index[part], records, grid, ALPHA_VARIANCE, LEVELS_IN_LINEAR, own)

    return unmix_part
