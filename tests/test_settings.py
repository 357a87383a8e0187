import json
import logging
import math
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.lens import THIRD_STOPS, BlurOptions
from portrait.engine import Quality
from portrait.errors import SettingsError
from portrait.files.image_io import DEFAULT_MAX_MEGAPIXELS, SaveOptions
from portrait.settings import (
    FIELDS,
    SettingField,
    Settings,
    load_settings,
    read_setting,
    replace_setting,
    save_settings,
    setting_field,
)

SOME_SETTINGS = Settings(
    background="color:#00B140",
    blur=BlurOptions(f_number=2.8, aperture_shape="hexagon", highlight_boost=0.25),
    grain="off",
    quality="fine",
    model="my-model",
    save=SaveOptions(format="png", quality=80),
    no_person="skip",
    max_megapixels=50.0,
    live_source="2",
    live_width=640,
    live_height=480,
    color_scheme="dark",
)


def _save_values(path: Path, values: object) -> Path:
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def test_saved_settings_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "settings.json"
    save_settings(SOME_SETTINGS, path)
    assert load_settings(path) == SOME_SETTINGS


def test_missing_file_gives_the_built_in_settings(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json") == Settings()


def test_missing_keys_keep_their_built_in_values(tmp_path: Path) -> None:
    path = _save_values(tmp_path / "settings.json", {"blur.f_number": 4})
    assert load_settings(path) == Settings(blur=BlurOptions(f_number=4.0))


def test_unknown_key_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = _save_values(tmp_path / "settings.json", {"blur.f_numbr": 4, "quality": "fine"})
    with caplog.at_level(logging.WARNING):
        assert load_settings(path) == Settings(quality="fine")
    assert "blur.f_numbr" in caplog.text
    assert str(path) in caplog.text


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("blur.f_number", 99, "1.4..16"),
        ("blur.f_number", "2.0", "1.4..16"),
        ("blur.f_number", True, "1.4..16"),
        ("blur.f_number", None, "1.4..16"),
        ("quality", "best", "fast|fine"),
        ("save.quality", 92.5, "1..100"),
        ("model", 3, "TEXT"),
        ("background", "beach", "image:FILE"),
        ("background", "color:green", "color:#RRGGBB"),
    ],
)
def test_value_out_of_range_names_key_range_and_file(tmp_path: Path, key: str, value: object, allowed: str) -> None:
    path = _save_values(tmp_path / "settings.json", {key: value})
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert key in caught.value.message
    assert str(path) in caught.value.message
    assert allowed in caught.value.hint


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"blur.f_number": NaN}', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"blur\.f_number"):
        load_settings(path)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"text"', "\x00\x01"])
def test_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"settings\.json") as caught:
        load_settings(path)
    assert "delete the file" in caught.value.hint


def test_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_settings_that_cannot_be_saved_say_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="settings"):
        save_settings(Settings(), tmp_path / "file" / "settings.json")
    with pytest.raises(SettingsError, match="not saved"):
        save_settings(Settings(), tmp_path)


def test_table_agrees_with_the_services() -> None:
    assert setting_field("quality").choices == get_args(Quality)
    assert setting_field("max_megapixels").default == DEFAULT_MAX_MEGAPIXELS
    assert len({row.key for row in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.key)
def test_every_row_takes_its_own_default_and_the_ends_of_its_range(row: SettingField) -> None:
    assert row.require(row.default) == row.default
    assert row.parse(str(row.default)) == row.default
    for value in (*row.choices, row.minimum, row.maximum):
        if value is not None:
            assert read_setting(replace_setting(Settings(), row.key, value), row.key) == value
    if row.minimum is not None and row.maximum is not None:
        for beyond in (row.minimum - 1, row.maximum + 1, math.nan, math.inf):
            with pytest.raises(SettingsError):
                row.require(beyond)


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.key)
def test_replacing_one_setting_leaves_the_others(row: SettingField) -> None:
    changed = replace_setting(SOME_SETTINGS, row.key, row.default)
    for other in FIELDS:
        if other.key != row.key:
            assert read_setting(changed, other.key) == read_setting(SOME_SETTINGS, other.key)


@given(st.floats(1.4, 16.0))
def test_numbers_survive_the_command_line(f_number: float) -> None:
    assert setting_field("blur.f_number").parse(repr(f_number)) == f_number


def test_f_number_stops_are_the_lens_scale() -> None:
    stops = THIRD_STOPS
    row = setting_field("blur.f_number")
    assert (stops[0], stops[-1]) == (row.minimum, row.maximum)
    assert row.default in stops
    thirds = [3.0 * math.log2((b / a) ** 2) for a, b in pairwise(stops)]
    assert all(0.6 < third < 1.5 for third in thirds)  # engraved numbers are rounded
