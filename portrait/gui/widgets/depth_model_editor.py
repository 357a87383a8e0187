"""Editor of the network for depth: none, one of the library, or a file."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from portrait.gui.widgets.field_editors import FieldEditor, ignore_stray_wheel
from portrait.language import mark, tr
from portrait.settings import SettingField, SettingValue

_FILE = "file"  # not shown: the entry that asks for one
_NONE, _CHOOSE = mark("None"), mark("Choose a file…")


class DepthModelEditor(FieldEditor):
    """A drop-down list of the networks for depth.

    Parameters
    ----------
    list_names
        Names in the library; read whenever the list opens, for commands add to it.
    """

    def __init__(
        self, field: SettingField, list_names: Callable[[], list[str]] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(field, parent)
        self._list_names = list_names or _names_in_library
        self._value = ""
        self.combo = _OpeningCombo(self.refresh)
        self.combo.activated.connect(self._on_activated)
        ignore_stray_wheel(self.combo)
        self._add_control(self.combo)
        self.set_value("")

    def set_value(self, value: SettingValue) -> None:
        self._value = str(value)
        self._fill([])

    def refresh(self) -> None:
        """Read the names of the library anew."""
        self._fill(self._list_names())

    def choose_file(self) -> None:
        """Ask for a file, and take it."""
        path, _ = QFileDialog.getOpenFileName(self, tr("Network for depth"), "", "ONNX (*.onnx)")
        if path:
            self.edited.emit(self.field.key, path)
        else:
            self._fill([])

    def _fill(self, names: list[str]) -> None:
        self.combo.clear()
        self.combo.addItem(tr(_NONE), "")
        chosen = [self._value] if self._value and self._value not in names else []
        for name in (*names, *chosen):
            self.combo.addItem(Path(name).name, name)
        self.combo.addItem(tr(_CHOOSE), _FILE)
        self.combo.setCurrentIndex(max(0, self.combo.findData(self._value)))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if chosen == _FILE:
            self.choose_file()
        else:
            self.edited.emit(self.field.key, chosen)


class _OpeningCombo(QComboBox):
    """A drop-down list that calls a function before it opens."""

    def __init__(self, on_open: Callable[[], None]) -> None:
        super().__init__()
        self._on_open = on_open
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def showPopup(self) -> None:
        self._on_open()
        super().showPopup()


def _names_in_library() -> list[str]:
    from portrait.inference.model_library import list_library  # slow to import: the window shows first

    return [model.name for model in list_library() if model.role == "depth"]
