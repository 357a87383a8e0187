import json
import logging
import math
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.lens.aperture import ApertureShape
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import THIRD_STOPS, Lens
from portrait.engine import Quality
from portrait.errors import SettingsError
from portrait.files.image_io import DEFAULT_MAX_MEGAPIXELS, SaveOptions
from portrait.settings import (
    FIELDS,
    SettingField,
    Settings,
    SettingValue,
    file_options,
    load_settings,
    read_setting,
    replace_setting,
    save_settings,
    setting_field,
)

SOME_SETTINGS = Settings(
    background="color:#00B140",
    blur=BlurOptions(
        f_number=2.8,
        aperture_shape="nonagon",
        highlight_boost=0.25,
        lens=Lens(focal_length_mm=85.0, focus_distance_m=1.2),
        blade_curvature=0.3,
        aperture_rotation_deg=-15.0,
        cats_eye=0.4,
        swirl=0.1,
    ),
    grain="off",
    ground="off",
    depth="off",
    quality="fine",
    model="my-model",
    save=SaveOptions(format="png", quality=80),
    edits="off",
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


def test_what_is_left_to_the_picture_is_written_as_auto(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(Settings(), path)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert values["blur.lens.focal_length_mm"] == values["blur.lens.focus_distance_m"] == "auto"
    assert load_settings(path).blur.lens == Lens()


def test_a_file_from_before_the_lens_had_settings_still_loads(tmp_path: Path) -> None:
    old = {
        "background": "mono",
        "blur.f_number": 4.0,
        "blur.aperture_shape": "hexagon",
        "blur.highlight_boost": 0.5,
        "grain": "off",
        "color_scheme": "auto",
    }
    expected = Settings("mono", BlurOptions(4.0, aperture_shape="hexagon", highlight_boost=0.5), "off")
    assert load_settings(_save_values(tmp_path / "settings.json", old)) == expected


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
        ("blur.f_number", "auto", "1.4..16"),
        ("blur.lens.focal_length_mm", 35, "auto|50..200"),
        ("blur.lens.focal_length_mm", "automatic", "auto|50..200"),
        ("blur.lens.focal_length_mm", None, "auto|50..200"),
        ("blur.lens.focus_distance_m", 0, "auto|0.4..10"),
        ("quality", "best", "fast|fine"),
        ("ground", "on", "auto|off"),
        ("depth", "map.png", "auto|off"),
        ("save.quality", 92.5, "1..100"),
        ("model", 3, "TEXT"),
        ("background", "beach", "image:FILE"),
        ("background", "color:greenish", "color:#RRGGBB"),
    ],
)
def test_value_out_of_range_names_key_range_and_file(tmp_path: Path, key: str, value: object, allowed: str) -> None:
    path = _save_values(tmp_path / "settings.json", {key: value})
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert key in caught.value.message
    assert str(path) in caught.value.message
    assert allowed in caught.value.hint


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("blur.f_number", "f/2", 2.0),
        ("blur.f_number", "F/2.8", 2.8),
        ("blur.lens.focal_length_mm", "85 mm", 85.0),
        ("live_cpu_percent", "50%", 50.0),
        ("live_cpu_percent", "auto", "auto"),
    ],
)
def test_a_number_may_be_written_as_photographers_write_it(key: str, text: str, value: object) -> None:
    assert setting_field(key).parse(text) == value


@pytest.mark.parametrize("text", ["f/", "2mm", "f/two", "%"])
def test_what_is_no_number_behind_its_sign_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="must be a number"):
        setting_field("blur.f_number").parse(text)


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
    assert setting_field("blur.aperture_shape").choices == get_args(ApertureShape)
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


def test_a_value_deep_inside_leaves_its_neighbours() -> None:
    changed = replace_setting(SOME_SETTINGS, "blur.lens.focal_length_mm", 135)
    assert changed.blur.lens == Lens(135.0, 1.2)
    assert changed.blur.f_number == 2.8
    assert replace_setting(changed, "blur.lens.focal_length_mm", 85.0) == SOME_SETTINGS
    assert replace_setting(changed, "blur.lens.focus_distance_m", "auto").blur.lens == Lens(135.0)


@pytest.mark.parametrize("key", ["color_scheme", "blur.lens.focal_length_mm"])
def test_auto_is_a_word_where_it_is_a_choice_and_none_where_it_is_a_number(key: str) -> None:
    changed = replace_setting(SOME_SETTINGS, key, setting_field(key).parse("auto"))
    assert read_setting(changed, key) == "auto"
    assert (changed.blur.lens.focal_length_mm is None) == (key != "color_scheme")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("background", "stage"),
        ("blur.f_number", 5.6),
        ("blur.swirl", 0.5),
        ("grain", "off"),
        ("ground", "off"),
        ("depth", "off"),
        ("quality", "fast"),
        ("save.quality", 50),
        ("max_megapixels", 50.0),
        ("no_person", "skip"),
    ],
)
def test_what_is_set_for_files_reaches_them(key: str, value: SettingValue) -> None:
    changed = replace_setting(Settings(), key, value)
    assert file_options(changed) != file_options(Settings())


@given(st.floats(1.4, 16.0))
def test_numbers_survive_the_command_line(f_number: float) -> None:
    assert setting_field("blur.f_number").parse(repr(f_number)) == f_number


def test_f_number_stops_are_the_lens_scale() -> None:
    row = setting_field("blur.f_number")
    stops = row.stops
    assert stops == THIRD_STOPS
    assert (stops[0], stops[-1]) == (row.minimum, row.maximum)
    assert row.default in stops
    thirds = [3.0 * math.log2((b / a) ** 2) for a, b in pairwise(stops)]
    assert all(0.6 < third < 1.5 for third in thirds)  # engraved numbers are rounded
