"""An input for a folder, which can be typed, chosen in a dialog or dropped."""

import os
from pathlib import Path

from PySide6.QtCore import QDir, QMimeData, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from portrait.files.os_errors import is_folder
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.dialogs import ask_for_folder, pictures_folder
from portrait.gui.widgets.page import local_paths
from portrait.language import tr


class FolderRow(QWidget):
    """A line edit with the path of a folder, and a button to choose it."""

    changed = Signal()

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(name)
        self.line.setAcceptDrops(False)  # the row takes the drop: a folder, not its address as text
        self.line.textChanged.connect(self._on_text_changed)
        self.button = SymbolButton("folder", tr("Choose…"))
        self.button.setAccessibleName(tr("Choose {name}", name=name))
        self.button.clicked.connect(self.choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.setAcceptDrops(True)

    @property
    def folder(self) -> Path | None:
        """The folder, with ``~`` expanded if that user exists; None while the line is empty."""
        text = self.line.text().strip()
        return Path(os.path.expanduser(text)) if text else None  # noqa: PTH111 (Path.expanduser() would raise)

    def set_folder(self, folder: Path) -> None:
        """Show a folder's path in the line."""
        self.line.setText(QDir.toNativeSeparators(str(folder)))

    @Slot()
    def choose(self) -> None:
        """Ask for a folder."""
        start = self.folder or pictures_folder()
        if (folder := ask_for_folder(self, self._name, start)) is not None:
            self.set_folder(folder)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_folder(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if (folder := dragged_folder(event.mimeData())) is not None:
            self.set_folder(folder)

    @Slot()
    def _on_text_changed(self) -> None:
        self.changed.emit()


def dragged_folder(mime: QMimeData) -> Path | None:
    """The first folder among the dragged paths; None if there is none, or it cannot be read."""
    return next(filter(is_folder, local_paths(mime)), None)
