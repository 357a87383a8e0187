"""The control in the header that steps through the open photos."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from portrait.gui.photo.photo_list import PhotoList
from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.language import tr


class PhotoStrip(QWidget):
    """Previous, "2 of 5", next; hidden while there are fewer than two photos."""

    def __init__(self, photos: PhotoList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos = photos
        self.previous_button = SymbolToolButton("previous", tr("Previous photo (Page Up)"))
        self.position_label = QLabel()
        self.next_button = SymbolToolButton("next", tr("Next photo (Page Down)"))
        self.previous_button.clicked.connect(self.go_to_previous)
        self.next_button.clicked.connect(self.go_to_next)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for control in (self.previous_button, self.position_label, self.next_button):
            row.addWidget(control)
        photos.changed.connect(self._update_controls)
        self._update_controls()

    @Slot()
    def go_to_previous(self) -> None:
        """Choose the previous photo, if there is one."""
        if self._photos.index_chosen > 0:
            self._photos.choose(self._photos.index_chosen - 1)

    @Slot()
    def go_to_next(self) -> None:
        """Choose the next photo, if there is one."""
        self._photos.choose(self._photos.index_chosen + 1)

    @Slot()
    def _update_controls(self) -> None:
        index, count = self._photos.index_chosen, self._photos.rowCount()
        self.setVisible(count > 1)
        self.position_label.setText(tr("{n} of {total}", n=index + 1, total=count))
        self.previous_button.setEnabled(index > 0)
        self.next_button.setEnabled(index < count - 1)
