"""A folder to be chosen, dropped or typed."""

from pathlib import Path

from PySide6.QtCore import QDir, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from portrait.gui.buttons import SymbolButton
from portrait.gui.dialogs import ask_for_folder, pictures_folder
from portrait.gui.page import local_paths


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
        """The folder; None while the line is empty."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

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
        if any(path.is_dir() for path in local_paths(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.set_folder(next(path for path in local_paths(event.mimeData()) if path.is_dir()))

    @Slot()
    def _on_text_changed(self) -> None:
        self.changed.emit()
