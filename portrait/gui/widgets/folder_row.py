"""A folder to be chosen, dropped or typed."""

import os
from pathlib import Path

from PySide6.QtCore import QDir, QMimeData, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from portrait.files.os_errors import is_folder
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.dialogs import ask_for_folder, pictures_folder
from portrait.gui.widgets.page import local_paths


class FolderRow(QWidget):
    """A line with the path of a folder, and a button to choose it."""

    changed = Signal()

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(name)
        self.line.setAcceptDrops(False)  # the row takes the drop: a folder, not its address as text
        self.line.textChanged.connect(self._on_text_changed)
        self.button = SymbolButton("folder", self.tr("Choose…"))
        self.button.setAccessibleName(self.tr("Choose {name}").format(name=name))
        self.button.clicked.connect(self.choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.setAcceptDrops(True)

    @property
    def folder(self) -> Path | None:
        """The folder; None while the line is empty. The ``~`` of a user who does not exist stays as it is."""
        text = self.line.text().strip()
        return Path(os.path.expanduser(text)) if text else None  # noqa: PTH111 (Path.expanduser() would raise)

    def set_folder(self, folder: Path) -> None:
        """Put a folder in the line."""
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
    """The first folder among what is dragged, as far as the system lets us look."""
    return next(filter(is_folder, local_paths(mime)), None)
