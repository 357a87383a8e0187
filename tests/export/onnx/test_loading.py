"""ONNX files without a ModelSpec."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from export.errors import ExportError
from export.onnx.loading import infer_spec, load_onnx, read_spec
from portrait.core.model_spec import METADATA_KEY, ModelSpec


def make_model(input_shape: list[int | str], output_shape: list[int | str]) -> onnx.ModelProto:
    node = helper.make_node("Identity", ["in"], ["out"])
    inputs = [helper.make_tensor_value_info("in", TensorProto.FLOAT, input_shape)]
    outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, output_shape)]
    return helper.make_model(helper.make_graph([node], "g", inputs, outputs))


def test_channels_last_and_one_probability() -> None:
    spec = infer_spec(make_model([1, 144, 256, 3], [1, 144, 256, 1]), "selfie")
    assert (spec.layout, spec.input_height, spec.input_width, spec.is_dynamic) == ("nhwc", 144, 256, False)
    assert (spec.output_kind, spec.class_names) == ("person_probability", ("person",))
    assert (spec.normalize_mean, spec.normalize_std) == ((0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize(("channels", "person"), [(2, 1), (21, 15)])
def test_channels_first_and_classes(channels: int, person: int) -> None:
    spec = infer_spec(make_model(["n", 3, "h", "w"], ["n", channels, "h", "w"]), "classes")
    assert (spec.layout, spec.output_kind, spec.is_dynamic) == ("nchw", "class_logits", True)
    assert (len(spec.class_names), spec.person_class_index) == (channels, person)


@pytest.mark.parametrize(
    ("input_shape", "output_shape", "message"),
    [
        ([1, 3, 64, 64], [1, 7, 64, 64], "7 output channels"),
        ([1, 3, 64, 64], [1, 1000], "not a picture and a map"),
        ([1, 64], [1, 1, 64, 64], "not a picture and a map"),
    ],
)
def test_other_graphs_are_refused(input_shape: list[int | str], output_shape: list[int | str], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        infer_spec(make_model(input_shape, output_shape), "other")


def test_spec_inside_is_read(tmp_path: Path, person_spec: ModelSpec) -> None:
    model = make_model([1, 3, 64, 64], [1, 1, 64, 64])
    assert read_spec(model) is None
    helper.set_model_props(model, {METADATA_KEY: person_spec.to_json()})
    onnx.save(model, tmp_path / "mine.onnx")
    assert read_spec(load_onnx(tmp_path / "mine.onnx")) == person_spec


def test_spec_that_cannot_be_understood_is_an_error_and_not_a_guess() -> None:
    model = make_model([1, 3, 64, 64], [1, 1, 64, 64])
    helper.set_model_props(model, {METADATA_KEY: '{"spec_version": 99}'})
    with pytest.raises(ExportError, match="99"):
        read_spec(model)


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"there is no .*none\.onnx"):
        load_onnx(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(ExportError, match=r"cannot read .*text\.onnx"):
        load_onnx(tmp_path / "text.onnx")
