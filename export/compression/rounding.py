"""Rounding of weights to 7 bits with regard to what they are multiplied by.

Rounded each to its nearest level, the errors of an output channel's weights add up where the activations that they read
are alike. Here the weights that are not yet rounded make up for the errors of those that are (optimal brain
quantisation by columns, GPTQ: Frantar et al. 2023, arXiv 2210.17323), the clipping range of each channel is the one of
least error, and the bias takes the mean of what is left (Nagel et al. 2019, arXiv 1906.04721).
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from export.compression.calibration import open_with_outputs

LARGEST_LEVEL = 64
"""Weights of 7 bits are −64 … 64 times the scale of their output channel."""

_CLIPPING_FACTORS = np.linspace(0.4, 1.0, 13)
_DAMPING = 0.01
"""Added to the diagonal of the second moments, as a share of its mean: activations that never vary have no inverse."""

Weights = NDArray[np.float64]
"""Of a pointwise convolution, (outputs, inputs)."""


@dataclass(frozen=True, slots=True, eq=False)
class InputMoments:
    """What a pointwise convolution reads: ``second``, E[x xᵀ], float64 (C, C), and ``mean``, E[x], float64 (C,)."""

    second: NDArray[np.float64]
    mean: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RoundedLayer:
    """Weights on the levels that a quantiser will find by their largest value, (O, C, 1, 1), and their bias, (O,)."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32] | None


def round_layers(
    model: onnx.ModelProto, layers: Collection[str], inputs: Sequence[NDArray[np.float32]], threads: int
) -> dict[str, RoundedLayer]:
    """Round the weights of all pointwise convolutions among some layers.

    Parameters
    ----------
    model
        A network that `export.compression.qdq.prepare` returned; it is not changed.
    layers
        Names of its nodes.
    inputs
        Network inputs, as `portrait.inference.network_input.to_network_input` makes them.
    threads
        Number of threads; each runs whole inputs.
    """
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.name in layers and _is_pointwise(node, stored)]
    moments = _measure_moments(model, list(dict.fromkeys(node.input[0] for node in nodes)), inputs, threads)
    return {node.name: _round_layer(node, stored, moments[node.input[0]]) for node in nodes}


def replace_weights(
    model: onnx.ModelProto, layers: Collection[str], rounded: Mapping[str, RoundedLayer]
) -> onnx.ModelProto:
    """A copy of the network in which these layers have their rounded weights, where there are any."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    stored = {tensor.name: tensor for tensor in copied.graph.initializer}
    for node in copied.graph.node:
        if node.name in layers and node.name in rounded:
            layer = rounded[node.name]
            values = (layer.weight,) if layer.bias is None else (layer.weight, layer.bias)
            for name, value in zip(node.input[1:], values, strict=False):
                stored[name].CopyFrom(numpy_helper.from_array(value, name))
    return copied


def round_weights(weights: Weights, second: NDArray[np.float64]) -> Weights:
    """Weights on 129 levels a row whose products with activations of these second moments change least.

    Parameters
    ----------
    weights
        float64 (O, C).
    second
        E[x xᵀ], float64 (C, C).

    Returns
    -------
    float64 (O, C); the largest of each row is ± `LARGEST_LEVEL` steps, so that its maximum tells the step.
    """
    step = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float32).tiny) / LARGEST_LEVEL
    damped = second + (_DAMPING * np.diag(second).mean() + np.finfo(np.float32).tiny) * np.eye(len(second))
    best = _nearest(weights, step)
    least = _squared_error(best - weights, second)
    for candidate_step in (step, _best_clipped_step(weights, step, second)):
        by_columns = _round_by_columns(weights, step=candidate_step, damped=damped)
        candidate = _keep_largest(by_columns, candidate_step, weights)
        error = _squared_error(candidate - weights, second)
        best, least = np.where((error < least)[:, None], candidate, best), np.minimum(error, least)
    return best


def _is_pointwise(node: onnx.NodeProto, stored: Mapping[str, onnx.TensorProto]) -> bool:
    """Whether a node is a convolution of 1×1 pixel over all channels, with weights in the file."""
    if node.op_type != "Conv" or not all(name in stored for name in node.input[1:]):
        return False
    group = next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)
    return group == 1 and list(stored[node.input[1]].dims[2:]) == [1, 1]


def _round_layer(node: onnx.NodeProto, stored: Mapping[str, onnx.TensorProto], moments: InputMoments) -> RoundedLayer:
    weight, *bias = (numpy_helper.to_array(stored[name]) for name in node.input[1:])
    flat = weight.reshape(len(weight), -1).astype(np.float64)
    rounded = round_weights(flat, moments.second)
    moved = (flat - rounded) @ moments.mean
    corrected = (bias[0] + moved).astype(np.float32) if bias else None
    return RoundedLayer(rounded.astype(np.float32).reshape(weight.shape), corrected)


def _measure_moments(
    model: onnx.ModelProto, names: Sequence[str], inputs: Sequence[NDArray[np.float32]], threads: int
) -> dict[str, InputMoments]:
    """Moments of activations (1, C, H, W) over all pixels of all inputs."""
    run = open_with_outputs(model, names)

    def add_up(image: NDArray[np.float32]) -> list[tuple[NDArray[np.float64], NDArray[np.float64], int]]:
        rows = [value[0].reshape(value.shape[1], -1) for value in run(image)]
        return [((x @ x.T).astype(np.float64), x.sum(axis=1, dtype=np.float64), x.shape[1]) for x in rows]

    with ThreadPoolExecutor(threads) as executor:
        by_name = zip(*executor.map(add_up, inputs), strict=True)
        sums = [[sum(part) for part in zip(*one, strict=True)] for one in by_name]
    return {name: InputMoments(s / n, m / n) for name, (s, m, n) in zip(names, sums, strict=True)}


def _nearest(weights: Weights, step: NDArray[np.float64]) -> Weights:
    levels: Weights = np.round(weights / step[:, None]).clip(-LARGEST_LEVEL, LARGEST_LEVEL)
    return levels * step[:, None]


def _squared_error(change: Weights, second: NDArray[np.float64]) -> NDArray[np.float64]:
    """E[(Δw · x)²] of each output channel, float64 (O,)."""
    error: NDArray[np.float64] = ((change @ second) * change).sum(axis=1)
    return error


def _best_clipped_step(weights: Weights, step: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grid search over clipping factors: the step at which rounding to the nearest level errs least, by channel."""
    steps = _CLIPPING_FACTORS[:, None] * step
    errors = [_squared_error(_nearest(weights, one) - weights, second) for one in steps]
    best: NDArray[np.float64] = np.take_along_axis(steps, np.argmin(errors, axis=0)[None], axis=0)[0]
    return best


def _round_by_columns(weights: Weights, *, step: NDArray[np.float64], damped: NDArray[np.float64]) -> Weights:
    """GPTQ: round column by column, and let the columns to come make up for each error."""
    # Columns of much energy first: what comes last has nobody to make up for it.
    order = np.argsort(-np.diag(damped), kind="stable")
    left = weights[:, order]
    upper = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    rounded = np.empty_like(left)
    for column in range(left.shape[1]):
        rounded[:, column] = _nearest(left[:, column : column + 1], step)[:, 0]
        error = (left[:, column] - rounded[:, column]) / upper[column, column]
        left[:, column + 1 :] -= np.outer(error, upper[column, column + 1 :])
    restored = np.empty_like(rounded)
    restored[:, order] = rounded
    return restored


def _keep_largest(rounded: Weights, step: NDArray[np.float64], weights: Weights) -> Weights:
    """Put the largest weight of a row back to the last level where no weight is there."""
    kept = rounded.copy()
    lacking = np.flatnonzero(np.abs(kept).max(axis=1) < (LARGEST_LEVEL - 0.5) * step)
    largest = np.abs(weights[lacking]).argmax(axis=1)
    kept[lacking, largest] = np.sign(weights[lacking, largest]) * LARGEST_LEVEL * step[lacking]
    return kept
