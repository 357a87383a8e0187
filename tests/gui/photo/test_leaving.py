"""Changes by hand are not lost with the window: who closes it is asked, where neither portrait nor project has them."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from portrait.core.matting.strokes import Stroke
from portrait.gui.widgets.dialogs import ask_to_leave
from portrait.photo.edits import PhotoEdits
from portrait.photo.project_file import load_project

DAB = PhotoEdits((Stroke("add", ((0.1, 0.1),), 0.05, 1.0),))
ASK, ASK_TARGET = "portrait.gui.delayed_close.ask_to_leave", "portrait.gui.photo.projects.ask_for_project_target"


@pytest.fixture
def page(under_test, photo_path: Path):
    """A photo with a stroke that is nowhere else."""
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    page.editing.history.push(DAB, "dab")
    under_test.wait(lambda: not under_test.shell.bridge.photo.stages)
    return page


def save(under_test, target: Path) -> None:
    page = under_test.window.photo_page
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done" and not under_test.shell.bridge.photo.stages)


def test_a_window_with_unsaved_strokes_stays_if_the_user_says_so(under_test, page, monkeypatch) -> None:
    under_test.window.show_page("live")
    monkeypatch.setattr(ASK, lambda _, count: "stay")
    assert not under_test.window.close()
    assert under_test.window.isVisible()
    assert under_test.window.current_page is page
    assert page.isEnabled()
    monkeypatch.setattr(ASK, lambda _, count: "leave")
    assert under_test.window.close()


def test_nobody_is_asked_about_what_is_saved_or_undone(under_test, page, photo_path: Path, leaving: list[int]) -> None:
    portrait = photo_path.with_name("out.png")
    save(under_test, portrait)
    page.close_photo()
    page.editing.history._stacks.clear()  # as after a new start
    under_test.open_photos(portrait)
    assert page.editing.history.edits == DAB
    other = photo_path.with_name("b.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(other)
    page.editing.history.push(DAB, "dab")
    page.editing.history.undo()
    assert under_test.window.close()
    assert leaving == []


def test_a_stroke_after_saving_is_asked_about(under_test, page, photo_path: Path, leaving: list[int]) -> None:
    save(under_test, photo_path.with_name("out.png"))
    page.editing.history.push(PhotoEdits((*DAB.mask, *DAB.mask)), "again")
    under_test.window.close()
    assert leaving == [1]


def test_the_window_closes_once_a_project_has_the_strokes(under_test, page, tmp_path: Path, monkeypatch) -> None:
    project = tmp_path / "p.portrait"
    monkeypatch.setattr(ASK, lambda _, count: "save")
    monkeypatch.setattr(ASK_TARGET, lambda *_: None)
    assert not under_test.window.close()
    assert under_test.window.isVisible(), "the dialog of the project was cancelled"
    monkeypatch.setattr(ASK_TARGET, lambda *_: tmp_path / "missing" / "p.portrait")
    assert not under_test.window.close()
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert under_test.window.isVisible(), "the project could not be written"
    monkeypatch.setattr(ASK_TARGET, lambda *_: project)
    assert not under_test.window.close()
    under_test.wait(lambda: not under_test.window.isVisible())
    assert load_project(project).photos[0].kept.edits == DAB


def test_a_window_waits_until_all_are_saved(under_test, page, photo_path: Path, leaving: list[int]) -> None:
    other = photo_path.with_name("b.png")
    other.write_bytes(photo_path.read_bytes())
    page.photos.add([other], page.series.current_look())
    targets = [photo_path.with_name(f"{n}-portrait.png") for n in range(2)]
    settings = under_test.shell.model.settings
    page.save_all.begin([(photo_path, settings), (other, settings)], targets)
    assert not under_test.window.close()
    under_test.wait(lambda: not under_test.window.isVisible())
    assert all(target.exists() for target in targets)
    assert leaving == []


def test_ctrl_c_asks_nothing(under_test, page, leaving: list[int]) -> None:
    under_test.window.close_unasked()
    assert not under_test.window.isVisible()
    assert leaving == []


@pytest.mark.parametrize(("button", "answer"), [("Save project…", "save"), ("Close without saving", "leave")])
def test_the_dialog_names_the_photos_and_takes_an_answer(under_test, button: str, answer: str) -> None:
    texts: list[str] = []

    def click() -> None:
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
        texts.append(box.text())
        next(one for one in box.buttons() if one.text() == button).click()

    QTimer.singleShot(0, click)
    assert ask_to_leave(under_test.window, 3) == answer
    assert texts == ["3 photos were changed by hand and not saved"]
