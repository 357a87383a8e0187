"""The looks as thumbnails of the open photo, in a popup."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QWidget

from portrait.gui.photo.looks import LOOKS, THUMBNAIL_PX
from portrait.language import tr

_COLUMNS = 4
_SHOWN_PX = 112


class LookPopup(QFrame):
    """A grid of buttons, one for each look."""

    look_chosen = Signal(str)  # its name

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 10, 10, 10)
        grid.setSpacing(6)
        self.buttons: dict[str, QToolButton] = {}
        for index, name in enumerate(LOOKS):
            self.buttons[name] = button = QToolButton(autoRaise=True)
            button.setText(tr(name))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(_SHOWN_PX, _SHOWN_PX))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(partial(self._choose, name))
            grid.addWidget(button, index // _COLUMNS, index % _COLUMNS)
        self.set_images({})

    def open_below(self, button: QWidget) -> None:
        """Show the popup under a button, its right edge at that of the button, and all of it on the screen."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        screen = button.screen().availableGeometry()
        most = screen.bottomRight() - QPoint(self.width() - 1, self.height() - 1)
        self.move(max(screen.left(), min(corner.x(), most.x())), max(screen.top(), min(corner.y(), most.y())))
        self.show()
        next(iter(self.buttons.values())).setFocus()

    def set_images(self, images: Mapping[str, QImage]) -> None:
        """Show thumbnails; a grey one stands for each that is not there yet."""
        for name, button in self.buttons.items():
            pixmap = QPixmap(THUMBNAIL_PX, THUMBNAIL_PX)
            pixmap.fill(self.palette().midlight().color())
            button.setIcon(QIcon(QPixmap.fromImage(images[name]) if name in images else pixmap))

    def _choose(self, name: str) -> None:
        self.hide()
        self.look_chosen.emit(name)
