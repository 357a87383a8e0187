"""The exported file: one file, its contract inside, the same result as torch, or nothing at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch import Tensor, nn

from export.data.label_meaning import TARGET_NAMES
from export.errors import ExportError
from export.models import build_network
from export.models.normalize import NORMALIZE, to_input
from export.onnx.parity import ParityReport, parity_input_shapes
from export.onnx.to_onnx import convert
from portrait.core.model_spec import METADATA_KEY, PEOPLE_CHANNELS, ModelSpec
from portrait.inference.segmenter import OnnxSegmenter


def _session(path: Path) -> ort.InferenceSession:
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def _spec_inside(path: Path) -> ModelSpec:
    return ModelSpec.from_json(_session(path).get_modelmeta().custom_metadata_map[METADATA_KEY])


def test_dynamic_file_takes_any_number_and_size(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    path = tmp_path / "new" / "red.onnx"
    report = convert(red_finder, person_spec, path)
    assert report.holds
    assert [entry.name for entry in path.parent.iterdir()] == ["red.onnx"]
    assert _spec_inside(path) == replace(person_spec, size_multiple=16)
    session = _session(path)
    assert [value.name for value in session.get_inputs()] == ["image"]
    assert [value.name for value in session.get_outputs()] == ["probability"]
    for shape in ((1, 3, 48, 32), (3, 3, 17, 31), (1, 3, 1, 1), (2, 3, 101, 64)):
        image = np.random.default_rng(1).random(shape, dtype=np.float32)
        (probability,) = session.run(None, {"image": image})
        with torch.inference_mode():
            expected = torch.sigmoid(red_finder(torch.from_numpy(image))["out"]).numpy()
        assert probability.shape == (shape[0], 1, *shape[2:])
        np.testing.assert_allclose(probability, expected, atol=1e-5)


def test_fixed_file_takes_its_size_only(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    path = tmp_path / "red.onnx"
    report = convert(red_finder, person_spec, path, fixed_size=(33, 47))
    assert report.input_shapes == ((1, 3, 33, 47),) * 3
    assert _spec_inside(path) == replace(person_spec, input_height=33, input_width=47, size_multiple=0)
    assert _session(path).get_inputs()[0].shape == [1, 3, 33, 47]
    assert _session(path).get_outputs()[0].shape == [1, 1, 33, 47]


@pytest.mark.parametrize(
    ("arch", "class_count", "fixed_size"),
    [
        ("deeplabv3plus_mobilenet_v2", 1, None),
        ("deeplabv3_mobilenet_v3_large", 21, (65, 49)),
    ],
)
def test_networks_export_with_batch_norm_folded_and_no_trace_of_this_machine(
    arch: str,
    class_count: int,
    fixed_size: tuple[int, int] | None,
    tmp_path: Path,
    fill_weights: Callable[[nn.Module], None],
) -> None:
    network = build_network(arch, class_count=class_count).eval()
    fill_weights(network)
    spec = ModelSpec(name=arch, input_height=64, input_width=64)
    if class_count > 1:
        classes = tuple(map(str, range(class_count)))
        spec = replace(spec, class_names=classes, output_kind="class_logits")
    path = tmp_path / "network.onnx"
    assert convert(network, spec, path, fixed_size=fixed_size).holds
    model = onnx.load(path, load_external_data=False)
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    assert all(tensor.data_location == onnx.TensorProto.DEFAULT for tensor in model.graph.initializer)
    assert str(Path(__file__).parents[2]).encode() not in path.read_bytes()
    assert model.graph.output[0].name == ("probability" if class_count == 1 else "logits")


def test_conversion_leaves_the_network_as_it_was(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    red_finder.train()
    convert(red_finder, person_spec, tmp_path / "red.onnx", fixed_size=(16, 16))
    assert red_finder.training


class _Drifting(nn.Module):
    """Gives another result at each call, as no export can."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        self.calls += 1
        return {"out": image[:, :1] + self.calls}


def test_difference_from_torch_is_refused_and_leaves_the_old_file(tmp_path: Path, person_spec: ModelSpec) -> None:
    path = tmp_path / "drifting.onnx"
    path.write_bytes(b"the model before")
    with pytest.raises(ExportError, match="differs from torch"):
        convert(_Drifting(), person_spec, path, fixed_size=(16, 16))
    assert path.read_bytes() == b"the model before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["drifting.onnx"]


def test_a_difference_that_is_not_a_number_does_not_pass() -> None:
    assert not ParityReport(((1, 3, 8, 8),) * 2, (0.0, float("nan"))).holds
    assert ParityReport(((1, 3, 8, 8),) * 2, (0.0, 1e-5)).holds


@pytest.mark.parametrize("kind", ["person_probability", "class_logits"])
def test_network_that_does_not_fit_its_spec_is_refused(
    kind: str, tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec
) -> None:
    network = nn.Sequential(red_finder)  # stands for any module; its channels are what counts
    network.forward = lambda image: {"out": image}  # type: ignore[method-assign]
    spec = replace(person_spec, output_kind=kind, class_names=("background", "person"))  # type: ignore[arg-type]
    with pytest.raises(ExportError, match="gives 3 channels"):
        convert(network, spec, tmp_path / "wrong.onnx")
    assert not list(tmp_path.iterdir())


def test_unwritable_place_is_named(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> None:
    blocker = tmp_path / "file"
    blocker.write_bytes(b"")
    with pytest.raises(ExportError, match="cannot write"):
        convert(red_finder, person_spec, blocker / "red.onnx", fixed_size=(16, 16))


def test_sizes_tried_are_three_and_odd_among_them(person_spec: ModelSpec) -> None:
    sizes = {shape[2:] for shape in parity_input_shapes(replace(person_spec, size_multiple=16))}
    assert len(sizes) == 3
    assert any(height % 2 and width % 2 for height, width in sizes)


def test_two_outputs_and_centres_run_in_the_app_by_their_names(
    tmp_path: Path, fill_weights: Callable[[nn.Module], None]
) -> None:
    small = {"width_multiplier": 0.25, "aspp_channels": 8, "skip_channels": (4, 4), "decoder_channels": (8, 4)}
    network = build_network("deeplabv3plus_mobilenet_v2", with_subject=True, with_people=True, **small).eval()
    fill_weights(network)
    names = (*TARGET_NAMES, *PEOPLE_CHANNELS)
    norm = (NORMALIZE,) * 3
    spec = ModelSpec("people", 64, 64, "squash", 16, norm, norm, names, person_class_index=1)
    assert convert(network, spec, tmp_path / "people.onnx", fixed_size=(64, 64)).holds
    segmenter = OnnxSegmenter(tmp_path / "people.onnx", threads=1)
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    with torch.inference_mode():
        values = network(to_input(torch.from_numpy(image)[None]))["out"].sigmoid()[0].numpy()
    np.testing.assert_allclose(segmenter.find_probability(image), values[1], atol=1e-4)
    maps = segmenter.find_centers(image)
    np.testing.assert_allclose(maps.heat, values[2], atol=1e-4)
    np.testing.assert_allclose((maps.down, maps.right), 2.0 * values[3:] - 1.0, atol=2e-4)
