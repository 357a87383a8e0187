"""The panel of look options, made from the settings table; the three pages share it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from portrait.files.background_choice import BackgroundChoice
from portrait.gui.background_editor import BackgroundEditor
from portrait.gui.buttons import SymbolToolButton
from portrait.gui.field_editors import FieldEditor, make_editor
from portrait.gui.settings_model import SettingsModel
from portrait.settings import FIELDS, Settings, read_setting, setting_field

LENS_KEYS = (*(field.key for field in FIELDS if field.key.startswith("blur.")), "grain")
LOOK_KEYS = ("background", *LENS_KEYS, "quality")
FILE_KEYS = (*(field.key for field in FIELDS if field.key.startswith("save.")), "no_person")
_WIDTH_PX = 264


class OptionsGroup(QWidget):
    """A title and the settings named by ``keys``, each with its widget.

    Parameters
    ----------
    model
        The settings that all pages share.
    title
        Heading of the group.
    keys
        Dotted keys of the settings table, in order.
    """

    def __init__(self, model: SettingsModel, title: str, keys: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._editors = {key: _make_editor(key) for key in keys}
        self._lay_out(title)
        for editor in self._editors.values():
            editor.edited.connect(model.set_value)
        model.changed.connect(self._on_settings_changed)
        self._on_settings_changed(model.settings)

    def editor(self, key: str) -> FieldEditor:
        """The widget of one setting; KeyError where the group does not show it."""
        return self._editors[key]

    @Slot()
    def reset(self) -> None:
        """Put the options of this group back to their built-in values."""
        for key, editor in self._editors.items():
            self._model.set_value(key, editor.field.default)

    def _lay_out(self, title: str) -> None:
        heading = QLabel(title)
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        heading.setFont(font)
        reset = SymbolToolButton("reset", self.tr("Put these back to what they were at first"))
        reset.clicked.connect(self.reset)
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(20)
        column.addLayout(head)
        for editor in self._editors.values():
            column.addWidget(editor)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        for key, editor in self._editors.items():
            editor.set_value(read_setting(settings, key))
        is_blurred = BackgroundChoice.parse(settings.background).kind == "blur"
        for key in self._editors.keys() & set(LENS_KEYS):
            self._editors[key].setEnabled(is_blurred)


def _make_editor(key: str) -> FieldEditor:
    field = setting_field(key)
    return BackgroundEditor(field) if key == "background" else make_editor(field)


class OptionsPanel(QScrollArea):
    """The right side of the window: the look, the files, and which model is at work."""

    def __init__(self, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = OptionsGroup(model, self.tr("Look"), LOOK_KEYS)
        self.files = OptionsGroup(model, self.tr("Files"), FILE_KEYS)
        self._model_label = QLabel(self.tr("Opening the model…"))
        self._model_label.setWordWrap(True)
        self._model_label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setFixedWidth(_WIDTH_PX)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._content())

    @property
    def model_text(self) -> str:
        """Which model is at work, and on what."""
        return self._model_label.text()

    def set_model_text(self, text: str) -> None:
        """Say which model is at work, and on what."""
        self._model_label.setText(text)

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(28)
        column.addWidget(self.look)
        column.addWidget(self.files)
        column.addStretch(1)
        column.addWidget(self._model_label)
        return content
