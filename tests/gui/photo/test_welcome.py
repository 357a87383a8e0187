"""The Photo page before the first photo: sample, webcam, tips."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from portrait.files.system.assets import asset_path
from portrait.gui.photo.welcome import TIPS, Welcome


def test_the_sample_is_opened_and_saved_elsewhere(under_test, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    page = under_test.window.photo_page
    opened, proposed = [], []
    monkeypatch.setattr(page.photos, "add", lambda photos, look: opened.extend(photos))
    qtbot.mouseClick(page.empty_state.sample_button, Qt.MouseButton.LeftButton)
    assert opened == [asset_path("samples", "astronaut.jpg")]
    monkeypatch.setattr(type(page), "has_portrait", property(lambda _: True))
    monkeypatch.setattr(page, "_photo", type("Opened", (), {"path": opened[0]}))
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_target", lambda _, path: proposed.append(path))
    page.files.choose_target()
    monkeypatch.setattr(page, "_photo", None)
    assert proposed[0].name == "astronaut-portrait.jpg"
    assert not proposed[0].is_relative_to(asset_path("samples"))


def test_the_webcam_is_one_click_away(under_test, qtbot) -> None:
    qtbot.mouseClick(under_test.window.photo_page.empty_state.webcam_button, Qt.MouseButton.LeftButton)
    assert under_test.window.current_page is under_test.window.live_page


def test_the_tour_goes_through_five_tips_and_begins_again(qtbot) -> None:
    welcome = Welcome()
    qtbot.addWidget(welcome)
    button, shown = welcome.findChild(QToolButton), []
    for _ in range(len(TIPS) + 1):
        shown.append(welcome.tip)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len({*shown}) == len(TIPS) == 5
    assert shown[0] == shown[-1]
    assert shown[1].startswith("Tip 2 of 5: ")
