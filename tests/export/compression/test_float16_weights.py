"""Weights in 16 bits: half the file, the same result."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from export.compression.compression_plan import CompressionPlan
from export.compression.float16_weights import MIN_KERNEL_VALUES, store_float16, to_float16_weights
from export.errors import ExportError
from export.onnx.loading import load_onnx, read_spec
from export.onnx.model_file import ModelFile, open_models
from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec


class _Wide(nn.Module):
    """Finds red in one of its many channels; the others carry small weights that cancel out."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 160, 1)
        self.second = nn.Conv2d(160, 160, 1)
        self.head = nn.Conv2d(160, 1, 1)
        with torch.no_grad():
            for layer in (self.first, self.second, self.head):
                layer.weight.copy_(
                    torch.sin(torch.arange(layer.weight.numel()) * 0.37).reshape(layer.weight.shape) / 400
                )
                layer.weight[0, 0] = 1.0
                layer.bias.zero_()
            self.first.weight[0, 1] = -1.0
            self.head.weight[0, 0] = 8.0
            self.head.bias[0] = -6.0

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"out": self.head(torch.relu(self.second(torch.relu(self.first(image)))))}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("half") / "float.onnx"
    spec = ModelSpec("red", input_height=48, input_width=32, training_id="by hand")
    convert(_Wide().eval(), spec, path)
    return path


@pytest.fixture
def source(tmp_path: Path, converted: Path) -> ModelFile:
    (candidate,) = open_models([converted], tmp_path)
    return candidate


@pytest.fixture
def plan(make_data_set: Callable[..., Path]) -> CompressionPlan:
    people = make_data_set("people")
    return CompressionPlan((people,), (people,), pictures=2, threads=1)


def test_file_halves_and_finds_the_same(tmp_path: Path, source: ModelFile, plan: CompressionPlan) -> None:
    path = tmp_path / "half.onnx"
    accepted = store_float16(source, plan, path)
    assert accepted.bytes_after == path.stat().st_size < 0.6 * accepted.bytes_before
    assert 0.0 < accepted.difference.largest < 1e-3
    assert all(change.is_accepted for change in accepted.changes)
    model = load_onnx(path)
    assert read_spec(model) == replace(source.spec, training_id="by hand-fp16")
    kernels = [tensor for tensor in model.graph.initializer if len(tensor.dims) > 1]
    sizes = {tensor.data_type: int(torch.tensor(tensor.dims).prod()) for tensor in kernels}
    assert sizes[onnx.TensorProto.FLOAT16] >= MIN_KERNEL_VALUES > sizes[onnx.TensorProto.FLOAT]


def test_difference_that_shows_is_refused(
    tmp_path: Path, source: ModelFile, plan: CompressionPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.compression.float16_weights.MAX_P999_DIFFERENCE", 1e-12)
    with pytest.raises(ExportError, match="differs by"):
        store_float16(source, plan, tmp_path / "half.onnx")
    assert not (tmp_path / "half.onnx").exists()


def test_losses_are_refused(
    tmp_path: Path, source: ModelFile, plan: CompressionPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.compression.acceptance.MOST_PERSON_IOU_LOST", -2.0)
    with pytest.raises(ExportError, match="loses too much in 16 bits"):
        store_float16(source, plan, tmp_path / "half.onnx")
    assert not (tmp_path / "half.onnx").exists()


def test_weights_beyond_the_range_of_16_bits_keep_32(source: ModelFile) -> None:
    model = load_onnx(source.onnx_path)
    large = next(tensor for tensor in model.graph.initializer if list(tensor.dims) == [160, 160, 1, 1])
    values = numpy_helper.to_array(large).copy()
    values[0, 0] = 1e6
    large.CopyFrom(numpy_helper.from_array(values, large.name))
    kept = {tensor.name: tensor for tensor in to_float16_weights(model).graph.initializer}
    np.testing.assert_array_equal(numpy_helper.to_array(kept[large.name]), values)
