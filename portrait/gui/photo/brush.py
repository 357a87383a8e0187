"""The brush: draws strokes over the photo."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap

if TYPE_CHECKING:
    from portrait.core.matting.strokes import Point, StrokeKind
    from portrait.gui.photo.photo_view import PhotoView

LEAST_RADIUS_PX, MOST_RADIUS_PX = 3, 160
_STEP = 1.2
_HARDNESS_STEP = 0.1
_COLORS: "dict[StrokeKind, QColor]" = {"add": QColor(60, 200, 110), "remove": QColor(235, 60, 70)}
_TRAIL_OPACITY = 0.45
_LEAST_MOVE_PX = 1.5
_OTHER_KIND: "dict[StrokeKind, StrokeKind]" = {"add": "remove", "remove": "add"}


class Brush(QObject):
    """A round brush that keeps sharp (``add``) or blurs (``remove``); Alt or the right button does the other.

    Its size is that on the screen: a magnified photo is mended more finely. The trail stays until `clear_trail`.
    """

    stroke_drawn = Signal(object)  # Stroke
    changed = Signal()  # see `radius_px` and `hardness`

    def __init__(self, view: "PhotoView", parent: QObject) -> None:
        super().__init__(parent)
        self.kind: StrokeKind = "add"
        self._view = view
        self._radius_px = 24.0
        self._hardness = 0.2
        self._stroke_kind: StrokeKind | None = None  # while a button is down
        self._points: list[Point] = []
        self._pressures: list[float] = []
        self._last = QPointF()
        self._trail = QPixmap()

    @property
    def radius_px(self) -> float:
        """Radius on the screen."""
        return self._radius_px

    @property
    def hardness(self) -> float:
        """See `Stroke`."""
        return self._hardness

    @property
    def cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.BlankCursor

    def set_radius(self, radius_px: float) -> None:
        """Change the size."""
        self._radius_px = min(max(radius_px, float(LEAST_RADIUS_PX)), float(MOST_RADIUS_PX))
        self.changed.emit()
        self._view.update()

    def set_hardness(self, hardness: float) -> None:
        """Change how much of the brush is certain."""
        self._hardness = min(max(hardness, 0.0), 1.0)
        self.changed.emit()
        self._view.update()

    def grow(self, steps: int) -> None:
        """Change the size by steps."""
        self.set_radius(self._radius_px * _STEP**steps)

    def harden(self, steps: int) -> None:
        """Change the hardness by steps."""
        self.set_hardness(round(self._hardness + _HARDNESS_STEP * steps, 2))

    def press(self, event: QMouseEvent) -> None:
        if self._stroke_kind is not None:
            return
        is_other = event.button() == Qt.MouseButton.RightButton or event.modifiers() & Qt.KeyboardModifier.AltModifier
        self._stroke_kind = _OTHER_KIND[self.kind] if is_other else self.kind
        self._points, self._pressures = [], []
        self._begin_trail()
        self._last = event.position()
        self._extend(event.position())

    def move(self, event: QMouseEvent) -> None:
        if self._stroke_kind is not None:
            moved = event.position() - self._last
            if math.hypot(moved.x(), moved.y()) >= _LEAST_MOVE_PX:
                self._extend(event.position())
        self._view.update()  # the ring moves

    def release(self, event: QMouseEvent) -> None:
        if self._stroke_kind is not None and not event.buttons():
            self._end()

    def paint(self, painter: QPainter, pointer: QPointF | None) -> None:
        if not self._trail.isNull():
            painter.setOpacity(_TRAIL_OPACITY)
            painter.drawPixmap(0, 0, self._trail)
            painter.setOpacity(1.0)
        if pointer is not None:
            self._paint_ring(painter, pointer)

    def view_changed(self) -> None:
        self.leave()

    def leave(self) -> None:
        if self._stroke_kind is not None:
            self._end()
        self.clear_trail()

    def clear_trail(self) -> None:
        """Show the trail of the last stroke no more; a stroke under way keeps its own."""
        if self._stroke_kind is None and not self._trail.isNull():
            self._trail = QPixmap()
            self._view.update()

    def _begin_trail(self) -> None:
        ratio = self._view.devicePixelRatioF()
        self._trail = QPixmap(self._view.size() * ratio)
        self._trail.setDevicePixelRatio(ratio)
        self._trail.fill(Qt.GlobalColor.transparent)

    def _extend(self, position: QPointF) -> None:
        """Add a point, and draw the way to it."""
        x, y = self._view.share_at(position)
        self._points.append((min(max(x, -1.0), 2.0), min(max(y, -1.0), 2.0)))
        self._pressures.append(min(1.0, self._view.pressure))
        painter = QPainter(self._trail)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width_px = 2.0 * self._radius_px * self._pressures[-1]
        pen = QPen(_COLORS[self._stroke_kind or self.kind], width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if len(self._points) == 1:
            painter.drawPoint(position)
        else:
            painter.drawLine(self._last, position)
        painter.end()
        self._last = position
        self._view.update()

    def _end(self) -> None:
        """Hand over the stroke."""
        from portrait.core.matting.strokes import Stroke

        kind, self._stroke_kind = self._stroke_kind, None
        if kind is None or not self._points:
            return
        width, height = self._view.viewport.image
        scale = self._view.viewport.scale / self._view.devicePixelRatioF()
        radius_fraction = min(1.0, self._radius_px / scale / math.hypot(width, height))
        pressures = tuple(self._pressures) if min(self._pressures) < 1.0 else ()
        self.stroke_drawn.emit(Stroke(kind, tuple(self._points), radius_fraction, self._hardness, pressures))

    def _paint_ring(self, painter: QPainter, pointer: QPointF) -> None:
        """Two rings: the brush, and its certain core; dark and light, to be seen on anything."""
        from portrait.core.matting.strokes import Stroke

        core = Stroke("add", ((0.5, 0.5),), 0.5, self._hardness).core
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for radius_px, opacity in ((self._radius_px, 1.0), (self._radius_px * core, 0.55)):
            painter.setOpacity(opacity)
            for color, width_px in ((QColor(0, 0, 0, 160), 3.0), (_COLORS[self._stroke_kind or self.kind], 1.5)):
                painter.setPen(QPen(color, width_px))
                painter.drawEllipse(pointer, radius_px, radius_px)
        painter.setOpacity(1.0)
        painter.fillRect(QRectF(pointer.x() - 1.0, pointer.y() - 1.0, 2.0, 2.0), QColor(255, 255, 255))
