"""Presets keep looks, and nothing of the photo."""

from dataclasses import replace
from pathlib import Path

import pytest

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.errors import SettingsError
from portrait.settings import Settings, read_setting, replace_setting, replace_settings, setting_field
from portrait.settings.presets import BUILT_IN, Preset, delete_preset, find_preset, save_preset


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr("portrait.settings.presets.presets_folder", lambda: tmp_path / "presets")
    return tmp_path / "presets"


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
def test_a_preset_sets_all_that_looks_change_and_nothing_of_the_photo(preset: Preset) -> None:
    settings = replace_settings(replace_setting(Settings(), "quality", "fast"), find_preset("stage").all_values)
    settings = replace_settings(settings, preset.all_values)
    assert settings.quality == "fast"
    assert settings.background == preset.values.get("background", "blur")
    for key, value in preset.values.items():
        assert setting_field(key).require(value) == read_setting(settings, key)


def test_what_is_kept_comes_back_without_the_photos_own(folder: Path) -> None:
    blur = BlurOptions(1.8, highlight_boost=0.4, cats_eye=0.3, lens=Lens(85.0, 2.0))
    settings = replace(Settings(), background="image:/beach.jpg", blur=blur, depth="off")
    kept = save_preset(" At the sea ", settings)
    assert kept.path == folder / "At the sea.json"
    assert find_preset("At the sea") == kept
    again = replace_settings(Settings(), kept.all_values)
    assert again == replace(settings, blur=replace(blur, lens=Lens()), depth="auto")
    delete_preset(kept)
    delete_preset(kept)
    with pytest.raises(SettingsError, match="no preset"):
        find_preset("At the sea")


@pytest.mark.parametrize("name", ["", "a/b", "..", "Stage", "x" * 61])
def test_some_names_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        save_preset(name, Settings())
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    folder.write_text("in the way")
    with pytest.raises(SettingsError, match="cannot be made"):
        save_preset("mine", Settings())
