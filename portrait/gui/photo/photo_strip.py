"""The control that steps through the photos that were opened together."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.language import tr


class PhotoStrip(QWidget):
    """Previous, "2 of 5", next; hidden while there are fewer than two photos."""

    photo_chosen = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos: tuple[Path, ...] = ()
        self._index = 0
        self.previous_button = SymbolToolButton("previous", tr("Previous photo (Page Up)"))
        self.position_label = QLabel()
        self.next_button = SymbolToolButton("next", tr("Next photo (Page Down)"))
        self.previous_button.clicked.connect(self.go_to_previous)
        self.next_button.clicked.connect(self.go_to_next)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for control in (self.previous_button, self.position_label, self.next_button):
            row.addWidget(control)
        self._update_controls()

    def set_photos(self, photos: Sequence[Path]) -> None:
        """Replace the list of photos and choose the first."""
        self._photos = tuple(photos)
        self._index = 0
        self._update_controls()
        self._go_to(0)

    @Slot()
    def go_to_previous(self) -> None:
        """Choose the previous photo, if there is one."""
        self._go_to(self._index - 1)

    @Slot()
    def go_to_next(self) -> None:
        """Choose the next photo, if there is one."""
        self._go_to(self._index + 1)

    def _go_to(self, index: int) -> None:
        if 0 <= index < len(self._photos):
            self._index = index
            self._update_controls()
            self.photo_chosen.emit(self._photos[index])

    def _update_controls(self) -> None:
        count = len(self._photos)
        self.setVisible(count > 1)
        self.position_label.setText(tr("{n} of {total}", n=self._index + 1, total=count))
        self.previous_button.setEnabled(self._index > 0)
        self.next_button.setEnabled(self._index < count - 1)
