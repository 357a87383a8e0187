from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.errors import ModelError
from portrait.files.system.assets import asset_path
from portrait.inference.model_store import (
    BUNDLED_MODELS,
    CLASSES_MODEL,
    LIVE_MODEL,
    PEOPLE_SUBJECTS,
    PHOTO_MODEL,
    find_model,
    list_models,
)

WriteModel = Callable[..., Path]


def test_models_are_listed_with_size_contract_and_card(write_model: WriteModel, tmp_path: Path) -> None:
    first, second = write_model("a"), write_model("b")
    second.with_suffix(".md").write_text("# b\n")
    entries = list_models(tmp_path)
    assert [entry.name for entry in entries] == ["a", "b"]
    assert entries[0].path == first
    assert entries[0].size_bytes == first.stat().st_size
    assert entries[0].card is None
    assert entries[0].role is None
    assert entries[1].card == second.with_suffix(".md")


def test_a_name_means_the_bundled_file_and_a_path_itself(write_model: WriteModel, tmp_path: Path) -> None:
    path = write_model("a")
    assert find_model("a", tmp_path) == path
    assert find_model(path, tmp_path / "elsewhere") == path


def test_the_default_is_bundled_with_its_card() -> None:
    path = find_model(None, asset_path("models"))
    assert path.stem == LIVE_MODEL
    assert path.stat().st_size < 10_000_000
    assert path.with_suffix(".md").is_file()


def test_each_quality_has_its_bundled_model(write_model: WriteModel, tmp_path: Path) -> None:
    live, other = write_model(LIVE_MODEL), write_model("other")
    with pytest.raises(ModelError, match=PHOTO_MODEL):
        find_model(None, tmp_path, "fine")
    photo = write_model(PHOTO_MODEL)
    assert [find_model(None, tmp_path, quality) for quality in ("fast", "fine")] == [live, photo]
    assert [find_model("other", tmp_path, quality) for quality in ("fast", "fine")] == [other, other]
    assert {entry.name: entry.role for entry in list_models(tmp_path)} == {
        "other": None,
        LIVE_MODEL: "fast",
        PHOTO_MODEL: "fine",
    }


def test_other_subjects_than_people_have_a_network_of_an_open_licence() -> None:
    bundled = {entry.name: entry for entry in list_models(asset_path("models"))}
    assert all(set(bundled[name].spec.possible_subjects) >= PEOPLE_SUBJECTS for name in BUNDLED_MODELS.values())
    classes = bundled[CLASSES_MODEL]
    assert len(classes.spec.possible_subjects) == 20
    assert classes.spec.licence == "Apache-2.0"
    assert classes.card is not None
    assert classes.size_bytes < 4_000_000


def test_a_file_of_another_kind_is_not_denied_to_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").touch()
    with pytest.raises(ModelError, match=r"'a.jpg' is neither the name of a model nor an \.onnx file"):
        find_model("a.jpg", tmp_path)


def test_an_unknown_name_lists_the_known(write_model: WriteModel, tmp_path: Path) -> None:
    write_model("a")
    with pytest.raises(ModelError, match="'z'") as caught:
        find_model("z", tmp_path)
    assert "a" in caught.value.hint
