"""A small window with the live picture that stays above all others."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from portrait.gui.widgets.icons import app_icon
from portrait.gui.widgets.image_view import ImageView
from portrait.language import mark, tr

TITLE = mark("Portrait – Live")
_SIZE, _EDGE_PX = QSize(384, 216), 24


class FloatingPreview(QWidget):
    """Stays open while the main window is minimised; closing it closes only itself."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle(tr(TITLE))
        self.setWindowIcon(app_icon())
        self.view = ImageView(margin_px=0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.resize(_SIZE)
        corner = self.screen().availableGeometry().bottomRight()
        self.move(corner - QPoint(_SIZE.width() + _EDGE_PX, _SIZE.height() + _EDGE_PX))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
