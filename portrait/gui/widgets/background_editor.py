"""The editor of the background: a list of kinds, and a button to choose the image file or the colour."""

from collections.abc import Collection
from pathlib import Path
from typing import get_args

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QWidget

from portrait.core.render.look import BackgroundKind
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.dialogs import ask_for_color, ask_for_picture, pictures_folder
from portrait.gui.widgets.field_editors import FieldEditor, choice_text, ignore_stray_wheel
from portrait.gui.widgets.last_folders import LastFolders
from portrait.language import tr
from portrait.settings import SettingField, SettingValue

_KINDS: tuple[BackgroundKind, ...] = get_args(BackgroundKind)
_FIRST_COLOR = "#00B140"  # the green that is keyed out in studios
_SWATCH_PX = 16
_NAME_CHARACTERS = 24


class BackgroundEditor(FieldEditor):
    """A drop-down list of backgrounds, and a button below it while an image or a colour is chosen.

    An image is chosen in two steps, so that the arrow keys can pass through the list without opening a dialog. First
    the line "Picture", which keeps the background while no file is known; then the file, by the button.
    """

    def __init__(self, field: SettingField, folders: LastFolders | None = None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._folders = folders or LastFolders()
        self._choice = BackgroundChoice()
        self._color, self._picture = _FIRST_COLOR, ""
        self._needs_picture = False
        self.combo = QComboBox()
        self._items = [QStandardItem(choice_text(kind)) for kind in _KINDS]
        lines = QStandardItemModel(self.combo)
        lines.appendColumn(self._items)
        self.combo.setModel(lines)
        self.combo.activated.connect(self._on_activated)
        ignore_stray_wheel(self.combo)
        self.picture_hint = QLabel(tr("The background stays as it is until you choose a picture."))
        self.picture_hint.setWordWrap(True)
        self.picture_hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.picture_button = SymbolButton("open", "")
        self.picture_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.picture_button.clicked.connect(self.choose_picture)
        self.color_button = SymbolButton("", "")
        self.color_button.clicked.connect(self.choose_color)
        self._add_control(self.combo)
        self._column.addWidget(self.picture_hint)
        self._column.addWidget(self.picture_button)
        self._column.addWidget(self.color_button)
        self._show()

    def set_value(self, value: SettingValue) -> None:
        choice = BackgroundChoice.parse(str(value))
        # Keep waiting for a file only if this call was caused by a change of another setting.
        self._needs_picture = self._needs_picture and choice == self._choice
        self._choice = choice
        if self._choice.kind == "color":
            self._color = self._choice.value
        if self._choice.kind == "image":
            self._picture = self._choice.value
        self._show()

    def set_refused(self, kinds: Collection[BackgroundKind], reason: str) -> None:
        """Disable these backgrounds, with a tooltip that says why, and enable all others."""
        for item, kind in zip(self._items, _KINDS, strict=True):
            item.setEnabled(kind not in kinds)
            item.setToolTip(reason if kind in kinds else "")

    @Slot()
    def choose_picture(self) -> None:
        """Ask for the image file; nothing changes when the dialog is cancelled."""
        folder = Path(self._picture).parent if self._picture else pictures_folder()
        picture = ask_for_picture(self, tr("Background"), self._folders.folder("background", folder))
        if picture is not None:
            self._folders.remember("background", picture)
            self._choose(BackgroundChoice("image", str(picture)))

    @Slot()
    def choose_color(self) -> None:
        """Ask for the colour; nothing changes when the dialog is cancelled."""
        color = ask_for_color(self, tr("Background"), QColor(self._color))
        if color is not None:
            self._choose(BackgroundChoice("color", color.name().upper()))

    def _choose(self, choice: BackgroundChoice) -> None:
        """Show a background that the user chose, and emit `edited`."""
        self._needs_picture = False
        self.set_value(str(choice))
        self.edited.emit(self.field.key, str(choice))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        kind = _KINDS[index]
        if kind == "image" and not self._picture:
            self._needs_picture = True
            self._show()
        else:
            self._choose(BackgroundChoice(kind, {"image": self._picture, "color": self._color}.get(kind, "")))

    def _show(self) -> None:
        """Update list, hint and buttons."""
        kind = "image" if self._needs_picture else self._choice.kind
        self.combo.setCurrentIndex(_KINDS.index(kind))
        self._show_picture()
        self.picture_hint.setVisible(self._needs_picture)
        self.picture_button.setVisible(kind == "image")
        self.color_button.setText(self._color)
        self.color_button.setIcon(_swatch(self._color))
        self.color_button.setAccessibleName(tr("Colour of the background: {name}", name=self._color))
        self.color_button.setVisible(kind == "color")

    def _show_picture(self) -> None:
        """Write the name of the image file on its button, elided in the middle."""
        name = Path(self._picture).name or tr("Choose a picture…")
        metrics = self.picture_button.fontMetrics()
        room_px = _NAME_CHARACTERS * metrics.averageCharWidth()
        self.picture_button.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room_px))
        self.picture_button.setToolTip(self._picture)
        self.picture_button.setAccessibleName(tr("Picture of the background: {name}", name=name))


def _swatch(color: str) -> QIcon:
    pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
