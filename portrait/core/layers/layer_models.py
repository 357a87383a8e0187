"""The colour models of subject and background, on a grid of samples of an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import LEVELS_IN_LINEAR, to_linear
from portrait.core.layers.color_model import (
    ALPHA_VARIANCE,
    KNOWN_GAIN,
    LEAST_VARIANCE,
    MODEL_CHANNELS,
    Planes,
    foreground_share,
    model_colors,
    unmix,
)
from portrait.core.strips import StripMap
from portrait.native.layering import LearningRules, learn_models
from portrait.native.shared_library import has_library

LayerSampling = Literal["coarse", "dense"]
"""Density of the samples from which the layers' colours are learned, and number of refinement rounds."""

_CERTAIN = 0.98
"""Samples above this alpha show pure foreground; samples below one minus it show pure background."""

_LEAST_WEIGHT = 1e-4  # of uncertain samples at first: they count where there is nothing better
_SHARE_EXPONENT = 2.0  # on how much a sample tells about a layer
_RECORD, _PLANE_CHANNELS = 20, 4  # of a sample; of a plane, which OpenCV interpolates fastest
_REMAP_COLUMNS = 4096


_RULES = LearningRules(_CERTAIN, _LEAST_WEIGHT, KNOWN_GAIN, LEAST_VARIANCE, ALPHA_VARIANCE)


@dataclass(frozen=True, slots=True)
class _SampleGrid:
    """Number of samples along the image's long side, and number of rounds in which soft samples are unmixed."""

    long_side: int
    rounds: int


_GRIDS: Mapping[LayerSampling, _SampleGrid] = {"coarse": _SampleGrid(85, 1), "dense": _SampleGrid(320, 2)}


@dataclass(frozen=True, slots=True, eq=False)
class LayerModels:
    """Colour models of both layers at samples ``step`` pixels apart, the first at ``top`` and ``left``.

    Attributes
    ----------
    records
        float32 (h, w, 20): the channels of the foreground, those of the background, and two of padding.
    """

    top: int
    left: int
    step: int
    records: NDArray[np.float32]

    @classmethod
    def of(
        cls, image: RgbImage, alpha: AlphaMatte, sampling: LayerSampling, strip_map: StripMap = map
    ) -> "LayerModels":
        """Learn the colours of an image: uint8 (H, W, 3) and float32 (H, W)."""
        grid = _GRIDS[sampling]
        step = max(1, round(max(alpha.shape) / grid.long_side))
        top, left = ((length - 1) % step // 2 for length in alpha.shape)
        if has_library():
            samples = top, left, step
            return cls(*samples, learn_models(image, alpha, samples, grid.rounds, _RULES, LEVELS_IN_LINEAR))
        light = to_linear(np.ascontiguousarray(image[top::step, left::step]))
        opacity = np.ascontiguousarray(alpha[top::step, left::step])
        foreground, background = _learn(light, opacity, grid.rounds, strip_map)
        padding = np.zeros((_RECORD - 2 * MODEL_CHANNELS, *opacity.shape), np.float32)
        return cls(top, left, step, np.stack([*foreground, *background, *padding], axis=-1))

    @property
    def background(self) -> LinearImage:
        """Mean colours of the background at the samples, float32 (h, w, 3), inpainted behind the subject."""
        return np.ascontiguousarray(self.records[..., MODEL_CHANNELS : MODEL_CHANNELS + 3])

    def at(self, y: NDArray[np.intp], x: NDArray[np.intp]) -> tuple[Planes, Planes]:
        """Both models at N pixels of the image, bilinear: (`MODEL_CHANNELS`, N) each."""
        rows = -(-y.size // _REMAP_COLUMNS)  # as an image of these columns, for remap limits each side to 32,767
        grid = np.zeros((2, rows * _REMAP_COLUMNS), np.float32)
        grid[0, : x.size] = (x - self.left) / self.step
        grid[1, : y.size] = (y - self.top) / self.step
        map_x, map_y = grid.reshape(2, rows, _REMAP_COLUMNS)
        channels = np.empty((_RECORD, y.size), np.float32)
        for start in range(0, _RECORD, _PLANE_CHANNELS):
            plane = np.ascontiguousarray(self.records[..., start : start + _PLANE_CHANNELS])
            values = cv2.remap(plane, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            channels[start : start + _PLANE_CHANNELS] = values.reshape(-1, _PLANE_CHANNELS)[: y.size].T
        return channels[:MODEL_CHANNELS], channels[MODEL_CHANNELS : 2 * MODEL_CHANNELS]


def _learn(light: LinearImage, alpha: AlphaMatte, rounds: int, strip_map: StripMap) -> tuple[NDArray[np.float32], ...]:
    """Expectation–maximisation in a few rounds: the colour models of foreground and background.

    At first from certain samples alone. A soft one, once unmixed, is a sample of both layers, and is weighted in each
    by how much it tells about it: so the models follow colours that are nowhere visible unmixed.
    """
    y, x = np.nonzero((alpha > 1.0 - _CERTAIN) & (alpha < _CERTAIN))
    soft_light, soft_alpha = np.ascontiguousarray(light[y, x].T), alpha[y, x]
    layers = (light, light.copy())
    weights = (_weight(alpha), _weight(1.0 - alpha))

    def learn(layer: int) -> NDArray[np.float32]:
        return model_colors(layers[layer], weights[layer])

    # Learn from certain samples, then unmix the soft ones and learn from these too.
    models = tuple(strip_map(learn, range(2)))
    for _ in range(rounds if y.size else 0):
        own = tuple(model[:, y, x] for model in models)
        share = foreground_share(soft_alpha, *own)
        unmixed = unmix(soft_light, soft_alpha, *own)
        for layer, weight, colors, told in zip(layers, weights, unmixed, (share, 1.0 - share), strict=True):
            layer[y, x] = colors.T
            weight[y, x] = np.maximum(told**_SHARE_EXPONENT, _LEAST_WEIGHT)
        models = tuple(strip_map(learn, range(2)))
    return models


def _weight(opacity: AlphaMatte) -> NDArray[np.float32]:
    """Weights of the samples of a layer: 1 where it is visible unmixed, nearly 0 elsewhere."""
    return np.where(
        opacity >= _CERTAIN, np.float32(1.0), np.float32(_LEAST_WEIGHT) * (opacity + np.float32(_LEAST_WEIGHT))
    )
