"""A snapshot of the live view: a photo's quality, and nothing that live hides."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.formats import SaveOptions
from portrait.live.snapshot import name_by_time, save_new_photo, take_snapshot

BLUR = BlurOptions(blur_radius_fraction=0.05)


@pytest.fixture
def frame(portrait_scene) -> np.ndarray:
    return portrait_scene(96, 128)[0]


def snapshot(engine: PortraitEngine, frame: np.ndarray, background: str = "blur") -> np.ndarray:
    return take_snapshot(engine, frame, np.zeros_like(frame), BLUR, background, "off")


def test_it_is_the_photo_s_portrait(engine: PortraitEngine, frame: np.ndarray) -> None:
    expected = engine.process(frame, BLUR, quality="fine").image
    np.testing.assert_array_equal(snapshot(engine, frame), expected)


@pytest.mark.parametrize("background", ["transparent", "image:/none.png"])
def test_a_background_that_live_cannot_show_leaves_what_is_shown(
    engine: PortraitEngine, frame: np.ndarray, background: str
) -> None:
    assert not snapshot(engine, frame, background).any()


def test_where_nobody_is_found_the_room_stays_hidden(
    engine: PortraitEngine, frame: np.ndarray, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = np.zeros((64, 64), np.float32)
    monkeypatch.setattr(ellipse_segmenter, "find_probability", lambda image, input_size=None: empty.copy())
    assert not snapshot(engine, frame).any()


def test_names_are_by_time_and_free(tmp_path: Path) -> None:
    now = datetime(2026, 1, 31, 18, 5, 9)
    first = name_by_time(tmp_path, ".jpg", now)
    assert first.name == "Portrait 2026-01-31 18.05.09.jpg"
    first.touch()
    assert name_by_time(tmp_path, ".jpg", now).name == "Portrait 2026-01-31 18.05.09 (2).jpg"


def test_a_taken_name_is_refused(tmp_path: Path, frame: np.ndarray) -> None:
    path = tmp_path / "a.png"
    save_new_photo(path, frame, SaveOptions())
    with pytest.raises(PortraitError, match="there already"):
        save_new_photo(path, np.zeros_like(frame), SaveOptions())
    with Image.open(path) as saved:
        np.testing.assert_array_equal(np.asarray(saved), frame)
