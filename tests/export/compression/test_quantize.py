"""Quantisation from a float file to an 8-bit one, or to a refusal: networks that find red, on pictures with red."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper

from export.cli import quantize as quantize_module
from export.cli.application import main
from export.compression.compression_plan import CompressionPlan, save_model_file
from export.compression.float16_weights import to_float16_weights
from export.compression.qdq import find_blocks, prepare
from export.compression.quantize import quantize
from export.errors import ExportError
from export.evaluation.speed import SpeedChange
from export.onnx.loading import load_onnx, read_spec
from export.onnx.model_file import ModelFile
from portrait.core.model_spec import ModelSpec

OUTLIER = 1e4
"""Beside it, what the network looks for rounds to nothing in 8 bits."""


def _residual(outlier_blocks: int = 0) -> onnx.ModelProto:
    """Finds red through two blocks of two convolutions, the second with a shortcut, and a head, all 1×1.

    The blocks are wider inside; there another channel of the first so many of them carries a constant.
    """
    find_red, pick = np.zeros((4, 3)), np.zeros((2, 4))
    find_red[0], pick[0, 0] = (1, -1, 0), 1
    kernels = (find_red, pick, 2.0 * np.eye(4, 2), 0.5 * pick, np.array([[6, 0]]))
    weights, nodes, name = [], [], "image"
    for index, kernel in enumerate(kernels):
        bias = np.zeros(len(kernel))
        if index in (0, 2) and index // 2 < outlier_blocks:
            bias[1] = OUTLIER
        bias -= 18.0 * (index == 4)
        for label, values in (("kernel", kernel[..., None, None]), ("bias", bias)):
            weights.append(numpy_helper.from_array(values.astype(np.float32), f"{label}{index}"))
        nodes.append(helper.make_node("Conv", [name, f"kernel{index}", f"bias{index}"], [f"conv{index}"]))
        name = f"conv{index}"
        if index in (0, 2):
            nodes.append(helper.make_node("Relu", [name], [f"relu{index}"]))
            name = f"relu{index}"
        if index == 3:
            nodes.append(helper.make_node("Add", ["conv1", "conv3"], ["added"]))
            name = "added"
    nodes.append(helper.make_node("Sigmoid", [name], ["probability"]))
    return _to_model(nodes, weights)


def _to_model(nodes: list[onnx.NodeProto], weights: list[onnx.TensorProto]) -> onnx.ModelProto:
    ends = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, ["batch", channels, "height", "width"])
        for end, channels in (("image", 3), ("probability", 1))
    ]
    graph = helper.make_graph(nodes, "residual", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.fixture
def make_source(tmp_path: Path, person_spec: ModelSpec) -> Callable[[onnx.ModelProto], ModelFile]:
    def make(model: onnx.ModelProto) -> ModelFile:
        return save_model_file(model, replace(person_spec, size_multiple=16), tmp_path / "float.onnx")

    return make


@pytest.fixture
def plan(make_data_set: Callable[..., Path]) -> CompressionPlan:
    people, nobody = make_data_set("people"), make_data_set("nobody", with_people=False)
    return CompressionPlan((people,), (people, nobody), pictures=4, threads=1)


def _initializers(path: Path) -> dict[str, onnx.TensorProto]:
    return {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}


def _kernels(path: Path, data_type: int) -> dict[str, onnx.TensorProto]:
    of_type = {name: tensor for name, tensor in _initializers(path).items() if tensor.data_type == data_type}
    return {name: tensor for name, tensor in of_type.items() if len(tensor.dims) == 4}


def test_eight_bit_file_finds_the_same_at_any_size_and_carries_its_contract(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    source, path = make_source(_residual()), tmp_path / "new" / "int8.onnx"
    accepted = quantize(source, replace(plan, name="smaller"), path)
    assert [entry.name for entry in path.parent.iterdir()] == ["int8.onnx"]
    assert accepted.float_layers == ()
    assert accepted.difference.largest < 0.05
    assert {change.set_name for change in accepted.changes} == {"people", "nobody"}
    assert accepted.disagreements[accepted.method.removeprefix("int8, ")] == min(accepted.disagreements.values())
    assert accepted.bytes_after == path.stat().st_size
    expected = replace(source.spec, name="smaller", training_id="by hand-int8")
    assert read_spec(load_onnx(path)) == expected
    before, after = (ort.InferenceSession(p, providers=["CPUExecutionProvider"]) for p in (source.onnx_path, path))
    for shape in ((1, 3, 48, 32), (2, 3, 33, 47), (1, 3, 101, 64)):
        image = np.random.default_rng(0).uniform(-1.0, 1.0, shape).astype(np.float32)
        probabilities = [session.run(None, {"image": image})[0] for session in (before, after)]
        assert probabilities[1].shape == (shape[0], 1, *shape[2:])
        assert np.abs(probabilities[1] - probabilities[0]).max() < 0.1


def test_weights_are_int8_per_channel_and_the_head_stays_float(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    path = tmp_path / "int8.onnx"
    quantize(make_source(_residual()), plan, path)
    tensors = _initializers(path)
    int8 = _kernels(path, onnx.TensorProto.INT8)
    assert set(int8) == {f"kernel{index}_quantized" for index in range(4)}
    assert all(list(tensors[name.replace("_quantized", "_scale")].dims) == [int8[name].dims[0]] for name in int8)
    assert max(np.abs(numpy_helper.to_array(kernel).astype(int)).max() for kernel in int8.values()) == 64, "7 bits"
    assert set(_kernels(path, onnx.TensorProto.FLOAT)) == {"kernel4"}


@pytest.mark.parametrize("outlier_blocks", [1, 2])
def test_blocks_that_cannot_bear_eight_bits_stay_in_float(
    outlier_blocks: int,
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    plan: CompressionPlan,
) -> None:
    source, path = make_source(_residual(outlier_blocks)), tmp_path / "int8.onnx"
    said: list[str] = []
    accepted = quantize(source, plan, path, said.append)
    blocks = find_blocks(prepare(load_onnx(source.onnx_path)))
    assert set(accepted.float_layers) == {name for block in blocks[:outlier_blocks] for name in block}
    assert all(change.is_accepted for change in accepted.changes)
    assert any(line.startswith("0 layers in float: loses too much") for line in said)
    assert len(_kernels(path, onnx.TensorProto.INT8)) == 4 - 2 * outlier_blocks


def test_blocks_stay_in_float_where_they_are_asked_to(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    source, path = make_source(_residual()), tmp_path / "int8.onnx"
    accepted = quantize(source, replace(plan, float_blocks=1), path)
    assert set(accepted.float_layers) in [set(block) for block in find_blocks(prepare(load_onnx(source.onnx_path)))]
    assert len(_kernels(path, onnx.TensorProto.INT8)) == 4 - len(accepted.float_layers)


def test_onnxruntime_leaves_a_float_block_in_float(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    quantize(make_source(_residual(outlier_blocks=1)), plan, tmp_path / "int8.onnx")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    ort.InferenceSession(tmp_path / "int8.onnx", options, providers=["CPUExecutionProvider"])
    assert set(_kernels(tmp_path / "loaded.onnx", onnx.TensorProto.FLOAT)) == {"kernel0", "kernel1", "kernel4"}


def test_losses_are_refused_with_their_table_and_the_old_file_stays(
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    plan: CompressionPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("export.compression.quantize.FLOAT_BLOCK_COUNTS", (1,))
    path = tmp_path / "int8.onnx"
    path.write_bytes(b"the model before")
    with pytest.raises(ExportError, match="even with 2 layers in float") as refused:
        quantize(make_source(_residual(outlier_blocks=2)), plan, path)
    assert path.read_bytes() == b"the model before"
    assert not list(tmp_path.glob(".int8*"))
    rows = refused.value.message.splitlines()
    assert any(row.startswith("people") and "person IoU" in row and row.endswith("<") for row in rows)


def test_network_of_one_convolution_has_nothing_to_quantise(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    kernel = numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "kernel")
    nodes = [helper.make_node("Conv", ["image", "kernel"], ["conv"])]
    source = make_source(_to_model([*nodes, helper.make_node("Sigmoid", ["conv"], ["probability"])], [kernel]))
    with pytest.raises(ExportError, match="no layers to quantise"):
        quantize(source, plan, tmp_path / "int8.onnx")
    assert not (tmp_path / "int8.onnx").exists()


def test_file_in_8_bits_is_not_quantised_again_one_with_16_bit_weights_is(
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    plan: CompressionPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("export.compression.float16_weights.MIN_KERNEL_VALUES", 1)
    path = tmp_path / "int8.onnx"
    halved = make_source(to_float16_weights(_residual()))
    quantize(halved, plan, path)
    assert len(_kernels(path, onnx.TensorProto.INT8)) == 4
    with pytest.raises(ExportError, match="has 8-bit layers already"):
        quantize(replace(halved, onnx_path=path), plan, tmp_path / "again.onnx")
    assert not (tmp_path / "again.onnx").exists()


def test_unwritable_place_is_named(
    tmp_path: Path, make_source: Callable[[onnx.ModelProto], ModelFile], plan: CompressionPlan
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError, match="cannot write"):
        quantize(make_source(_residual()), plan, tmp_path / "file" / "int8.onnx")


def test_command_calibrates_on_train_and_judges_on_val(
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    make_data_set: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, out = make_source(_residual()), tmp_path / "int8.onnx"
    data, more = make_data_set("people/train").parent, make_data_set("nobody/val", with_people=False)
    make_data_set("people/val")
    words = ["quantize", "--model", str(source.onnx_path), "--data", str(data), "--val", str(more), "-o", str(out)]
    assert main([*words, "--json", "--threads", "1"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {change["set_name"] for change in printed["changes"]} == {"people/val", "nobody/val"}
    assert [speed["threads"] for speed in printed["speeds"]] == [1, 4]
    assert printed["file"] == str(out)


@pytest.mark.parametrize(("after_ms", "words"), [(2.0, "NOT faster"), (0.5, "is faster")])
def test_command_says_plainly_whether_it_is_faster(
    after_ms: float,
    words: str,
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    make_data_set: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    speeds = (SpeedChange(1, 1.0, 0.5), SpeedChange(4, 1.0, after_ms))
    monkeypatch.setattr("export.compression.quantize.compare_speed", lambda *_: speeds)
    source, folder = make_source(_residual()), str(make_data_set("people"))
    out = str(tmp_path / "int8.onnx")
    assert main(["quantize", "--model", str(source.onnx_path), "--data", folder, "-o", out, "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert words in printed
    assert "boundary IoU" in printed


def test_command_hands_a_refusal_to_the_user(
    tmp_path: Path,
    make_source: Callable[[onnx.ModelProto], ModelFile],
    make_data_set: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise ExportError("loses too much", "a hint")

    monkeypatch.setattr(quantize_module, "store_float16", refuse)
    model, folder = str(make_source(_residual()).onnx_path), str(make_data_set("people"))
    assert main(["quantize", "--half", "--model", model, "--data", folder, "-o", str(tmp_path / "half.onnx")]) == 1
    assert capsys.readouterr().err == "error: loses too much\nhint: a hint\n"
