"""Pages, keys, and what the window remembers."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QPushButton, QToolButton

from portrait.engine import PortraitEngine
from portrait.errors import SettingsError
from portrait.gui.options_panel import BACKDROP_KEYS, FILE_KEYS, LENS_KEYS, LOOK_KEYS
from portrait.gui.widgets.appearance import is_dark
from portrait.settings import Settings

pytestmark = pytest.mark.slow

GROUPS = {"look": LOOK_KEYS, "lens": LENS_KEYS, "files": FILE_KEYS}


def action(window, text: str) -> QAction:
    return next(a for a in window.findChildren(QAction) if a.text().replace("&", "") == text)


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        ("Photo", "1", "photo_page"),
        ("Live", "2", "live_page"),
        ("Batch", "3", "batch_page"),
        ("Video", "4", "video_page"),
    ],
)
def test_each_page_has_a_key_and_a_button(under_test, text: str, key: str, name: str) -> None:
    window = under_test.window
    entry = action(window, text)
    assert entry.shortcut().toString() == f"Ctrl+{key}"
    window.show_page("batch" if text == "Photo" else "photo")
    entry.trigger()
    assert window.current_page is getattr(window, name)
    assert window.rail.button(int(key) - 1).isChecked()
    window.show_page("live")
    under_test.qtbot.mouseClick(window.rail.button(int(key) - 1), Qt.MouseButton.LeftButton)
    assert window.current_page is getattr(window, name)


def test_no_two_actions_share_a_key(under_test) -> None:
    keys = [a.shortcut().toString() for a in under_test.window.findChildren(QAction) if not a.shortcut().isEmpty()]
    assert len(keys) >= 9
    assert len(set(keys)) == len(keys)


def test_each_page_shows_the_settings_that_change_something_there(under_test) -> None:
    window, panel = under_test.window, under_test.window.options_panel
    hidden = {}
    for name in ("photo", "live", "batch", "video"):
        window.show_page(name)
        editors = {key: getattr(panel, group).editor(key) for group, keys in GROUPS.items() for key in keys}
        hidden[name] = {key for key, editor in editors.items() if editor.isHidden()}
    of_photos = {"grain", "quality", "camera_matte", "raw", "ground", "depth", "depth_model", "focal_range", "people"}
    assert hidden == {
        "photo": {"no_person", "live_quality", "save.crop_margin", *BACKDROP_KEYS},  # blurred, and not cropped
        "live": {*of_photos, *BACKDROP_KEYS, *FILE_KEYS},
        "batch": {"edits", "live_quality", "save.crop_margin", *BACKDROP_KEYS},
        "video": {*of_photos, *BACKDROP_KEYS, *FILE_KEYS},
    }
    for name, is_hidden in (("live", True), ("batch", False), ("photo", False)):
        window.show_page(name)
        assert panel.files.isHidden() is is_hidden


def test_space_shows_the_original_from_anywhere_in_the_window(under_test, photo_path: Path) -> None:
    window = under_test.window
    window.open_photos([photo_path])
    under_test.wait(window.photo_page.save_button.isEnabled)
    slider = window.options_panel.look.editor("blur.f_number").slider
    under_test.qtbot.keyPress(slider, Qt.Key.Key_Space)
    assert window.photo_page.view.is_original_held
    under_test.qtbot.keyRelease(slider, Qt.Key.Key_Space)
    assert not window.photo_page.view.is_original_held


def test_the_picture_has_the_focus_once_a_photo_is_open_and_clicks_leave_it_there(under_test, photo_path: Path) -> None:
    window, page = under_test.window, under_test.window.photo_page
    under_test.open_photos(photo_path)
    under_test.qtbot.mouseClick(page.compare_button, Qt.MouseButton.LeftButton)
    assert page.compare_button.isChecked()
    assert window.focusWidget() is page.view
    under_test.qtbot.keyPress(window.focusWidget(), Qt.Key.Key_Space)
    assert page.view.is_original_held
    under_test.qtbot.keyRelease(window.focusWidget(), Qt.Key.Key_Space)
    assert page.compare_button.isChecked()


@pytest.fixture
def three_photos(photo_path: Path) -> list[Path]:
    photos = [photo_path, *(photo_path.with_name(f"{name}.png") for name in ("b", "c"))]
    for other in photos[1:]:
        other.write_bytes(photo_path.read_bytes())
    return photos


def test_page_keys_turn_the_photos_from_the_picture(under_test, three_photos: list[Path]) -> None:
    page = under_test.window.photo_page
    under_test.open_photos(*three_photos)
    under_test.qtbot.waitUntil(under_test.window.isActiveWindow)
    for key, title in (("Down", "b.png"), ("Down", "c.png"), ("Down", "c.png"), ("Up", "b.png")):
        under_test.qtbot.keyClick(page.view, Qt.Key[f"Key_Page{key}"])
        assert page.header.title == title


def test_page_keys_turn_the_photos_and_never_a_slider(under_test, three_photos: list[Path]) -> None:
    page, panel = under_test.window.photo_page, under_test.window.options_panel
    under_test.open_photos(*three_photos)
    page.editing.choose_tool("add")
    editors = [panel.look.editor("blur.f_number").slider, panel.look.editor("background").combo]
    before = under_test.shell.model.settings
    for control in (*editors, page.editing.bar.size_slider):
        size_px = page.editing.brush.radius_px
        control.setFocus()
        for key, title in (
            ("Down", "b.png"),
            ("Down", "c.png"),
            ("Down", "c.png"),
            ("Up", "b.png"),
            ("Up", "anna.png"),
        ):
            under_test.qtbot.keyClick(control, Qt.Key[f"Key_Page{key}"])
            assert page.header.title == title
        assert (under_test.shell.model.settings, page.editing.brush.radius_px) == (before, size_px)


@pytest.mark.parametrize("name", ["live", "batch"])
def test_page_keys_leave_the_photo_alone_on_other_pages(under_test, three_photos: list[Path], name: str) -> None:
    window = under_test.window
    under_test.open_photos(*three_photos)
    window.show_page(name)
    for target in (window, window.current_page, window.batch_page.form):
        under_test.qtbot.keyClick(target, Qt.Key.Key_PageDown)
    assert window.photo_page.header.title == "anna.png"
    assert window.current_page is not window.photo_page


NEEDS_PHOTO = ("Open depth map…", "Save portrait as…", "Compare with the original")


def enabled(window, *texts: str) -> list[bool]:
    return [action(window, text).isEnabled() for text in texts]


def test_actions_are_enabled_on_their_page_while_they_can_do_something(under_test, photo_path: Path) -> None:
    window = under_test.window
    assert enabled(window, *NEEDS_PHOTO) == [False] * 3
    under_test.open_photos(photo_path)
    assert enabled(window, *NEEDS_PHOTO) == [True] * 3
    window.show_page("live")
    assert enabled(window, *NEEDS_PHOTO) == [False] * 3
    assert enabled(window, "Look for cameras", "Open photos…", "Paste") == [True] * 3
    window.show_page("photo")
    assert enabled(window, *NEEDS_PHOTO, "Look for cameras") == [True, True, True, False]


@pytest.mark.usefixtures("nobody")
def test_nothing_is_saved_or_compared_without_a_person(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    assert enabled(under_test.window, *NEEDS_PHOTO[1:]) == [False] * 2


def test_previous_and_next_are_enabled_while_there_is_one(under_test, three_photos: list[Path]) -> None:
    window = under_test.window
    ways = [
        next(a for a in window.findChildren(QAction) if a.text() == text) for text in ("Pre&vious photo", "&Next photo")
    ]
    assert [way.isEnabled() for way in ways] == [False, False]
    under_test.open_photos(*three_photos)
    assert [way.isEnabled() for way in ways] == [False, True]
    ways[1].trigger()
    ways[1].trigger()
    assert [way.isEnabled() for way in ways] == [True, False]
    assert window.photo_page.header.title == "c.png"


def test_compare_is_switched_by_menu_and_button_alike(under_test, photo_path: Path) -> None:
    window = under_test.window
    window.open_photos([photo_path])
    under_test.wait(window.photo_page.compare_button.isEnabled)
    action(window, "Compare with the original").trigger()
    assert window.photo_page.compare_button.isChecked()
    action(window, "Compare with the original").trigger()
    assert not window.photo_page.compare_button.isChecked()


def test_every_button_says_what_it_is(under_test) -> None:
    own = (QPushButton, QToolButton, QCheckBox)  # not the corner of a table, which is Qt's
    buttons = [b for b in under_test.window.findChildren(QAbstractButton) if isinstance(b, own) and not b.isHidden()]
    assert len(buttons) > 15
    nameless = [b for b in buttons if not (b.text() or b.accessibleName() or b.toolTip())]
    assert nameless == []


def test_light_and_dark_are_chosen_in_the_menu(under_test, qapp: QApplication) -> None:
    window = under_test.window
    action(window, "Dark").trigger()
    assert is_dark(qapp.palette())
    action(window, "Light").trigger()
    assert not is_dark(qapp.palette())
    assert under_test.shell.model.settings.color_scheme == "light"
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() > 200


def test_the_settings_are_kept_on_closing(under_test) -> None:
    under_test.shell.model.set_value("blur.f_number", 5.6)
    under_test.window.close()
    assert [kept.blur.f_number for kept in under_test.kept] == [5.6]


def test_settings_that_cannot_be_kept_do_not_keep_the_window_open(
    open_window, engine: PortraitEngine, caplog: pytest.LogCaptureFixture
) -> None:
    under_test = open_window(lambda: engine, replace(Settings(), quality="fine"))

    def fail(settings: Settings) -> None:
        raise SettingsError("the disk is full")

    under_test.window._keep_settings = fail
    assert under_test.window.close()
    assert "the disk is full" in caplog.text


def test_a_bug_in_keeping_the_settings_leaves_no_thread_behind(under_test) -> None:
    def fail(settings: Settings) -> None:
        raise ZeroDivisionError("a bug")

    under_test.window._keep_settings = fail
    with pytest.raises(ZeroDivisionError):
        under_test.window.close()
    assert not under_test.window.isVisible()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("portrait-")]
    under_test.window._keep_settings = under_test.kept.append


def test_the_first_window_asks_for_no_more_than_the_screen(open_window, engine: PortraitEngine) -> None:
    window = open_window(lambda: engine).window
    screen = window.screen().availableGeometry()
    assert window.height() < screen.height() < 1000
    assert window.width() <= max(screen.width(), window.minimumSizeHint().width())


def test_the_place_of_the_window_is_remembered(open_window, engine: PortraitEngine) -> None:
    first = open_window(lambda: engine).window
    first.resize(QSize(901, 655))
    first.close()
    # Qt cuts the width to the offscreen screen's 800 pixels, and the window has a least width above that.
    assert open_window(lambda: engine).window.height() == 655


def test_the_panel_tells_the_lens_of_the_photo_and_of_no_other_page(under_test, photo_path: Path) -> None:
    window = under_test.window
    editor = window.options_panel.lens.editor("blur.lens.focus_distance_m")

    def shown() -> str:
        return next(text for label in editor.findChildren(QLabel) if (text := label.text()) != editor.field.label)

    assert shown() == ""
    window.open_photos([photo_path])
    under_test.wait(lambda: shown().endswith(" m"))
    told = shown()
    window.show_page("live")
    assert shown() == ""
    window.show_page("photo")
    assert shown() == told
    assert under_test.shell.model.settings == replace(Settings(), quality="fast")


def test_a_photo_that_cannot_be_opened_has_no_lens(under_test, photo_path: Path, broken_path: Path) -> None:
    window = under_test.window
    labels = window.options_panel.lens.editor("blur.lens.focus_distance_m").findChildren(QLabel)
    window.open_photos([photo_path])
    under_test.wait(lambda: any(label.text().endswith(" m") for label in labels))
    window.open_photos([broken_path])
    under_test.wait(lambda: window.photo_page.banner.kind == "error")
    assert not any(label.text().endswith(" m") for label in labels)


def test_a_language_that_was_taken_back_is_told_no_more(under_test) -> None:
    window = under_test.window
    for text, kind in (("한국어", "info"), ("&System", None)):
        menu = next(a for a in window.findChildren(QAction) if a.text() == "한국어").actionGroup()
        next(a for a in menu.actions() if a.text() == text).trigger()
        assert window.photo_page.banner.kind == kind
