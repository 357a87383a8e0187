"""The window: a camera raw file is read again when the setting changes, and as a portrait of it says."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.files.raw import development
from portrait.photo.reopening import reopen
from tests.files.dng import make_dng, patches

pytest.importorskip("rawpy")

PREVIEW, DEVELOPED = (480, 640), (120, 160)


@pytest.fixture
def raw_photo(tmp_path: Path, developed_here: None) -> Path:
    file = io.BytesIO()
    Image.fromarray(np.full((*PREVIEW, 3), 90, np.uint8)).save(file, "JPEG")
    path = tmp_path / "a.dng"
    path.write_bytes(make_dng(patches(*DEVELOPED), 1, file.getvalue()))
    return path


def size_shown(under_test) -> tuple[int, ...]:
    found = under_test.shell.bridge.photo.found
    return () if found is None else found.photo.image.shape[:2]


def wait_for(under_test, size: tuple[int, int]) -> None:
    page = under_test.window.photo_page
    under_test.wait(lambda: size_shown(under_test) == size and not page.is_busy)
    assert page.photo.image.shape[:2] == size
    assert page.save_button.isEnabled()


def test_the_setting_reads_the_open_photo_again_and_undo_takes_it_back(under_test, raw_photo: Path) -> None:
    page, model = under_test.window.photo_page, under_test.shell.model
    under_test.open_photos(raw_photo)
    assert size_shown(under_test) == PREVIEW
    model.set_value("raw", "develop")
    wait_for(under_test, DEVELOPED)
    page.editing.history.undo()
    wait_for(under_test, PREVIEW)


def test_each_photo_keeps_how_it_is_read(under_test, raw_photo: Path) -> None:
    page, model = under_test.window.photo_page, under_test.shell.model
    other = raw_photo.with_name("b.dng")
    other.write_bytes(raw_photo.read_bytes())
    under_test.open_photos(raw_photo, other)
    model.set_value("raw", "develop")
    wait_for(under_test, DEVELOPED)
    for index, size, mode in ((1, PREVIEW, "preview"), (0, DEVELOPED, "develop")):
        page.photos.choose(index)
        wait_for(under_test, size)
        assert model.settings.raw == mode


def test_other_photos_are_not_opened_again(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    before = under_test.shell.bridge.photo.found.photo
    under_test.shell.model.set_value("raw", "develop")
    under_test.qtbot.wait(50)
    assert under_test.shell.bridge.photo.found.photo is before


def test_a_portrait_opens_its_photo_as_it_was_made(under_test, raw_photo: Path, tmp_path: Path) -> None:
    page, model = under_test.window.photo_page, under_test.shell.model
    under_test.open_photos(raw_photo)
    model.set_value("raw", "develop")
    wait_for(under_test, DEVELOPED)
    with under_test.qtbot.waitSignal(under_test.shell.bridge.photo.portrait_saved, timeout=20_000):
        page.save_to(tmp_path / "out.jpg")
    assert reopen(tmp_path / "out.jpg", 200.0).photo.raw == "develop", "at once, and not by the setting"
    page.close_photo()
    model.set_value("raw", "preview")
    under_test.open_photos(tmp_path / "out.jpg")
    wait_for(under_test, DEVELOPED)
    assert model.settings.raw == "develop"


def test_what_is_missing_is_said_and_the_way_back_shows_the_photo(
    under_test, raw_photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, model = under_test.window.photo_page, under_test.shell.model
    under_test.open_photos(raw_photo)
    monkeypatch.setattr(development, "find_spec", lambda name: None)
    model.set_value("raw", "develop")
    under_test.wait(lambda: "rawpy is not installed" in page.banner.text)
    model.set_value("raw", "preview")
    wait_for(under_test, PREVIEW)
