"""What is said of the photo lasts as long as it is true; what is said of a save is not lost by it."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from portrait.core.matting.strokes import Stroke
from portrait.errors import ImageFileError
from portrait.gui.photo import photo_service
from portrait.photo.edits import PhotoEdits
from portrait.photo.saving import SavedPortrait
from tests.files.phone_heic import SUBJECT, phone_heic

pytestmark = pytest.mark.slow

PATIENCE_S = 20.0


@pytest.fixture
def cmyk_path(photo_path: Path) -> Path:
    """A photo that is opened with a warning."""
    path = photo_path.with_name("cmyk.jpg")
    Image.open(photo_path).convert("CMYK").save(path)
    return path


def test_an_error_of_the_background_goes_with_it(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    model, banner = under_test.shell.model, under_test.window.photo_page.banner
    model.set_value("background", f"image:{photo_path.with_name('gone.jpg')}")
    under_test.wait(lambda: banner.kind == "error")
    model.set_value("background", "mono")
    under_test.wait(lambda: banner.kind is None)


def test_the_warning_of_the_photo_comes_back_when_an_error_goes(under_test, cmyk_path: Path) -> None:
    under_test.open_photos(cmyk_path)
    model, banner = under_test.shell.model, under_test.window.photo_page.banner
    warning = banner.text
    assert banner.kind == "info"
    model.set_value("background", f"image:{cmyk_path.with_name('gone.jpg')}")
    under_test.wait(lambda: banner.kind == "error")
    model.set_value("background", "mono")
    under_test.wait(lambda: banner.text == warning)


def test_a_warning_that_was_closed_stays_closed(under_test, cmyk_path: Path) -> None:
    under_test.open_photos(cmyk_path)
    service, banner = under_test.shell.bridge.photo, under_test.window.photo_page.banner
    banner.clear()
    for key, value in (("blur.f_number", 5.6), ("quality", "fine")):
        with under_test.qtbot.waitSignal(service.preview_rendered):
            under_test.shell.model.set_value(key, value)
        under_test.wait(lambda: not service.stages)
    assert banner.kind is None


def test_the_matte_of_the_camera_is_told_until_it_is_ignored(under_test, tmp_path: Path) -> None:
    matte = np.zeros((64, 96), np.uint8)
    matte[24:, 8:40] = 255
    path = tmp_path / "phone.heic"
    path.write_bytes(phone_heic({SUBJECT: matte}))
    under_test.open_photos(path)
    banner = under_test.window.photo_page.banner
    under_test.wait(lambda: "camera's" in banner.text)
    under_test.shell.model.set_value("camera_matte", "off")
    under_test.wait(lambda: "camera's" not in banner.text)


@pytest.mark.usefixtures("nobody")
def test_a_photo_with_a_warning_and_without_a_person_has_both_told(under_test, cmyk_path: Path) -> None:
    under_test.open_photos(cmyk_path)
    banner = under_test.window.photo_page.banner
    assert banner.kind == "warning"
    assert "No person found" in banner.text
    assert "CMYK" in banner.text
    assert "Brush over what is to stay sharp" in banner.text


def test_a_saved_portrait_is_told_beside_what_the_next_photo_has_to_say(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    under_test.open_photos(photo_path)
    release, save_portrait = threading.Event(), photo_service.save

    def held(engine, wanted):
        assert release.wait(PATIENCE_S)
        return save_portrait(engine, wanted)

    monkeypatch.setattr(photo_service, "save", held)
    page, other = under_test.window.photo_page, photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes())
    page.save_to(photo_path.with_name("anna-portrait.png"))
    request.getfixturevalue("nobody")
    under_test.window.open_photos([other])
    release.set()
    under_test.wait(lambda: page.banner.kind == "warning" and not page.is_busy)
    assert "No person found" in page.banner.text
    assert page.save_banner.text == "Saved as anna-portrait.png"


def test_of_two_saves_the_one_that_failed_is_told(under_test, photo_path: Path, monkeypatch) -> None:
    under_test.open_photos(photo_path)

    def save(engine, request) -> SavedPortrait:
        if request.target.name == "first.png":
            raise ImageFileError("the disk is full", "free some space")
        return SavedPortrait(request.target, ())

    monkeypatch.setattr(photo_service, "save", save)
    page = under_test.window.photo_page
    for name in ("first.png", "second.png"):
        page.save_to(photo_path.with_name(name))
    under_test.wait(lambda: not page.is_busy)
    assert page.save_banner.text == "The disk is full\nFree some space"


def test_a_failed_save_is_told_while_its_photo_is_shown_and_marked_in_the_row(
    under_test, photo_path: Path, monkeypatch
) -> None:
    other = photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path, other)
    page = under_test.window.photo_page

    def save(engine, request) -> SavedPortrait:
        raise ImageFileError("the disk is full", "free some space")

    monkeypatch.setattr(photo_service, "save", save)
    page.save_to(photo_path.with_name("first.png"))
    under_test.wait(lambda: page.save_banner.kind == "error")
    page.strip.go_to_next()
    under_test.wait(lambda: page.header.title == "other.png" and not page.is_busy)
    assert page.save_banner.kind is None, "it is about another photo"
    assert page.photos.entries[0].failure == "the disk is full"
    page.strip.go_to_previous()
    under_test.wait(lambda: page.header.title == "anna.png" and not page.is_busy)
    assert page.save_banner.text == "The disk is full\nFree some space"
    assert page.photos.entries[0].failure == "the disk is full"


def test_a_save_that_fails_when_another_photo_is_shown_names_its_own(under_test, photo_path: Path, monkeypatch) -> None:
    other = photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path, other)
    page, release = under_test.window.photo_page, threading.Event()

    def save(engine, request) -> SavedPortrait:
        assert release.wait(PATIENCE_S)
        raise ImageFileError("the disk is full", "free some space")

    monkeypatch.setattr(photo_service, "save", save)
    page.save_to(photo_path.with_name("first.png"))
    page.strip.go_to_next()
    release.set()
    under_test.wait(lambda: page.save_banner.kind == "error" and not page.is_busy)
    assert page.save_banner.text == "anna.png was not saved: the disk is full\nFree some space"


def test_the_old_portrait_recedes_while_the_next_photo_opens(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_test.open_photos(photo_path)
    release, open_photo = threading.Event(), photo_service.open_photo

    def held(*request: object):
        assert release.wait(PATIENCE_S)
        return open_photo(*request)

    monkeypatch.setattr(photo_service, "open_photo", held)
    view = under_test.window.photo_page.view
    before = view.grab().toImage()
    with under_test.qtbot.waitSignal(under_test.shell.bridge.photo.preview_rendered):
        under_test.window.open_photos([photo_path])
        receded = view.grab().toImage()
        release.set()
    assert receded != before
    assert view.grab().toImage() == before


def test_a_dropped_video_opens_on_its_page_and_one_among_photos_is_offered(under_test, photo_path: Path, drag) -> None:
    window, video = under_test.window, photo_path.with_name("my clip.MP4")
    page = window.photo_page
    drag(page, video)
    assert window.current_page is window.video_page
    assert window.video_page.form.source == video
    window.show_page("photo")
    with under_test.qtbot.waitSignal(under_test.shell.bridge.photo.preview_rendered):
        drag(page, video, photo_path, video.with_suffix(".mov"))
    assert page.header.title == "anna.png"
    assert "2 videos were left out" in page.save_banner.text
    page.save_banner.findChild(QPushButton).click()
    assert window.current_page is window.video_page
    under_test.open_photos(photo_path)
    assert page.save_banner.kind is None


def test_what_was_said_of_the_portrait_before_goes_with_the_next_stroke(under_test, photo_path: Path) -> None:
    """It lies over the photo, where the next stroke may be wanted."""
    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    strokes = [Stroke("add", ((0.1 * n, 0.1),), 0.05) for n in (1, 2, 3)]

    def brush(count: int) -> None:
        page.editing.history.push(PhotoEdits(tuple(strokes[:count])), "stroke")

    brush(1)
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done")
    brush(2)
    assert page.save_banner.kind is None
    page.save_to(photo_path)
    under_test.wait(lambda: page.save_banner.kind == "error")
    brush(3)
    assert page.save_banner.kind == "error"
    under_test.open_photos(target)
    assert "opened again" in page.banner.text
    brush(3)
    assert page.banner.kind is None
