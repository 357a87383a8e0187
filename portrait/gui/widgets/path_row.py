"""An input for the path of a folder or file, which can be typed, chosen in a dialog or dropped."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QMimeData, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from portrait.files.system.os_errors import is_folder
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.dialogs import ask_for_folder, pictures_folder
from portrait.gui.widgets.page import local_paths
from portrait.language import tr

FindPath = Callable[[QMimeData], Path | None]


class PathRow(QWidget):
    """A line edit with a path, and a button to choose it.

    Parameters
    ----------
    name
        What the path is of, for screen readers.
    placeholder
        Shown in the empty line.
    symbol
        Icon of the button.
    ask
        Asks for a path in a dialog; None when that is cancelled.
    find
        The path to take out of what is dragged; None: nothing is.
    """

    changed = Signal()
    chosen = Signal(object)  # Path: that was chosen in the dialog, which may have asked whether to replace it

    def __init__(
        self,
        name: str,
        placeholder: str,
        symbol: str,
        ask: Callable[[], Path | None],
        find: FindPath,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._find = find
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(name)
        self.line.setAcceptDrops(False)  # the row takes the drop: a path, not its address as text
        self.line.textChanged.connect(self._on_text_changed)
        self.button = SymbolButton(symbol, tr("Choose…"))
        self.button.setAccessibleName(tr("Choose {name}", name=name))
        self.button.clicked.connect(self.choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.setAcceptDrops(True)

    @property
    def path(self) -> Path | None:
        """The path, with ``~`` expanded if that user exists; None while the line is empty."""
        text = self.line.text().strip()
        return Path(os.path.expanduser(text)) if text else None  # noqa: PTH111 (Path.expanduser() would raise)

    def set_path(self, path: Path) -> None:
        """Show a path in the line."""
        self.line.setText(QDir.toNativeSeparators(str(path)))

    @Slot()
    def choose(self) -> None:
        """Ask for a path."""
        if (path := self._ask()) is not None:
            self.set_path(path)
            self.chosen.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._find(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if (path := self._find(event.mimeData())) is not None:
            self.set_path(path)

    @Slot()
    def _on_text_changed(self) -> None:
        self.changed.emit()


class FolderRow(PathRow):
    """A row for a folder."""

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(name, placeholder, "folder", self._ask_for_folder, dragged_folder, parent)
        self._name = name

    @property
    def folder(self) -> Path | None:
        """See `PathRow.path`."""
        return self.path

    def set_folder(self, folder: Path) -> None:
        """See `PathRow.set_path`."""
        self.set_path(folder)

    def _ask_for_folder(self) -> Path | None:
        return ask_for_folder(self, self._name, self.path or pictures_folder())


def dragged_folder(mime: QMimeData) -> Path | None:
    """The first folder among the dragged paths; None if there is none, or it cannot be read."""
    return next(filter(is_folder, local_paths(mime)), None)


def lay_out_rows(form: QWidget, rows: Sequence[tuple[str, PathRow]], below: QWidget) -> None:
    """Lay out a form: each row with its label, and a widget below them."""
    layout = QFormLayout(form)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(12)
    layout.setVerticalSpacing(8)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for text, row in rows:
        label = QLabel(text)
        label.setBuddy(row.line)
        layout.addRow(label, row)
    layout.addRow("", below)
