"""Sizes of networks against counts by hand."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from export.compression.float16_weights import to_float16_weights
from export.compression.qdq import find_activations, find_layers, insert_qdq, prepare
from export.onnx.complexity import count_macs, count_parameters
from export.onnx.uint8_weights import to_uint8_weights
from portrait.core.model_spec import ModelSpec

KERNELS = ((8, 3, 3, 3), (8, 1, 3, 3), (16, 8, 1, 1), (1, 16, 1, 1))
"""A strided 3×3 convolution, a depthwise one at rate 2, two pointwise ones."""

ATTRIBUTES = ({"strides": [2, 2], "pads": [1] * 4}, {"dilations": [2, 2], "pads": [2] * 4, "group": 8}, {}, {})

MACS_PER_CELL = 8 * 27 + 8 * 9 + 16 * 8 + 16
PARAMETERS = (8 * 27 + 8) + (8 * 9 + 8) + (16 * 8 + 16) + (16 + 1)


@pytest.fixture
def counted() -> onnx.ModelProto:
    rng = np.random.default_rng(0)
    nodes, weights, name = [], [], "image"
    for index, (shape, attributes) in enumerate(zip(KERNELS, ATTRIBUTES, strict=True)):
        for label, size in (("kernel", shape), ("bias", shape[:1])):
            weights.append(numpy_helper.from_array(rng.normal(size=size).astype(np.float32), f"{label}{index}"))
        inputs = [name, f"kernel{index}", f"bias{index}"]
        nodes.append(helper.make_node("Conv", inputs, [f"conv{index}"], name=f"conv{index}", **attributes))
        nodes.append(helper.make_node("Clip", [f"conv{index}", "zero", "six"], [f"clip{index}"], name=f"clip{index}"))
        name = f"clip{index}"
    weights += [numpy_helper.from_array(np.float32(limit), label) for label, limit in (("zero", 0.0), ("six", 6.0))]
    ends = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, ["batch", channels, "height", "width"])
        for end, channels in (("image", 3), (name, 1))
    ]
    graph = helper.make_graph(nodes, "counted", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def _in_eight_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    prepared = prepare(model)
    return insert_qdq(prepared, find_layers(prepared), dict.fromkeys(find_activations(prepared), (-4.0, 6.0)))


@pytest.mark.parametrize(("height", "width", "cells"), [(48, 32, 24 * 16), (33, 47, 17 * 24)])
def test_macs_at_an_input_size(
    height: int, width: int, cells: int, counted: onnx.ModelProto, person_spec: ModelSpec
) -> None:
    spec = replace(person_spec, input_height=height, input_width=width)
    assert count_macs(counted, spec) == MACS_PER_CELL * cells


def test_a_transposed_convolution_counts_by_its_input() -> None:
    weights = [numpy_helper.from_array(np.ones((3, 5, 4, 4), np.float32), "kernel")]
    node = helper.make_node("ConvTranspose", ["image", "kernel"], ["larger"], strides=[2, 2], pads=[1] * 4)
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("image", "larger")]
    graph = helper.make_graph([node], "transposed", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    assert count_macs(model, ModelSpec("transposed", 6, 8)) == 3 * 5 * 16 * 6 * 8


def test_parameters_are_weights_and_biases_not_the_limits_of_activations(counted: onnx.ModelProto) -> None:
    assert count_parameters(counted) == PARAMETERS


def test_counts_do_not_depend_on_how_weights_are_stored(
    counted: onnx.ModelProto, person_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.compression.float16_weights.MIN_KERNEL_VALUES", 1)
    types = []
    for stored in (to_float16_weights(counted), to_uint8_weights(counted), _in_eight_bits(counted)):
        types.append({tensor.data_type for tensor in stored.graph.initializer if len(tensor.dims) == 4})
        assert count_macs(stored, person_spec) == MACS_PER_CELL * 24 * 16
        assert count_parameters(stored) == PARAMETERS
    float16, float32, int8, uint8 = (getattr(onnx.TensorProto, name) for name in ("FLOAT16", "FLOAT", "INT8", "UINT8"))
    assert types == [{float16}, {uint8, float32}, {int8, float32}]
