"""Colours of the window in light and dark: the platform's own, or a palette where it has none."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QProgressBar

from portrait.settings import ColorScheme

_SCHEMES = {
    "auto": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
    "contrast": Qt.ColorScheme.Dark,
}
_Role = QPalette.ColorRole
_FILL_LIGHTNESS = 0.34
_OUTLINED_CLASSES = ("QCheckBox", "QLineEdit", "QSlider")
_OUTLINED_IN_CONTRAST = ("QAbstractButton", "QComboBox", "QProgressBar")
_OUTLINE, _OUTLINE_DARKER_PERCENT = QColor("#78787f"), 140
_LIGHT = {
    _Role.Window: "#f4f4f5",
    _Role.WindowText: "#1c1c1e",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#f7f7f8",
    _Role.Text: "#1c1c1e",
    _Role.Midlight: "#d6d6d9",
    _Role.Button: "#ececee",
    _Role.ButtonText: "#1c1c1e",
    _Role.PlaceholderText: "#63636b",
    _Role.Highlight: "#2c67d1",
    _Role.Accent: "#2c67d1",
    _Role.HighlightedText: "#ffffff",
    _Role.Link: "#2c67d1",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1c1c1e",
}
_DARK = {
    _Role.Window: "#262628",
    _Role.WindowText: "#f0f0f2",
    _Role.Base: "#1c1c1e",
    _Role.AlternateBase: "#222224",
    _Role.Text: "#f0f0f2",
    _Role.Midlight: "#3a3a3d",
    _Role.Button: "#3a3a3d",
    _Role.ButtonText: "#f0f0f2",
    _Role.PlaceholderText: "#a4a4ad",
    _Role.Highlight: "#4a86f0",
    _Role.Accent: "#4a86f0",
    _Role.HighlightedText: "#ffffff",
    _Role.Link: "#7aa8ff",
    _Role.ToolTipBase: "#3a3a3d",
    _Role.ToolTipText: "#f0f0f2",
}


_CONTRAST = {
    **dict.fromkeys((_Role.Window, _Role.Base, _Role.AlternateBase, _Role.Button, _Role.ToolTipBase), "#000000"),
    **dict.fromkeys((_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.ToolTipText), "#ffffff"),
    _Role.PlaceholderText: "#e8e8e8",
    _Role.Midlight: "#ffffff",
    _Role.Highlight: "#ffe600",
    _Role.Accent: "#ffe600",
    _Role.HighlightedText: "#000000",
    _Role.Link: "#ffe600",
}
_REDUCED = "reducedMotion"


def reduce_motion(is_reduced: bool) -> None:
    """Show no moving bars from now on, or show them again."""
    application = QApplication.instance()
    if application is not None:
        application.setProperty(_REDUCED, is_reduced)


def is_motion_reduced() -> bool:
    """Whether nothing is to move by itself."""
    application = QApplication.instance()
    return application is not None and bool(application.property(_REDUCED))


def show_busy(bar: QProgressBar, is_busy: bool) -> None:
    """Let a bar say that something of unknown length is under way: by moving, or filled where motion is reduced."""
    is_moving = is_busy and not is_motion_reduced()
    bar.setRange(0, 0 if is_moving else 1)
    bar.setValue(int(is_busy and not is_moving))


def wants_contrast() -> bool:
    """Whether the system asks for high contrast; Qt tells it from 6.10 on."""
    hints = getattr(QGuiApplication.styleHints(), "accessibility", None)
    return hints is not None and bool(hints().contrastPreference() == Qt.ContrastPreference.HighContrast)


def apply_color_scheme(scheme: ColorScheme) -> None:
    """Request light, dark or the platform's choice; on a platform without colour schemes set a palette of our own."""
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(_SCHEMES[scheme])
    if scheme == "contrast" or (scheme == "auto" and wants_contrast()):
        _apply_palette(_palette(_CONTRAST), QColor("#ffffff"), (*_OUTLINED_CLASSES, *_OUTLINED_IN_CONTRAST))
        return
    if hints.colorScheme() != Qt.ColorScheme.Unknown:
        QApplication.setPalette(QPalette())  # restores the platform's palette
        return
    # WORKAROUND: without a platform theme (plain X11, offscreen) Qt ignores setColorScheme, see
    # https://doc.qt.io/qt-6/qstylehints.html#colorScheme-prop
    _apply_palette(_palette(_DARK if scheme == "dark" else _LIGHT))


def _apply_palette(palette: QPalette, outline: QColor = _OUTLINE, outlined: Sequence[str] = _OUTLINED_CLASSES) -> None:
    QApplication.setPalette(palette)
    for name in outlined:
        QApplication.setPalette(_outlined(palette, outline), name)  # type: ignore[arg-type]  # PySide says bytes and takes text


def accented(palette: QPalette) -> QPalette:
    """Palette of a button that is filled with the accent colour; all other roles are inherited."""
    filled = QPalette()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        accent = palette.color(group, _Role.Accent)
        # Styles paint a button lighter than its colour; white text on it needs a dark one.
        fill = QColor.fromHslF(accent.hslHueF(), accent.hslSaturationF(), min(accent.lightnessF(), _FILL_LIGHTNESS))
        filled.setColor(group, _Role.Button, fill)
        filled.setColor(group, _Role.ButtonText, palette.color(group, _Role.HighlightedText))
    return filled


def is_dark(palette: QPalette) -> bool:
    """Whether a palette is dark: text is lighter than the window behind it."""
    return palette.color(_Role.WindowText).lightness() > palette.color(_Role.Window).lightness()


def _palette(colors: dict[QPalette.ColorRole, str]) -> QPalette:
    """A palette of these colours, with faded ones for disabled widgets."""
    palette = QPalette(QColor(colors[_Role.Button]), QColor(colors[_Role.Window]))
    for role, color in colors.items():
        palette.setColor(role, QColor(color))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText, _Role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, _faded(palette, role))
    for role in (_Role.Highlight, _Role.Accent):
        palette.setColor(QPalette.ColorGroup.Disabled, role, _faded(palette, role))
    return palette


def _outlined(palette: QPalette, outline: QColor) -> QPalette:
    """Palette of controls that are seen by their outline alone, with a stronger outline.

    Qt's style Fusion draws outlines in a darker shade of the window colour, so that colour is changed.
    """
    outlined = QPalette(palette)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        outlined.setColor(group, _Role.Window, outline.lighter(_OUTLINE_DARKER_PERCENT))
    return outlined


def _faded(palette: QPalette, role: QPalette.ColorRole) -> QColor:
    """A colour blended with the window colour, for disabled widgets."""
    ink, ground = palette.color(role), palette.color(_Role.Window)
    share = 0.42
    return QColor.fromRgbF(
        share * ink.redF() + (1 - share) * ground.redF(),
        share * ink.greenF() + (1 - share) * ground.greenF(),
        share * ink.blueF() + (1 - share) * ground.blueF(),
    )
