"""Networks without a contract: what they take is read from their shapes, and others are refused."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from portrait.errors import ModelError
from portrait.inference.foreign_model import open_foreign_model


def write(path: Path, taken: list[int | str], given: list[int | str], axis: int) -> Path:
    """A network that gives the mean of the channels as probability."""
    nodes = [helper.make_node("ReduceMean", ["image"], ["mask"], axes=[axis], keepdims=1)]
    sides = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("image", taken), ("mask", given))
    )
    image, mask = sides
    graph = helper.make_graph(nodes, "mean", [image], [mask])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize(("taken", "given", "axis"), [([1, 4, 6, 3], [1, 4, 6, 1], 3), ([1, 3, 4, 6], [1, 1, 4, 6], 1)])
def test_both_orders_of_axes_are_understood(tmp_path: Path, taken: list[int], given: list[int], axis: int) -> None:
    segmenter = open_foreign_model(write(tmp_path / "selfie.onnx", taken, given, axis), threads=1)
    assert (segmenter.spec.name, segmenter.spec.input_height, segmenter.spec.input_width) == ("selfie", 4, 6)
    image = np.zeros((8, 12, 3), np.uint8)
    image[:, 6:] = 255
    probability = segmenter.find_probability(image)
    np.testing.assert_allclose(probability, [[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]] * 4, atol=1e-6)


@pytest.mark.parametrize(
    ("taken", "given"), [([1, 5, 4, 6], [1, 1, 4, 6]), ([1, 3, "height", "width"], [1, 1, "height", "width"])]
)
def test_others_are_refused(tmp_path: Path, taken: list[int | str], given: list[int | str]) -> None:
    path = write(tmp_path / "other.onnx", taken, given, 1)
    with pytest.raises(ModelError, match="not understood") as caught:
        open_foreign_model(path)
    assert "probability" in caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx"):
        open_foreign_model(tmp_path / "none.onnx")
