"""The keys of the app, in groups."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from portrait.language import tr

Keys = Mapping[str, Sequence[tuple[str, str]]]
"""By group: what is done, and the keys for it."""

_WIDTH_PX, _HEIGHT_PX = 520, 560


class ShortcutsDialog(QDialog):
    """A list of keys; closed by Escape."""

    def __init__(self, keys: Keys, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self.list = QTreeWidget()
        self.list.setHeaderLabels([tr("What"), tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName(tr("Keys"))
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        for group, rows in keys.items():
            self._add_group(group, rows)
        self.list.expandAll()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.list)
        column.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _add_group(self, group: str, rows: Sequence[tuple[str, str]]) -> None:
        top = QTreeWidgetItem(self.list, [group])
        font = top.font(0)
        font.setBold(True)
        top.setFont(0, font)
        for text, keys in rows:
            QTreeWidgetItem(top, [text, keys])
