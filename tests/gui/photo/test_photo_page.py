"""Open, adjust, compare, save; and what is said when something is wrong."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QClipboard, QColor, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo

PATIENCE_S = 20.0


def drop(widget: QWidget, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(10, 10), action, mime, button, modifier))


def test_an_empty_page_says_what_to_do(under_test) -> None:
    page = under_test.window.photo_page
    assert page.body.currentWidget() is page.empty_state
    assert "Drop a photo" in page.empty_state.title
    assert not page.save_button.isEnabled()
    assert not page.compare_button.isEnabled()


def test_a_photo_is_opened_found_and_shown(under_test, photo_path: Path) -> None:
    page = under_test.window.photo_page
    under_test.open_photos(photo_path)
    assert page.view.isVisible()
    assert page.header.title == "anna.png"
    assert page.header.subtitle == "128 × 96"
    assert not page.is_busy
    assert page.save_button.isEnabled()
    assert page.compare_button.isEnabled()
    assert page.strip.isHidden()


def test_quality_finds_the_matte_again(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    service = under_test.shell.bridge.photo
    under_test.shell.model.set_value("quality", "fine")
    under_test.wait(lambda: service.found.quality == "fine" and not service.stages)


def test_an_answer_for_an_earlier_photo_is_dropped(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, engine: PortraitEngine
) -> None:
    second = photo_path.with_name("second.png")
    Image.fromarray(np.full((60, 50, 3), 90, np.uint8)).save(second)
    page, service = under_test.window.photo_page, under_test.shell.bridge.photo
    started, release = threading.Event(), threading.Event()
    find_matte = engine.find_matte

    def slow_find_matte(self, image, quality="fast"):
        started.set()
        assert release.wait(PATIENCE_S)
        return find_matte(image, quality)

    monkeypatch.setattr(PortraitEngine, "find_matte", slow_find_matte)
    found: list[tuple[int, ...]] = []
    service.matte_found.connect(lambda answer: found.append(answer.matte.shape))
    under_test.window.open_photos([photo_path])
    under_test.wait(started.is_set)
    with under_test.qtbot.waitSignal(service.preview_rendered, timeout=20_000):
        under_test.window.open_photos([second])
        release.set()
    assert found == [(60, 50)]
    assert page.header.title == "second.png"
    assert page.header.subtitle == "50 × 60"


def test_save_writes_the_full_size_and_leaves_the_photo(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    before = photo_path.read_bytes()
    page = under_test.window.photo_page
    target = photo_path.with_name("anna-portrait.jpg")
    page.save_to(target)
    assert page.is_busy
    under_test.wait(lambda: page.save_banner.kind == "done")
    assert "anna-portrait.jpg" in page.save_banner.text
    assert not page.is_busy
    assert load_photo(target).image.shape == (96, 128, 3)
    assert photo_path.read_bytes() == before


def test_two_saves_in_a_row_are_both_written(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    targets = [photo_path.with_name(name) for name in ("one.png", "two.png", "two.png", "three.jpg")]
    for target in targets:
        page.save_to(target)
    under_test.wait(lambda: not page.is_busy)
    assert all(target.exists() for target in targets)


def test_saving_onto_the_photo_is_refused(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    before = photo_path.read_bytes()
    page.save_to(photo_path)
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert "the photo itself" in page.save_banner.text
    assert page.save_button.isEnabled()
    assert photo_path.read_bytes() == before


def test_the_dialog_proposes_a_name_beside_the_photo(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    proposals: list[Path] = []

    def accept(parent: QWidget, proposed: Path) -> Path:
        proposals.append(proposed)
        return proposed

    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_target", accept)
    page.files.choose_target()
    under_test.wait(lambda: page.save_banner.kind == "done")
    assert proposals == [photo_path.with_name("anna-portrait.png")]
    assert proposals[0].exists()


def test_a_broken_file_is_named_with_a_hint_and_the_next_photo_opens(
    under_test, photo_path: Path, broken_path: Path
) -> None:
    page = under_test.window.photo_page
    under_test.window.open_photos([broken_path])
    under_test.wait(lambda: page.banner.kind == "error")
    assert "broken.png" in page.banner.text
    assert "\n" in page.banner.text, "no hint"
    assert page.body.currentWidget() is page.empty_state
    assert not page.is_busy
    assert not page.save_button.isEnabled()
    under_test.open_photos(photo_path)
    assert page.banner.isHidden()


@pytest.mark.usefixtures("nobody")
def test_a_photo_without_a_person_stays_as_it_is(under_test, photo_path: Path) -> None:
    page = under_test.window.photo_page
    under_test.open_photos(photo_path)
    assert page.banner.kind == "warning"
    assert "No person found" in page.banner.text
    assert "Fine" in page.banner.text
    assert not page.save_button.isEnabled()


def test_several_photos_are_gone_through(under_test, photo_path: Path) -> None:
    others = [photo_path.with_name(f"{name}.png") for name in ("b", "c")]
    for other in others:
        other.write_bytes(photo_path.read_bytes())
    page = under_test.window.photo_page
    under_test.open_photos(photo_path, *others)
    assert page.strip.position_label.text() == "1 of 3"
    assert not page.strip.previous_button.isEnabled()
    page.strip.go_to_previous()
    assert page.header.title == "anna.png"
    page.strip.go_to_next()
    page.strip.go_to_next()
    assert page.header.title == "c.png"
    assert not page.strip.next_button.isEnabled()
    under_test.wait(lambda: not page.is_busy)
    assert page.strip.position_label.text() == "3 of 3"


def test_a_cancelled_dialog_changes_nothing(under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = under_test.window.photo_page
    under_test.open_photos(photo_path, photo_path.with_name("b.png"))
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_photos", lambda parent, folder: [])
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_target", lambda parent, proposed: None)
    page.files.choose_photos()
    page.files.choose_target()
    assert page.strip.position_label.text() == "1 of 2"
    assert not page.is_busy
    assert list(photo_path.parent.iterdir()) == [photo_path]


def test_a_dropped_photo_is_opened_and_a_dropped_folder_goes_to_the_batch(under_test, photo_path: Path) -> None:
    window = under_test.window
    drop(window.photo_page, photo_path)
    under_test.wait(window.photo_page.save_button.isEnabled)
    drop(window.photo_page, photo_path.parent)
    assert window.current_page is window.batch_page
    assert window.batch_page.form.folders == (photo_path.parent, photo_path.parent.with_name("photos-portraits"))


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[QClipboard]:
    """The clipboard, empty again afterwards: what Python put there must not outlive the interpreter."""
    yield qapp.clipboard()
    qapp.clipboard().clear()


def test_paste_opens_pictures_and_files_and_says_when_there_is_none(
    under_test, clipboard: QClipboard, photo_path: Path
) -> None:
    page = under_test.window.photo_page
    clipboard.setText("only words")
    page.files.paste()
    assert page.banner.kind == "info"
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(QColor(80, 90, 100))
    clipboard.setImage(picture)
    page.files.paste()
    under_test.wait(page.save_button.isEnabled)
    assert page.header.subtitle.startswith("64 × 48")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo_path))])
    clipboard.setMimeData(mime)
    page.files.paste()
    assert page.header.title == "anna.png"


def test_a_bug_while_rendering_is_reported_and_ends_the_busy_bar(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(PortraitEngine, "find_matte", fail)
    page, reporter = under_test.window.photo_page, under_test.shell.reporter
    under_test.window.open_photos([photo_path])
    under_test.wait(lambda: reporter.dialog is not None)
    under_test.wait(lambda: not page.is_busy)
    assert "ZeroDivisionError: a bug" in reporter.dialog.detailedText()
    reporter.dialog.reject()
