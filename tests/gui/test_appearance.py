"""Light and dark: legible, and followed by icons."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from portrait.gui.appearance import accented, apply_color_scheme, is_dark
from portrait.gui.buttons import SymbolToolButton
from portrait.gui.icons import app_icon, symbolic_icon
from portrait.gui.notify import notice_color

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
