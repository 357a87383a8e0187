"""Evaluation, from files to figures: a model that finds red, on pictures with red squares."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from torch import nn

from export.cli.application import main
from export.data.data_set import find_data_set
from export.errors import DataError, ExportError
from export.evaluation.calibration_curve import save_calibration_curves
from export.evaluation.evaluate import ModelFigures, evaluate, measure_set, set_name
from export.evaluation.matte_paths import NETWORK_ALONE, MattePath, resize_alpha
from export.evaluation.report import load_figures, make_clip_table, make_table, to_json
from export.models.checkpoint import save_checkpoint
from export.onnx.model_file import file_sha256, open_models
from portrait.core.arrays import RgbImage
from portrait.core.metrics.matte_metrics import mae
from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.inference.segmenter import OnnxSegmenter


@pytest.fixture
def write_onnx(tmp_path: Path, person_spec: ModelSpec) -> Callable[..., Path]:
    """Write a network that takes what is redder than green for a person, straight as a graph."""

    def write(
        name: str,
        size: tuple[int, int] = (60, 80),
        classes: int = 1,
        normalizer: float = 0.5,
        has_spec: bool = True,
    ) -> Path:
        weight, bias = np.zeros((classes, 3, 1, 1), np.float32), np.zeros(classes, np.float32)
        weight[-1, :2, 0, 0], bias[-1] = np.array([8.0, -8.0]) * (2 * normalizer or 1.0), -3.0
        nodes = [onnx.helper.make_node("Conv", ["image", "weight", "bias"], ["logits"])]
        if classes == 1:
            nodes.append(onnx.helper.make_node("Sigmoid", ["logits"], ["probability"]))
        kind = onnx.TensorProto.FLOAT
        graph = onnx.helper.make_graph(
            nodes,
            name,
            [onnx.helper.make_tensor_value_info("image", kind, (1, 3, *size))],
            [onnx.helper.make_tensor_value_info(nodes[-1].output[0], kind, (1, classes, *size))],
            [onnx.numpy_helper.from_array(weight, "weight"), onnx.numpy_helper.from_array(bias, "bias")],
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
        spec = replace(
            person_spec,
            input_height=size[0],
            input_width=size[1],
            normalize_mean=(normalizer,) * 3,
            normalize_std=(normalizer or 1.0,) * 3,
            class_names=(*(f"thing {index}" for index in range(classes - 1)), "person"),
            person_class_index=classes - 1,
            output_kind="person_probability" if classes == 1 else "class_logits",
        )
        if has_spec:
            onnx.helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, path)
        return path

    return write


@pytest.fixture
def red_onnx(write_onnx: Callable[..., Path]) -> Path:
    return write_onnx("red")


def _evaluate(
    models: list[Path],
    folders: list[Path],
    scratch: Path,
    path: MattePath = NETWORK_ALONE,
    clips: tuple[Path, ...] = (),
) -> tuple[ModelFigures, ...]:
    scratch.mkdir()
    return evaluate(open_models(models, scratch), folders, threads=1, path=path, clips=clips)


def test_figures_of_people_and_of_empty_scenes(
    tmp_path: Path, red_onnx: Path, make_data_set: Callable[..., Path]
) -> None:
    people, nobody = make_data_set("people/val", count=3), make_data_set("nobody/val", with_people=False)
    (figures,) = _evaluate([red_onnx], [people, nobody], tmp_path / "scratch")
    on_people, on_nobody = figures.sets
    assert (on_people.name, on_people.pictures) == ("people/val", 3)
    assert on_people.person_iou is not None
    assert on_people.person_iou > 0.85
    assert on_people.alpha_mae is not None
    assert on_people.alpha_mae < 0.1
    assert on_people.set_person_iou == pytest.approx(on_people.person_iou, abs=0.05)
    assert on_people.false_person_fraction is None
    assert (on_nobody.person_iou, on_nobody.false_person_fraction) == (None, 0.0)
    assert (figures.sha256, figures.input_height, figures.input_width) == (file_sha256(red_onnx), 60, 80)
    assert figures.median_ms > 0.0
    assert figures.one_thread_ms == figures.median_ms  # it was asked for one thread
    assert [one.name for one in on_people.by_picture] == ["0.png", "1.png", "2.png"]
    assert np.mean([one.person_iou for one in on_people.by_picture]) == pytest.approx(on_people.person_iou)
    assert [one.false_person_fraction for one in on_nobody.by_picture] == [0.0, 0.0]
    assert on_people.calibration_error is not None
    assert 0.0 < on_people.calibration_error < 0.2
    assert sum(on_people.reliability.pixels) == 3 * 60 * (80 - 3)  # three columns are void
    assert on_people.noise_flicker is not None
    assert 0.0 < on_people.noise_flicker < 0.02


def test_a_checkpoint_is_judged_as_the_file_it_would_become(
    tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec, make_data_set: Callable[..., Path]
) -> None:
    checkpoint, weights = tmp_path / "checkpoint.pt", red_finder.state_dict()
    payload = {"arch": "red_finder", "config": {}, "spec": person_spec.to_json(), "model": weights, "ema": weights}
    save_checkpoint(checkpoint, payload)
    (figures,) = _evaluate([checkpoint], [make_data_set("people")], tmp_path / "scratch")
    assert (figures.name, figures.file, figures.sha256) == ("checkpoint", "checkpoint.pt", file_sha256(checkpoint))
    assert (figures.input_height, figures.input_width) == (48, 32)
    assert figures.sets[0].person_iou is not None
    assert figures.sets[0].person_iou > 0.8


def test_a_foreign_file_is_judged_by_what_its_graph_tells(
    tmp_path: Path,
    red_onnx: Path,
    write_onnx: Callable[..., Path],
    make_data_set: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    foreign = write_onnx("foreign", normalizer=0.0, has_spec=False)
    own, other = _evaluate([red_onnx, foreign], [make_data_set("people")], tmp_path / "scratch")
    assert other.sets[0].person_iou == pytest.approx(own.sets[0].person_iou, abs=0.01)
    said = capsys.readouterr().err
    assert "foreign: no ModelSpec inside" in said
    assert "red:" not in said


def test_many_classes_are_judged_by_the_person_among_them(
    tmp_path: Path, red_onnx: Path, write_onnx: Callable[..., Path], make_data_set: Callable[..., Path]
) -> None:
    voc = write_onnx("voc", classes=21)
    one, many = _evaluate([red_onnx, voc], [make_data_set("people")], tmp_path / "scratch")
    assert many.sets[0].person_iou == pytest.approx(one.sets[0].person_iou, abs=0.1)
    assert many.sets[0].alpha_mae != one.sets[0].alpha_mae


def test_refinement_sharpens_the_outline(write_onnx: Callable[..., Path]) -> None:
    segmenter = OnnxSegmenter(write_onnx("coarse", size=(34, 46)), threads=1)
    image = np.full((240, 320, 3), (0, 200, 0), np.uint8)
    image[50:190, 70:250] = (255, 0, 0)
    truth = (image[..., 0] > 128).astype(np.float32)
    plain, fast, fine = (MattePath(refined=name).open(segmenter)(image) for name in (None, "fast", "fine"))
    assert plain.shape == (34, 46)
    assert fast.shape == fine.shape == (240, 320)
    assert mae(fast, truth) < 0.6 * mae(resize_alpha(plain, truth.shape), truth)
    assert (fast != fine).any()


def test_passes_for_photos_find_the_same_people(
    tmp_path: Path, red_onnx: Path, make_data_set: Callable[..., Path]
) -> None:
    (fine,) = _evaluate([red_onnx], [make_data_set("people")], tmp_path / "scratch", MattePath(quality="fine"))
    assert fine.quality == "fine"
    assert fine.sets[0].person_iou is not None
    assert fine.sets[0].person_iou > 0.8


def test_anything_that_finds_alpha_can_be_judged(make_data_set: Callable[..., Path]) -> None:
    def find_red(image: RgbImage) -> np.ndarray:
        return (image[..., 0] > 128).astype(np.float32)

    def find_nobody(image: RgbImage) -> np.ndarray:
        return np.zeros((7, 9), np.float32)

    with ThreadPoolExecutor(2) as executor:
        right, wrong = measure_set([find_red, find_nobody], find_data_set(make_data_set("people")), "people", executor)
    assert (right.person_iou, right.boundary_iou, right.alpha_mae, right.calibration_error) == (1.0, 1.0, 0.0, 0.0)
    assert (wrong.person_iou, wrong.set_person_iou) == (0.0, 0.0)
    assert wrong.by_picture[0].score < right.by_picture[0].score


def test_alpha_is_compared_with_real_alpha(make_data_set: Callable[..., Path]) -> None:
    folder = make_data_set("hair", count=1)
    (folder / "masks").rename(folder / "alpha")
    Image.new("L", (80, 60), 64).save(folder / "alpha" / "0.png")
    with ThreadPoolExecutor(1) as executor:
        (figures,) = measure_set(
            [lambda image: np.full(image.shape[:2], 0.5, np.float32)], find_data_set(folder), "hair", executor
        )
    assert figures.alpha_mae == pytest.approx(0.5 - 64 / 255)


def test_json_and_tables_hold_the_figures(tmp_path: Path, red_onnx: Path, make_data_set: Callable[..., Path]) -> None:
    folder = make_data_set("people")
    models = _evaluate([red_onnx], [folder], tmp_path / "scratch", clips=(folder / "images",))
    (tmp_path / "figures.json").write_text(to_json(models), encoding="utf-8")
    assert load_figures(tmp_path / "figures.json") == models
    table, clip_table = make_table(models), make_clip_table(models)
    assert (table.row_count, clip_table.row_count) == (1, 1)
    assert [column.header for column in table.columns][:4] == ["set", "pictures", "model", "person IoU"]
    assert (models[0].clips[0].name, models[0].clips[0].frames) == ("images", 2)


def test_figures_written_before_there_were_clips_can_be_read(tmp_path: Path) -> None:
    text = """{"models": [{"name": "m", "file": "m.onnx", "sha256": "0", "input_height": 1, "input_width": 1,
        "threads": 4, "median_ms": 1.5, "sets": [{"name": "people", "pictures": 2, "person_iou": 0.5}]}]}"""
    (tmp_path / "figures.json").write_text(text, encoding="utf-8")
    (model,) = load_figures(tmp_path / "figures.json")
    assert (model.sets[0].person_iou, model.sets[0].by_picture, model.one_thread_ms) == (0.5, (), None)
    (tmp_path / "figures.json").write_text(text.replace("person_iou", "person_you"), encoding="utf-8")
    with pytest.raises(ExportError, match="does not hold"):
        load_figures(tmp_path / "figures.json")


def test_calibration_curves_are_one_picture(tmp_path: Path, red_onnx: Path, make_data_set: Callable[..., Path]) -> None:
    folders = [make_data_set("people"), make_data_set("nobody", with_people=False)]
    save_calibration_curves(tmp_path / "curve.png", _evaluate([red_onnx], folders, tmp_path / "scratch"))
    with Image.open(tmp_path / "curve.png") as image:
        assert image.format == "PNG"
        assert image.width > 1.5 * image.height  # two panels


def test_models_of_one_name_are_told_apart(tmp_path: Path, red_onnx: Path) -> None:
    copy = tmp_path / "older" / red_onnx.name
    copy.parent.mkdir()
    copy.write_bytes(red_onnx.read_bytes())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert [c.name for c in open_models([red_onnx, copy], scratch)] == [str(red_onnx), str(copy)]


def test_folder_without_pictures_is_named(tmp_path: Path, red_onnx: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        _evaluate([red_onnx], [tmp_path / "nothing"], tmp_path / "scratch")


def test_sets_are_named_by_their_path() -> None:
    assert set_name(Path("/data/selfie/val")) == "selfie/val"
    assert set_name(Path("/data/selfie")) == "selfie"


def test_worst_cases_and_curves_are_written_one_sheet_a_model(
    tmp_path: Path, write_onnx: Callable[..., Path], make_data_set: Callable[..., Path]
) -> None:
    models, sheets = [str(write_onnx(name)) for name in ("first", "second")], tmp_path / "sheets"
    words = ["evaluate", "--data", str(make_data_set("people")), "--threads", "1", "--worst", "1", "--json"]
    assert main([*words, "--model", *models, "--worst-cases", str(sheets / "worst.png")]) == 0
    assert sorted(path.name for path in sheets.iterdir()) == ["worst-first.png", "worst-second.png"]
    curve = ["--calibration", str(sheets / "curve.png")]
    assert main([*words, "--model", models[0], "--worst-cases", str(sheets / "one.png"), *curve]) == 0
    assert {path.name for path in sheets.iterdir()} >= {"one.png", "curve.png"}


@pytest.mark.parametrize("option", ["--refined", "--quality"])
def test_an_unknown_quality_is_a_usage_error(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--model", "m.onnx", "--data", "d", option, "best"]) == 2
    assert "'best' is not one of fast, fine" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("frame", ["16x9", "16:0", "wide"])
def test_a_frame_that_is_none_is_a_usage_error(frame: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--model", "m.onnx", "--data", "d", "--frame", frame]) == 2
    assert "is not WIDTH:HEIGHT, as 16:9 is" in " ".join(capsys.readouterr().err.split())


def test_pictures_are_judged_as_they_are_framed(
    red_onnx: Path, make_data_set: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["evaluate", "--model", str(red_onnx), "--data", str(make_data_set("people")), "--threads", "1", "--json"]
    sheet = ["--worst-cases", str(tmp_path / "worst.png")]
    answers = []
    for frame in ([], ["--frame", "16:9", *sheet]):
        assert main([*words, *frame]) == 0
        answers.append(json.loads(capsys.readouterr().out)["models"][0]["sets"][0])
    whole, framed = answers
    assert framed["pictures"] == whole["pictures"]
    assert framed["alpha_mae"] != whole["alpha_mae"]
