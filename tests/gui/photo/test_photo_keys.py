"""The keys of the Photo page: tools, brush, mask, magnification, undo."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def page(under_test, photo_path: Path):
    under_test.open_photos(photo_path)
    under_test.qtbot.waitUntil(under_test.window.isActiveWindow)
    under_test.window.photo_page.view.setFocus()
    return under_test.window.photo_page


def press(under_test, key: Qt.Key, modifier: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    under_test.qtbot.keyClick(under_test.window.photo_page.view, key, modifier)


def test_letters_take_tools_and_escape_puts_them_away(under_test, page) -> None:
    for key, tool in ((Key.Key_B, "add"), (Key.Key_E, "remove"), (Key.Key_G, "part"), (Key.Key_H, "move")):
        press(under_test, key)
        assert page.editing.tool == tool
        assert page.editing.bar.tool_buttons[tool].isChecked()
    press(under_test, Key.Key_B)
    press(under_test, Key.Key_Escape)
    assert page.editing.tool == "move"
    press(under_test, Key.Key_P)
    assert page.editing.tool == "move", "there is nobody to choose from"


def test_brackets_change_the_brush(under_test, page) -> None:
    brush = page.editing.brush
    radius_px, hardness = brush.radius_px, brush.hardness
    press(under_test, Key.Key_BracketRight)
    assert brush.radius_px > radius_px
    assert page.editing.bar.size_slider.value() == round(brush.radius_px)
    press(under_test, Key.Key_BracketLeft)
    assert brush.radius_px == pytest.approx(radius_px)
    press(under_test, Key.Key_BraceRight)
    assert brush.hardness > hardness


def test_the_photo_is_magnified_by_keys(under_test, page) -> None:
    view = page.view
    press(under_test, Key.Key_Plus, Modifier.ControlModifier)
    assert view.viewport.scale > 1.0
    press(under_test, Key.Key_0, Modifier.ControlModifier)
    assert view.viewport.is_fitted
    view.zoom_to(3.0)
    press(under_test, Key.Key_1, Modifier.ControlModifier)
    assert view.viewport.scale == 1.0
    assert under_test.window.current_page is page


def test_from_another_page_the_key_goes_to_the_photo_as_it_was(under_test, page) -> None:
    page.view.zoom_to(3.0)
    under_test.window.show_page("live")
    under_test.qtbot.keyClick(under_test.window, Key.Key_1, Modifier.ControlModifier)
    assert under_test.window.current_page is page
    assert page.view.viewport.scale == 3.0


def test_m_shows_the_mask_and_undo_takes_back(under_test, page) -> None:
    press(under_test, Key.Key_M)
    assert page.view.overlay == "red"
    assert page.editing.bar.mask_button.isChecked()
    under_test.shell.model.set_value("blur.f_number", 8.0)
    press(under_test, Key.Key_Z, Modifier.ControlModifier)
    assert under_test.shell.model.settings.blur.f_number == 2.0


def test_on_another_page_undo_leaves_the_photo_alone(under_test, page) -> None:
    under_test.shell.model.set_value("blur.f_number", 8.0)
    under_test.window.show_page("batch")
    under_test.qtbot.keyClick(under_test.window, Key.Key_Z, Modifier.ControlModifier)
    assert under_test.shell.model.settings.blur.f_number == 8.0
    under_test.window.show_page("photo")
    press(under_test, Key.Key_Z, Modifier.ControlModifier)
    assert under_test.shell.model.settings.blur.f_number == 2.0


def test_escape_puts_the_tool_down_and_then_leaves_full_screen(under_test, page) -> None:
    window = under_test.window
    press(under_test, Key.Key_F)
    press(under_test, Key.Key_B)
    assert window.isFullScreen()
    press(under_test, Key.Key_Escape)
    assert window.isFullScreen()
    assert window.photo_page.editing.tool == "move"
    press(under_test, Key.Key_Escape)
    assert not window.isFullScreen()
    window.show_page("live")
    window.showFullScreen()
    under_test.qtbot.keyClick(window, Key.Key_Escape)
    assert not window.isFullScreen()
