"""Tiny networks in ONNX files: the "person" is where red is more than green."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from portrait.core.model_spec import METADATA_KEY, ModelSpec

TINY_SPEC = ModelSpec("tiny", 32, 48, size_multiple=1, normalize_mean=(0.5,) * 3, normalize_std=(0.25,) * 3)

WriteModel = Callable[..., Path]


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """Write ``sigmoid(gain (red − green))`` as an ONNX file with the given contract, or with none."""

    def write(name: str = "tiny", spec: ModelSpec | None = TINY_SPEC, gain: float = 20.0) -> Path:
        weight = np.array([gain, -gain, 0.0], np.float32).reshape(1, 3, 1, 1)
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["image", "weight"], ["logits"]),
                helper.make_node("Sigmoid", ["logits"], ["probability"]),
            ],
            "tiny",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])],
            [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", 1, "h", "w"])],
            [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel())],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        if spec is not None:
            helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, path)
        return path

    return write
