"""What leaves the window besides a plain save: the clipboard, other programs, the original inside, kept changes."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QPushButton

from portrait.core.matting.strokes import Stroke
from portrait.files.image_io import load_photo
from portrait.gui.photo import copying
from portrait.gui.widgets import other_programs
from portrait.gui.widgets.qimage import from_qimage
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import edits_path
from portrait.photo.edits_library import EditsLibrary
from portrait.photo.enclosing import enclosed_in, is_taken_out
from portrait.photo.made_files import STATE_DIR_VARIABLE

DAB = Stroke("add", ((0.08, 0.12),), 0.05, 1.0)


@pytest.fixture
def page(under_test, photo_path: Path):
    under_test.open_photos(photo_path)
    return under_test.window.photo_page


def entry(under_test, text: str):
    """The entry of a menu, by its text without marks."""
    for menu in under_test.window.menuBar().findChildren(QMenu):
        menu.aboutToShow.emit()
        for action in menu.actions():
            if action.text().replace("&", "") == text:
                return action
    raise LookupError(text)


def answer(label: str | None) -> None:
    """Press a button of the message box that comes next; None: its last one."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        texts.append(box.text() + " " + box.informativeText())
        buttons = {button.text().replace("&", ""): button for button in box.findChildren(QPushButton)}
        buttons[label or "Cancel"].click()

    texts: list[str] = []
    answer.texts = texts  # type: ignore[attr-defined]  # what was asked
    QTimer.singleShot(0, press)


def save(under_test, page, target: Path) -> None:
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done" and target.name in page.save_banner.text)


def test_the_clipboard_gets_what_a_file_would_hold(under_test, page, photo_path: Path, monkeypatch) -> None:
    target = photo_path.with_name("out.png")
    under_test.shell.model.set_value("save.crop", "subject")
    save(under_test, page, target)
    entry(under_test, "Copy portrait").trigger()
    under_test.wait(lambda: page.save_banner.kind == "done" and "clipboard" in page.save_banner.text)
    saved = load_photo(target).image
    np.testing.assert_array_equal(from_qimage(QGuiApplication.clipboard().image()), saved)
    monkeypatch.setattr(copying, "_MOST_PIXELS", 600)
    page.clipboard.copy()
    under_test.wait(lambda: "clipboard" in page.save_banner.text and "Copying" not in page.save_banner.text)
    small = QGuiApplication.clipboard().image()
    assert 400 < small.width() * small.height() <= 600
    assert small.width() / small.height() == pytest.approx(saved.shape[1] / saved.shape[0], rel=0.1)


def test_transparency_goes_onto_the_clipboard_and_errors_are_told(under_test, page, photo_path: Path) -> None:
    under_test.shell.model.set_value("background", "transparent")
    page.clipboard.copy()
    under_test.wait(lambda: page.save_banner.kind == "done")
    image = QGuiApplication.clipboard().image()
    assert image.hasAlphaChannel()
    assert image.pixelColor(0, 0).alpha() == 0
    under_test.shell.model.set_value("background", f"image:{photo_path.with_name('gone.png')}")
    page.clipboard.copy()
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert "gone.png" in page.save_banner.text


def test_a_saved_portrait_is_handed_to_other_programs(under_test, page, photo_path: Path, monkeypatch) -> None:
    opened, started = [], []
    monkeypatch.setattr(other_programs.QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    monkeypatch.setattr(
        other_programs.QProcess, "startDetached", lambda name, rest: (started.append((name, *rest)) or True, 1)
    )
    monkeypatch.setattr("portrait.gui.photo.saved_portraits.ask_for_program", lambda *_: Path("/opt/paint"))
    assert not entry(under_test, "Show in folder").isEnabled()
    target = photo_path.with_name("out.png")
    save(under_test, page, target)
    for text in ("Show in folder", "Open", "Open with…"):
        entry(under_test, text).trigger()
    page.save_banner.findChild(QPushButton).click()
    assert opened == [target.parent, target, target.parent]
    assert started == [("/opt/paint", str(target))]
    assert other_programs._command(Path("/Applications/Paint.app"), target, "darwin")[:2] == ("open", "-a")
    monkeypatch.setattr(other_programs.QProcess, "startDetached", lambda *_: (False, 0))
    answer("OK")
    page.portraits.open_with()
    assert "paint could not be started" in answer.texts[0]  # type: ignore[attr-defined]
    target.unlink()
    assert page.portraits.newest is None


def test_the_original_goes_in_only_after_a_question_and_never_again(
    under_test, page, photo_path: Path, tmp_path: Path, monkeypatch
) -> None:
    page.editing.history.push(PhotoEdits((DAB,)), "dab")
    target = tmp_path / "out.jpg"
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_jpeg_target", lambda *_: target)
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_target", lambda *_: target)
    answer("Cancel")
    entry(under_test, "Save with the original inside…").trigger()
    assert "unblurred" in answer.texts[0]  # type: ignore[attr-defined]
    answer("Put it in…")
    entry(under_test, "Save with the original inside…").trigger()
    under_test.wait(lambda: page.save_banner.kind == "done")
    inside = enclosed_in(target)
    assert inside is not None
    assert inside.original == photo_path.read_bytes()
    # The portrait alone, on a machine that knows nothing of it.
    edits_path(target).unlink()
    photo_path.unlink()
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "fresh"))
    under_test.open_photos(target)
    under_test.wait(lambda: "opened again" in page.banner.text and not page.is_busy)
    assert is_taken_out(page.photo.path)
    assert page.editing.history.edits == PhotoEdits((DAB,))
    assert under_test.shell.model.recent.paths[0] == target
    assert page.files._proposed_target().parent == target.parent
    page.files.choose_target()
    under_test.wait(lambda: page.save_banner.kind == "done" and not page.is_busy)
    assert enclosed_in(target) is None


def test_changes_are_kept_in_the_library_and_cleared(under_test, page, photo_path: Path, tmp_path: Path) -> None:
    target = photo_path.with_name("out.png")
    page.editing.history.push(PhotoEdits((DAB,)), "dab")
    save(under_test, page, target)
    assert edits_path(target).exists()
    under_test.shell.model.set_value("edits", "library")
    save(under_test, page, target)
    assert not edits_path(target).exists(), "it would tell of the earlier portrait"
    assert EditsLibrary().count == 1
    (tmp_path / "far").mkdir()
    moved = target.rename(tmp_path / "far" / "moved.png")
    page.editing.history.push(PhotoEdits(), "nothing")
    under_test.open_photos(moved)
    under_test.wait(lambda: "opened again" in page.banner.text and not page.is_busy)
    assert page.editing.history.edits == PhotoEdits((DAB,))
    answer("Delete all")
    entry(under_test, "Kept changes…").trigger()
    assert "1 portrait" in answer.texts[0]  # type: ignore[attr-defined]
    assert EditsLibrary().count == 0
    answer("OK")
    entry(under_test, "Kept changes…").trigger()
    assert "hold no changes" in answer.texts[0]  # type: ignore[attr-defined]


def test_a_crop_is_framed_in_the_view(under_test, page) -> None:
    view = page.view
    whole = view.grab().toImage()
    under_test.shell.model.set_value("save.crop", "subject")
    left, top, right, bottom = view.crop
    assert 0.0 <= left < right <= 1.0
    assert 0.0 <= top < bottom <= 1.0
    assert (right - left) * (bottom - top) < 0.95
    framed, rect = view.grab().toImage(), view.image_rect()
    corner = framed.pixelColor(rect.right() - 2, rect.top() + 2)
    assert corner.lightness() < 0.7 * whole.pixelColor(rect.right() - 2, rect.top() + 2).lightness()
    view.hold_original(True)
    assert view.grab().toImage().pixelColor(rect.right() - 2, rect.top() + 2) != corner
    view.hold_original(False)
    under_test.shell.model.set_value("save.crop", "off")
    assert view.crop is None
    assert view.grab().toImage() == whole
