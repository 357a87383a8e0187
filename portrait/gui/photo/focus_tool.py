"""The tool that tells where the lens is focused."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from portrait.core.lens.focus import FocusPoint
from portrait.gui.widgets.zoom_view import ZoomView

_HALF_PX, _ARM_PX = 18.0, 8.0
_INK, _SHADE = QColor(255, 214, 10), QColor(0, 0, 0, 150)


class FocusTool(QObject):
    """A click focuses; the corners of a square mark the point in focus, where it is not the person."""

    focus_clicked = Signal(object)  # FocusPoint

    def __init__(self, view: ZoomView, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._point: FocusPoint | None = None

    @property
    def cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.CrossCursor

    def set_point(self, point: FocusPoint | None) -> None:
        """Mark another point, or none."""
        self._point = point
        self._view.update()

    def press(self, event: QMouseEvent) -> None:
        x, y = self._view.share_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0:
            self.focus_clicked.emit((x, y))

    def move(self, event: QMouseEvent) -> None:
        pass

    def release(self, event: QMouseEvent) -> None:
        pass

    def paint(self, painter: QPainter, pointer: QPointF | None) -> None:
        if self._point is None:
            return
        middle = self._view.point_at(self._point)
        square = QRectF(middle.x() - _HALF_PX, middle.y() - _HALF_PX, 2.0 * _HALF_PX, 2.0 * _HALF_PX)
        corners = (square.topLeft(), square.topRight(), square.bottomRight(), square.bottomLeft())
        signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))
        for color, width_px in ((_SHADE, 4.0), (_INK, 2.0)):
            painter.setPen(QPen(color, width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            for corner, (right, down) in zip(corners, signs, strict=True):
                painter.drawLine(corner, corner + QPointF(right * _ARM_PX, 0.0))
                painter.drawLine(corner, corner + QPointF(0.0, down * _ARM_PX))

    def view_changed(self) -> None:
        pass

    def leave(self) -> None:
        pass
