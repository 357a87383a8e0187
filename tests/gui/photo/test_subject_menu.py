"""The menu of what was found in a photo."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QAction

from portrait.engine import PortraitEngine
from tests.photo.pets import DOG, PERSON, PetSegmenter


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "pets.png"
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)).save(path)
    return path


def entry(under_test, text: str) -> QAction:
    return next(action for action in under_test.window.photo_page.subject_menu.actions() if text in action.text())


def test_what_is_checked_stays_sharp_and_can_be_undone(open_window: Callable, photo: Path) -> None:
    under_test = open_window(lambda: PortraitEngine(PetSegmenter()))
    page, service = under_test.window.photo_page, under_test.shell.bridge.photo
    assert not page.subject_button.isEnabled()
    assert not page.subject_menu.menuAction().isEnabled()
    under_test.open_photos(photo)
    under_test.wait(lambda: not service.stages)
    menu = page.subject_menu
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["People", "Looking for more…"]
    under_test.wait(lambda: len(menu.actions()) == 2 and "Dog" in menu.actions()[1].text())
    assert entry(under_test, "Dog").text() == "Dog: 15 % of the picture"
    assert [action.isChecked() for action in menu.actions()] == [True, False]

    entry(under_test, "Dog").trigger()
    under_test.wait(lambda: not service.stages and service.found.mended.base[DOG].mean() > 0.9)
    assert under_test.shell.model.settings.subject == "person,dog"
    menu.aboutToShow.emit()
    entry(under_test, "People").trigger()
    under_test.wait(lambda: not service.stages and service.found.mended.base[PERSON].mean() < 0.1)
    assert service.found.mended.base[DOG].mean() > 0.9
    assert page.editing.undo_action.text().endswith("What stays sharp")
    page.editing.history.undo()
    under_test.wait(lambda: not service.stages and service.found.mended.base[PERSON].mean() > 0.9)
    assert under_test.shell.model.settings.subject == ""


def test_without_classes_the_menu_says_so(open_window: Callable, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = PetSegmenter()
    monkeypatch.setattr(network, "find_labels", lambda image: np.zeros((120, 160), np.uint8))
    under_test = open_window(lambda: PortraitEngine(network))
    under_test.open_photos(photo)
    menu = under_test.window.photo_page.subject_menu
    menu.aboutToShow.emit()
    under_test.wait(lambda: menu.actions()[-1].text() == "Nothing else was found")
    assert not menu.actions()[-1].isEnabled()
