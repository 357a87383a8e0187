"""Every control has a name and a role; what is painted has a value; all of it works by keyboard."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QPalette
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QLineEdit, QPushButton, QWidget

from portrait.gui.widgets.appearance import apply_color_scheme, is_motion_reduced, reduce_motion
from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.shortcuts_dialog import ShortcutsDialog
from portrait.settings.presets import list_presets

Key, Text, Role = Qt.Key, QAccessible.Text, QAccessible.Role


@pytest.fixture
def page(under_test, photo_path: Path):
    other = photo_path.with_name("b.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path, other)
    rest(under_test)
    under_test.window.photo_page.view.setFocus()
    return under_test.window.photo_page


def rest(under_test) -> None:
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages)


def interface(widget: QWidget):
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


def press(under_test, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    under_test.qtbot.keyClick(under_test.window.photo_page.view, key, modifier)


def test_every_control_of_every_page_has_a_name_and_a_role(under_test, page) -> None:
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, ImageView)
    nameless = []
    for name in ("photo", "live", "batch"):
        under_test.window.show_page(name)
        for widget in under_test.window.findChildren(QWidget):
            is_internal = widget.objectName().startswith("qt_")
            if not isinstance(widget, kinds) or not widget.isVisible() or is_internal:
                continue
            found = interface(widget)
            if not found.text(Text.Name).strip() or found.role() in (Role.NoRole, Role.Client):
                is_bar = isinstance(widget, QAbstractSlider) and widget.focusPolicy() == Qt.FocusPolicy.NoFocus
                nameless += [] if is_bar else [f"{name}: {widget!r} {found.role()}"]
    assert not nameless


def test_choices_are_told_as_such(under_test, page) -> None:
    """One of several is a radio button in a group with a name; a drop-down list has a label."""
    look, relation = under_test.window.options_panel.look, QAccessible.RelationFlag.Label
    grain, background = look.editor("grain"), look.editor("background")
    group = interface(grain).child(2)
    assert (group.role(), group.text(Text.Name), group.childCount()) == (Role.Grouping, "Grain", 2)
    assert [group.child(number).role() for number in range(2)] == [Role.RadioButton] * 2
    for combo, name in ((background.combo, "Background"), (under_test.window.live_page.sources.combo, "Source")):
        assert [label.text(Text.Name) for label, _ in interface(combo).relations(relation)] == [name]


def test_the_picture_tells_what_is_seen(under_test, page) -> None:
    view = page.view
    assert interface(view).role() == Role.Graphic
    assert interface(view).text(Text.Name) == "Picture"
    assert interface(view).text(Text.Value) == "Portrait, 128 × 96, magnification 100 %"
    view.hold_original(True)
    assert interface(view).text(Text.Value).startswith("Original, ")
    view.hold_original(False)
    page.compare_button.click()
    assert "Original up to 50 %" in interface(view).text(Text.Value)
    page.photos.entries[0].failure = ""
    page.close_photo()
    page.close_photo()
    assert interface(view).text(Text.Value) == "No picture"


def test_the_divider_is_a_slider_that_keys_move(under_test, page) -> None:
    divider = page.view.divider
    assert not divider.isVisible()
    page.compare_button.click()
    assert divider.isVisible()
    found = interface(divider)
    assert (found.role(), found.text(Text.Name)) == (Role.Slider, "Divider")
    divider.setFocus()
    under_test.qtbot.keyClick(divider, Key.Key_Right)
    assert page.view.divider_fraction == pytest.approx(0.52)
    assert found.valueInterface().currentValue() == 52
    title = page.header.title
    under_test.qtbot.keyClick(divider, Key.Key_PageDown)
    assert page.view.divider_fraction == pytest.approx(0.52), "Page Down is the photo's"
    assert page.header.title != title


def test_the_row_of_photos_is_a_list_with_names_and_states(under_test, page) -> None:
    found = interface(page.film)
    assert (found.role(), found.text(Text.Name), found.childCount()) == (Role.List, "Open photos", 2)
    under_test.shell.model.set_value("blur.f_number", 8.0)
    assert found.child(0).text(Text.Name) == "anna.png, edited"
    page.film.setFocus()
    under_test.qtbot.keyClick(page.film, Key.Key_Right)
    assert page.header.title == "b.png"


def test_a_notice_is_an_alert_and_looks_have_names(under_test, page) -> None:
    page.banner.show_notice("error", "the disk is full", "free some space")
    assert interface(page.banner).role() == Role.AlertMessage
    assert interface(page.banner).text(Text.Name) == "The disk is full\nFree some space"
    assert interface(page.banner).child(0).text(Text.Name) == "Error"
    popup = page.editing.looks.popup
    popup.set_presets(list_presets())
    assert popup.buttons
    for button in popup.buttons.values():
        assert interface(button).text(Text.Name).strip()


def test_a_stroke_is_drawn_by_keys_alone(under_test, page) -> None:
    press(under_test, Key.Key_B)
    for _ in range(2):
        press(under_test, Key.Key_Up)
    view, qtbot = page.view, under_test.qtbot
    qtbot.keyPress(view, Key.Key_Return)
    press(under_test, Key.Key_Left)
    press(under_test, Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyRelease(view, Key.Key_Return)
    (stroke,) = page.editing.history.edits.mask
    assert stroke.kind == "add"
    assert len(stroke.points) >= 3
    assert stroke.points[0][1] < 0.5
    assert stroke.points[-1][0] == pytest.approx(stroke.points[0][0] - 18.0 / 128.0, abs=0.01)
    qtbot.keyClick(view, Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert page.editing.history.edits.mask[1].kind == "remove"
    qtbot.keyPress(view, Key.Key_Return)
    page.save_button.setFocus()
    assert len(page.editing.history.edits.mask) == 3, "losing the focus ends a stroke"


def test_a_magnified_photo_moves_by_arrows(under_test, page) -> None:
    page.view.zoom_to(8.0)
    center = page.view.viewport.center
    press(under_test, Key.Key_Right)
    assert page.view.viewport.center[0] > center[0]


def test_f1_lists_the_keys_that_work(under_test, page) -> None:
    press(under_test, Key.Key_F1)
    (dialog,) = under_test.window.findChildren(ShortcutsDialog)
    groups = [dialog.list.topLevelItem(index) for index in range(dialog.list.topLevelItemCount())]
    rows = {group.child(row).text(0): group.child(row).text(1) for group in groups for row in range(group.childCount())}
    assert rows["Open photos"] == "Ctrl+O"
    assert rows["Next photo"] in ("PgDown", "Page Down")
    assert rows["Brush: keep sharp"] == "B"
    assert rows["Use the tool there"].startswith("Enter")
    assert len(rows) > 25
    dialog.close()


def test_high_contrast_is_black_white_and_yellow(under_test, page) -> None:
    under_test.shell.model.set_value("color_scheme", "contrast")
    palette = QApplication.palette()
    roles = (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText, QPalette.ColorRole.Highlight)
    assert [palette.color(role).name() for role in roles] == ["#000000", "#ffffff", "#ffe600"]
    apply_color_scheme("light")


def test_with_reduced_motion_no_bar_moves(under_test, page) -> None:
    under_test.shell.model.set_value("motion", "reduced")
    try:
        page.set_busy(True)
        assert page.is_busy
        assert page._busy_bar.maximum() == 1
        assert is_motion_reduced()
    finally:
        reduce_motion(False)
    page.set_busy(True)
    assert page._busy_bar.maximum() == 0
    page.set_busy(False)


def test_interfaces_do_not_outlive_their_widgets(qapp, under_test) -> None:
    """Many are made and deleted; a wrong owner would crash."""
    for _ in range(50):
        view = ImageView()
        assert interface(view).role() == Role.Graphic
        view.deleteLater()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    button = QPushButton("plain")
    assert interface(button).role() == Role.Button
    button.deleteLater()
