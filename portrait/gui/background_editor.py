"""The widget for what stands behind the person: a list, and a button for the picture or the colour."""

from pathlib import Path
from typing import get_args

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QWidget

from portrait.core.look import BackgroundKind
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.buttons import SymbolButton
from portrait.gui.dialogs import ask_for_color, ask_for_picture, pictures_folder
from portrait.gui.field_editors import FieldEditor, choice_text
from portrait.settings import SettingField, SettingValue

_KINDS: tuple[BackgroundKind, ...] = get_args(BackgroundKind)
_FIRST_COLOR = "#00B140"  # the green that is keyed out in studios
_SWATCH_PX = 16
_NAME_CHARACTERS = 24


class BackgroundEditor(FieldEditor):
    """A drop-down list of the backgrounds; below it a button, while a picture or a colour is chosen."""

    def __init__(self, field: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._choice = BackgroundChoice()
        self._color, self._picture = _FIRST_COLOR, ""
        self.combo = QComboBox()
        self.combo.addItems([self.tr(choice_text(kind)) for kind in _KINDS])
        self.combo.activated.connect(self._on_activated)
        self.picture_button = SymbolButton("open", "")
        self.picture_button.clicked.connect(self.choose_picture)
        self.color_button = SymbolButton("", "")
        self.color_button.clicked.connect(self.choose_color)
        self._adopt(self.combo)
        self._column.addWidget(self.picture_button)
        self._column.addWidget(self.color_button)
        self._show()

    def set_value(self, value: SettingValue) -> None:
        self._choice = BackgroundChoice.parse(str(value))
        if self._choice.kind == "color":
            self._color = self._choice.value
        if self._choice.kind == "image":
            self._picture = self._choice.value
        self._show()

    @Slot()
    def choose_picture(self) -> None:
        """Ask for the picture; nothing changes when the dialog is cancelled."""
        folder = Path(self._picture).parent if self._picture else pictures_folder()
        picture = ask_for_picture(self, self.tr("Background"), folder)
        if picture is not None:
            self._choose(BackgroundChoice("image", str(picture)))
        self._show()

    @Slot()
    def choose_color(self) -> None:
        """Ask for the colour; nothing changes when the dialog is cancelled."""
        color = ask_for_color(self, self.tr("Background"), QColor(self._color))
        if color is not None:
            self._choose(BackgroundChoice("color", color.name().upper()))

    def _choose(self, choice: BackgroundChoice) -> None:
        self.set_value(str(choice))
        self.edited.emit(self.field.key, str(choice))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        kind = _KINDS[index]
        if kind == "image" and not self._picture:
            self.choose_picture()
        else:
            self._choose(BackgroundChoice(kind, {"image": self._picture, "color": self._color}.get(kind, "")))

    def _show(self) -> None:
        self.combo.setCurrentIndex(_KINDS.index(self._choice.kind))
        name = Path(self._picture).name
        shown = name if len(name) <= _NAME_CHARACTERS else f"{name[:_NAME_CHARACTERS]}…"
        self.picture_button.setText(shown)
        self.picture_button.setToolTip(self._picture)
        self.picture_button.setAccessibleName(self.tr("Picture of the background: {name}").format(name=name))
        self.picture_button.setVisible(self._choice.kind == "image")
        self.color_button.setText(self._color)
        self.color_button.setIcon(_swatch(self._color))
        self.color_button.setAccessibleName(self.tr("Colour of the background: {name}").format(name=self._color))
        self.color_button.setVisible(self._choice.kind == "color")


def _swatch(color: str) -> QIcon:
    pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
