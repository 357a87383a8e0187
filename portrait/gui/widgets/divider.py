"""The divider between original and portrait as a control: reached by Tab, moved by keys, and told to screen readers."""

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from portrait.gui.widgets.field_editors import ignore_page_keys
from portrait.language import tr

_SIDE_PX, _FOCUS_PX, _STEPS = 40, 3, 100
_HANDLE_RADIUS_PX = 15
_INK, _SHADE = QColor(255, 255, 255), QColor(0, 0, 0, 150)


class Divider(QSlider):
    """Lies over the handle that the view paints, and paints nothing but its focus; the mouse goes to the view."""

    moved = Signal(float)  # share of the image's width

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, _STEPS)
        self.setSingleStep(2)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Divider"))
        self.setAccessibleDescription(tr("Left of it is the original, right of it the portrait."))
        ignore_page_keys(self)
        self.valueChanged.connect(lambda value: self.moved.emit(value / _STEPS))
        self.hide()

    def follow(self, fraction: float, image: QRect, *, is_shown: bool) -> None:
        """Lie over the handle, for a position and the place of the image; or hide."""
        with QSignalBlocker(self):
            self.setValue(round(fraction * _STEPS))
        x, y = round(image.left() + fraction * image.width()), image.center().y()
        self.setGeometry(x - _SIDE_PX // 2, y - _SIDE_PX // 2, _SIDE_PX, _SIDE_PX)
        self.setVisible(is_shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().highlight().color(), _FOCUS_PX))
            painter.drawEllipse(self.rect().adjusted(2, 2, -3, -3))


def paint_divider(painter: QPainter, rect: QRect, seen: QRect, x_px: float) -> None:
    """Paint the line with a shade on both sides, and its round handle with two arrows.

    Parameters
    ----------
    rect, seen
        Place of the image, and the part of it that is seen, in whose middle the handle is.
    """
    for color, width_px in ((_SHADE, 4), (_INK, 2)):
        painter.setPen(QPen(color, width_px))
        painter.drawLine(QPoint(round(x_px), rect.top()), QPoint(round(x_px), rect.bottom()))
    center = QPoint(round(x_px), seen.center().y())
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawEllipse(center, _HANDLE_RADIUS_PX, _HANDLE_RADIUS_PX)
    for side in (-1, 1):
        tip = center + QPoint(side * 9, 0)
        painter.drawPolyline([tip + QPoint(-side * 4, -4), tip, tip + QPoint(-side * 4, 4)])
