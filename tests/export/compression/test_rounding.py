"""Rounding of weights with regard to their inputs: on activations that are alike, as those of a network are."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from export.compression.qdq import find_activations, find_layers, insert_qdq, prepare
from export.compression.rounding import LARGEST_LEVEL, replace_weights, round_layers, round_weights


def _alike(rng: np.random.Generator, channels: int, count: int = 400) -> NDArray[np.float64]:
    """Activations (count, channels) of a few causes and a little of their own."""
    causes = rng.random((count, 3)) @ rng.random((3, channels))
    return causes + 0.05 * rng.random((count, channels))


def _levels(rounded: NDArray[np.float64]) -> NDArray[np.float64]:
    return rounded / np.abs(rounded).max(axis=1, keepdims=True) * LARGEST_LEVEL


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 5), st.integers(2, 24))
def test_every_weight_is_on_a_level_of_its_row_and_the_largest_is_the_last(seed: int, rows: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, weights = _alike(rng, channels), rng.normal(size=(rows, channels))
    levels = _levels(round_weights(weights, inputs.T @ inputs / len(inputs)))
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-6)
    assert (np.abs(levels).max(axis=1) == LARGEST_LEVEL).all()


def test_outputs_err_several_times_less_than_with_the_nearest_levels() -> None:
    rng = np.random.default_rng(0)
    inputs, weights = _alike(rng, 48), rng.normal(size=(8, 48))
    step = np.abs(weights).max(axis=1, keepdims=True) / LARGEST_LEVEL
    nearest = np.round(weights / step) * step
    rounded = round_weights(weights, inputs.T @ inputs / len(inputs))
    errors = [float(np.square(inputs @ (kept - weights).T).mean()) for kept in (nearest, rounded)]
    assert errors[1] < errors[0] / 4.0


def test_weights_that_are_on_levels_stay_as_they_are() -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(-LARGEST_LEVEL, LARGEST_LEVEL, (4, 12)).astype(np.float64)
    weights[:, 5] = LARGEST_LEVEL
    inputs = _alike(rng, 12)
    np.testing.assert_array_equal(round_weights(weights * 0.25, inputs.T @ inputs), weights * 0.25)


@pytest.mark.parametrize("dead", ["none", "all"])
def test_activations_that_never_vary_are_no_obstacle(dead: str) -> None:
    inputs = np.ones((10, 6)) if dead == "none" else np.zeros((10, 6))
    weights = np.random.default_rng(2).normal(size=(3, 6))
    rounded = round_weights(weights, inputs.T @ inputs)
    assert np.abs(rounded - weights).max() < np.abs(weights).max() / 8.0


@pytest.fixture
def pointwise() -> onnx.ModelProto:
    """Two convolutions of one pixel between a 3×3 one and a head."""
    rng = np.random.default_rng(3)
    shapes = ((8, 3, 3, 3), (12, 8, 1, 1), (8, 12, 1, 1), (1, 8, 1, 1))
    nodes, weights, name = [], [], "image"
    for index, shape in enumerate(shapes):
        for label, value in (("kernel", rng.normal(size=shape)), ("bias", rng.normal(size=shape[0]))):
            weights.append(numpy_helper.from_array(value.astype(np.float32), f"{label}{index}"))
        nodes.append(helper.make_node("Conv", [name, f"kernel{index}", f"bias{index}"], [f"conv{index}"]))
        name = f"conv{index}"
    ends = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, [1, channels, "height", "width"])
        for end, channels in (("image", 3), (name, 1))
    ]
    graph = helper.make_graph(nodes, "pointwise", ends[:1], ends[1:], weights)
    return prepare(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10))


def test_the_quantised_file_holds_the_rounded_weights(pointwise: onnx.ModelProto) -> None:
    layers = find_layers(pointwise)
    inputs = [np.random.default_rng(4).random((1, 3, 9, 7)).astype(np.float32)]
    rounded = round_layers(pointwise, layers, inputs, threads=1)
    assert {name.split()[-1] for name in rounded} == {"kernel1", "kernel2"}
    ranges = dict.fromkeys(find_activations(pointwise), (-4.0, 4.0))
    quantized = insert_qdq(replace_weights(pointwise, layers, rounded), layers, ranges)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in quantized.graph.initializer}
    for name, layer in rounded.items():
        kernel = name.split()[-1]
        found = stored[f"{kernel}_quantized"] * stored[f"{kernel}_scale"][:, None, None, None]
        np.testing.assert_allclose(found, layer.weight, rtol=1e-6)


def test_layers_that_stay_in_float_keep_their_weights(pointwise: onnx.ModelProto) -> None:
    layers = find_layers(pointwise)
    rounded = round_layers(pointwise, layers, [np.ones((1, 3, 9, 7), np.float32)], threads=1)
    kept = replace_weights(pointwise, [], rounded)
    assert kept.SerializeToString() == pointwise.SerializeToString()
