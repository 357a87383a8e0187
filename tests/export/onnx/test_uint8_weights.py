"""Weights in 8 bits: exact where they were trained in 8 bits, refused where they were not."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import helper, numpy_helper
from torch import nn

from export.errors import ExportError
from export.onnx.exported_weights import read_exported_weights
from export.onnx.to_onnx import convert
from export.onnx.uint8_weights import find_steps, to_uint8_weights
from portrait.core.model_spec import ModelSpec

NAME = "network.head.weight"


@pytest.fixture
def kernel() -> np.ndarray:
    """Multiples of 1/32 in no more than 200 steps, float32 (40, 30, 3, 3)."""
    levels = np.random.default_rng(0).integers(-120, 80, (40, 30, 3, 3))
    return (levels / 32).astype(np.float32)


@pytest.fixture
def model(kernel: np.ndarray) -> onnx.ModelProto:
    node = helper.make_node("Conv", ["image", NAME], ["out"])
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, channels, None, None])
        for name, channels in (("image", 30), ("out", 40))
    ]
    graph = helper.make_graph([node], "one", ends[:1], ends[1:], [numpy_helper.from_array(kernel, NAME)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_a_grid_is_found_again_with_fewer_steps_than_there_are_levels() -> None:
    levels = np.random.default_rng(0).integers(3, 190, (4, 60)).astype(np.float64)
    levels[:, :2] = 3, 190
    np.testing.assert_allclose(find_steps(0.37 * levels), 0.37)
    assert find_steps(np.ones((1, 5))) == 1.0


def test_weights_of_8_bits_come_back_from_a_smaller_file(
    model: onnx.ModelProto, kernel: np.ndarray, tmp_path: Path
) -> None:
    small = to_uint8_weights(model)
    assert small.ByteSize() < 0.3 * model.ByteSize()
    onnx.save(small, tmp_path / "small.onnx")
    np.testing.assert_allclose(read_exported_weights(tmp_path / "small.onnx")["head.weight"], kernel, atol=1e-6)
    image = np.random.default_rng(1).normal(size=(1, 30, 5, 7)).astype(np.float32)
    before, after = (
        ort.InferenceSession(one.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"image": image})
        for one in (model, small)
    )
    np.testing.assert_allclose(after[0], before[0], atol=1e-3)


class _AnyWeights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 1, 3, padding=1)
        self.head.weight = nn.Parameter(torch.sin(torch.arange(27.0)).reshape(1, 3, 3, 3) * 8)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": self.head(image)}


def test_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="differs from torch") as caught:
        convert(_AnyWeights().eval(), ModelSpec("any", 16, 16), tmp_path / "a.onnx", uint8_weights=True)
    assert "8 bits" in caught.value.hint
    assert not (tmp_path / "a.onnx").exists()
