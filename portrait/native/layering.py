"""The colours of both layers in soft pixels: found, modelled and unmixed."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.native.cells import CelledMatte
from portrait.native.requirements import require, require_array
from portrait.native.shared_library import call

_RECORD = 20


def find_soft(matte: CelledMatte, rows: slice, low: float, high: float) -> NDArray[np.intp]:
    """Flat indices of the pixels of some rows with alpha from ``low``, above 0, to ``high``, below 1; ascending.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or rows beyond them.
    """
    height, width = matte.require_valid()
    require(0 <= rows.start <= rows.stop <= height, f"the rows must lie in the image, got {rows}")
    index, count = np.empty((rows.stop - rows.start) * width, np.intp), np.zeros(1, np.intp)
    call("find_soft", matte.alpha, matte.cells, width, rows.start, rows.stop, low, high, index, count)
    return index[: count[0]].copy()


@dataclass(frozen=True, slots=True)
class LearningRules:
    """How colour models are learned: see `portrait.core.layers.layer_models` and `portrait.core.layers.color_model`."""

    certain: float
    least_weight: float
    known_gain: float
    least_variance: float
    alpha_variance: float


def learn_models(
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    grid: tuple[int, int, int],
    rounds: int,
    rules: LearningRules,
    linear: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Learn the colour models of both layers.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    grid
        Row and column of the first sample in the image, and the distance of the samples in pixels.
    rounds
        How often soft samples are unmixed.
    rules, linear
        How; and linear light of the levels, float32 (256,).

    Returns
    -------
    float32 (h, w, 20): models of foreground and background, 9 channels each, and two of padding.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or no sample.
    """
    height, width = require_array(alpha, "alpha", np.float32, (None, None))
    require_array(image, "image", np.uint8, (height, width, 3))
    require_array(linear, "linear", np.float32, (256,))
    top, left, step = grid
    is_inside = 0 <= top < height and 0 <= left < width and step >= 1
    require(is_inside and rounds >= 0 and rules.known_gain > 0.0, f"no such samples: {grid}, {rounds} rounds")
    size = -(-(height - top) // step), -(-(width - left) // step)
    records = np.empty((*size, _RECORD), np.float32)
    call("learn_models", image, alpha, width, *grid, *size, rounds, *astuple(rules), linear, records)
    return records


def unmix(
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    index: NDArray[np.intp],
    models: NDArray[np.float32],
    grid: tuple[int, int, int],
    alpha_variance: float,
    linear: NDArray[np.float32],
    layers: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    """Bayesian unmixing of soft pixels: see `portrait.core.layers.color_model.unmix`.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    index
        Flat indices of N soft pixels.
    models
        float32 (h, w, 20): models of foreground and background, 9 channels each, and two of padding.
    grid
        Row and column of the first of these samples in the image, and their distance in pixels.
    alpha_variance
        Of the matte, times α(1 − α).
    linear
        float32 (256,): linear light of the levels.
    layers
        The results: F and B, float32 (N, 3), linear light.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or an index out of bounds.
    """
    height, width = require_array(alpha, "alpha", np.float32, (None, None))
    require_array(image, "image", np.uint8, (height, width, 3))
    count = require_array(index, "index", np.intp, (None,))[0]
    samples = require_array(models, "models", np.float32, (None, None, _RECORD))
    require(models.size > 0 and grid[2] >= 1, "at least one sample, a step of at least one pixel")
    require_array(linear, "linear", np.float32, (256,))
    for layer in layers:
        require_array(layer, "layer", np.float32, (count, 3))
    pixels = image, alpha, height, width, index, count
    call("unmix", *pixels, models, *samples[:2], *grid, alpha_variance, linear, *layers)
