"""Light and dark: legible, and followed by icons."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.appearance import accented, apply_color_scheme, is_dark
from portrait.gui.widgets.buttons import SymbolButton, SymbolToolButton
from portrait.gui.widgets.icons import app_icon, symbolic_icon
from portrait.gui.widgets.notify import Banner, notice_color

Role = QPalette.ColorRole


def luminance(color: QColor) -> float:
    """Relative luminance, WCAG 2.2."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(ink: QColor, ground: QColor) -> float:
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_scheme_is_applied_and_its_texts_are_legible(qapp: QApplication, scheme: str) -> None:
    apply_color_scheme(scheme)
    palette = qapp.palette()
    assert is_dark(palette) == (scheme == "dark")
    for ink, ground in (
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.ButtonText, Role.Button),
        (Role.PlaceholderText, Role.Window),
    ):
        assert contrast(palette.color(ink), palette.color(ground)) >= 4.5, (ink, ground)
    for kind in ("info", "done", "warning", "error"):
        assert contrast(notice_color(kind, palette), palette.color(Role.Window)) >= 3.0, kind
    primary = accented(palette)
    assert contrast(primary.color(Role.ButtonText), primary.color(Role.Button)) >= 4.5


def test_disabled_text_is_paler(qapp: QApplication) -> None:
    apply_color_scheme("dark")
    palette = qapp.palette()
    active = palette.color(QPalette.ColorGroup.Active, Role.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, Role.ButtonText)
    window = palette.color(Role.Window)
    assert contrast(disabled, window) < contrast(active, window)


def test_icons_follow_the_scheme(qapp: QApplication, qtbot: QtBot) -> None:
    apply_color_scheme("light")
    button = SymbolToolButton("refresh", "Refresh")
    qtbot.addWidget(button)
    button.show()
    on_light = button.icon().pixmap(QSize(32, 32)).toImage()
    apply_color_scheme("dark")
    qtbot.waitUntil(lambda: button.icon().pixmap(QSize(32, 32)).toImage() != on_light)
    on_dark = button.icon().pixmap(QSize(32, 32)).toImage()
    assert any(on_dark.pixelColor(x, y).alpha() for x in range(32) for y in range(32))


def test_a_missing_icon_is_named(qapp: QApplication) -> None:
    assert not app_icon().isNull()
    with pytest.raises(FileNotFoundError, match="unicorn"):
        symbolic_icon("unicorn", qapp.palette())


def colors_of(button: SymbolButton) -> tuple[str, ...]:
    palette = button.palette()
    groups = (QPalette.ColorGroup.Active, QPalette.ColorGroup.Disabled)
    return tuple(palette.color(group, role).name() for group in groups for role in (Role.Button, Role.ButtonText))


def test_buttons_follow_the_scheme_back_and_forth(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    plain, primary = SymbolButton("open", "Open"), SymbolButton("save", "Save", is_primary=True)
    was_checked = SymbolButton("compare", "Compare")
    was_checked.setCheckable(True)
    for button in (plain, primary, was_checked):
        column.addWidget(button)
    window.show()
    seen: dict[str, tuple[str, ...]] = {}
    for scheme in ("light", "dark", "light", "dark"):
        apply_color_scheme(scheme)
        ink = qapp.palette().color(Role.ButtonText)
        qtbot.waitUntil(lambda ink=ink: plain.palette().color(Role.ButtonText) == ink)
        was_checked.click()
        assert colors_of(was_checked) == colors_of(primary) != colors_of(plain)
        was_checked.click()
        assert colors_of(was_checked) == colors_of(plain)
        colors = colors_of(plain) + colors_of(primary)
        assert seen.setdefault(scheme, colors) == colors
    assert all(light != dark or light == "#ffffff" for light, dark in zip(seen["light"], seen["dark"], strict=True))


def test_the_icon_of_a_notice_follows_the_scheme(qapp: QApplication, qtbot: QtBot) -> None:
    apply_color_scheme("light")
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_notice("warning", "Look out")

    def shows(color: QColor) -> bool:
        image = banner.grab().toImage()
        return any(close(image.pixelColor(x, y), color) for x in range(14, 36) for y in range(10, 32))

    on_light = notice_color("warning", qapp.palette())
    assert shows(on_light)
    apply_color_scheme("dark")
    qtbot.waitUntil(lambda: shows(notice_color("warning", qapp.palette())))
    assert not shows(on_light)


def close(color: QColor, other: QColor) -> bool:
    return all(abs(a - b) <= 8 for a, b in zip(color.getRgb(), other.getRgb(), strict=True))


def strongest_contrast(image: QImage, ground: QColor) -> float:
    return max(contrast(image.pixelColor(x, y), ground) for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_controls_can_be_seen(qapp: QApplication, qtbot: QtBot, scheme: str) -> None:
    """Contrast of 3 to 1 for the parts of a control, WCAG 2.2, 1.4.11."""
    apply_color_scheme(scheme)
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setTickPosition(QSlider.TickPosition.TicksBelow)
    for control in (QCheckBox(), QLineEdit(), slider):
        column.addWidget(control)
    window.show()
    ground = window.palette().color(Role.Window)
    for control in window.findChildren(QWidget):
        image = window.grab(control.geometry()).toImage()
        if control is slider:  # its ticks
            image = image.copy(0, image.height() - 4, image.width(), 4)
        assert strongest_contrast(image, ground) >= 3.0, type(control)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_of_a_filled_button_can_be_seen(qapp: QApplication, qtbot: QtBot, scheme: str) -> None:
    apply_color_scheme(scheme)
    button = SymbolButton("", "", is_primary=True)
    button.resize(100, 30)
    qtbot.addWidget(button)
    with qtbot.waitActive(button):
        button.show()
        button.activateWindow()
    fill = button.palette().color(Role.Button)
    button.clearFocus()
    assert strongest_contrast(button.grab().toImage().copy(3, 3, 94, 24), fill) < 3.0
    button.setFocus()
    assert strongest_contrast(button.grab().toImage().copy(3, 3, 94, 24), fill) >= 4.5
