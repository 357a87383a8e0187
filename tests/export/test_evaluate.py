"""Evaluation, from files to figures: a model that finds red, on pictures with red squares."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from torch import nn

from export.candidates import file_sha256, open_candidates
from export.checkpoint import save_checkpoint
from export.errors import DataError
from export.evaluate import ModelFigures, evaluate, set_name
from export.report import load_figures, make_table, to_json
from export.to_onnx import convert
from portrait.core.model_spec import ModelSpec


@pytest.fixture
def red_onnx(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> Path:
    path = tmp_path / "red.onnx"
    convert(red_finder, person_spec, path, fixed_size=(60, 80))
    return path


@pytest.fixture
def foreign_onnx(tmp_path: Path, red_finder: nn.Module, person_spec: ModelSpec) -> Path:
    """The same network for RGB / 255 and without a ModelSpec."""
    path = tmp_path / "foreign.onnx"
    spec = replace(person_spec, normalize_mean=(0.0,) * 3, normalize_std=(1.0,) * 3)
    convert(red_finder, spec, path, fixed_size=(60, 80))
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    return path


def _evaluate(models: list[Path], folders: list[Path], scratch: Path) -> tuple[ModelFigures, ...]:
    scratch.mkdir()
    return evaluate(open_candidates(models, scratch), folders, threads=1)


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


def test_checkpoint_and_foreign_file_beside_the_model_they_equal(
    tmp_path: Path,
    red_onnx: Path,
    foreign_onnx: Path,
    red_finder: nn.Module,
    person_spec: ModelSpec,
    make_data_set: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    checkpoint, weights = tmp_path / "checkpoint.pt", red_finder.state_dict()
    spec = replace(person_spec, input_height=60, input_width=80)
    payload = {"arch": "red_finder", "config": {}, "spec": spec.to_json(), "model": weights, "ema": weights}
    save_checkpoint(checkpoint, payload)
    models = _evaluate([red_onnx, checkpoint, foreign_onnx], [make_data_set("people")], tmp_path / "scratch")
    assert [model.name for model in models] == ["red", "checkpoint", "foreign"]
    assert models[0].sets[0].person_iou == models[1].sets[0].person_iou
    assert models[2].sets[0].person_iou == pytest.approx(models[0].sets[0].person_iou, abs=0.15)
    said = capsys.readouterr().err
    assert "foreign: no ModelSpec inside" in said
    assert "red:" not in said


def test_json_and_table_hold_the_figures(tmp_path: Path, red_onnx: Path, make_data_set: Callable[..., Path]) -> None:
    models = _evaluate([red_onnx], [make_data_set("people")], tmp_path / "scratch")
    (tmp_path / "figures.json").write_text(to_json(models), encoding="utf-8")
    assert load_figures(tmp_path / "figures.json") == models
    table = make_table(models)
    assert table.row_count == 1
    assert [column.header for column in table.columns][:4] == ["set", "pictures", "model", "person IoU"]


def test_models_of_one_name_are_told_apart(tmp_path: Path, red_onnx: Path) -> None:
    copy = tmp_path / "older" / red_onnx.name
    copy.parent.mkdir()
    copy.write_bytes(red_onnx.read_bytes())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert [c.name for c in open_candidates([red_onnx, copy], scratch)] == [str(red_onnx), str(copy)]


def test_folder_without_pictures_is_named(tmp_path: Path, red_onnx: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        _evaluate([red_onnx], [tmp_path / "nothing"], tmp_path / "scratch")


def test_sets_are_named_by_their_path() -> None:
    assert set_name(Path("/data/selfie/val")) == "selfie/val"
    assert set_name(Path("/data/selfie")) == "selfie"
