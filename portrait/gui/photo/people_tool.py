"""The tools that are clicked with: people, outlined, and connected parts of the mask."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from portrait.gui.widgets.zoom_view import ZoomView

if TYPE_CHECKING:
    from portrait.photo.people import Outlines

_KEPT, _BLURRED, _SHADE = QColor(60, 200, 110), QColor(255, 255, 255), QColor(0, 0, 0, 150)
_FILL_OPACITY = 0.25


class PeopleTool(QObject):
    """Outlines everybody who was found; a click tells who was meant."""

    person_clicked = Signal(int)  # number, the largest person being 1

    def __init__(self, view: ZoomView, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._paths: list[QPainterPath] = []
        self._is_kept: Sequence[bool] = ()
        self._pointed: int | None = None

    @property
    def cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.PointingHandCursor if self._pointed is not None else Qt.CursorShape.ArrowCursor

    def set_people(self, outlines: "Sequence[Outlines]", is_kept: Sequence[bool]) -> None:
        """Take the people of a photo: their contours in shares of its sides, and who stays sharp."""
        self._paths = [_to_path(person) for person in outlines]
        self._is_kept = is_kept
        self._pointed = None
        self._view.update()

    def press(self, event: QMouseEvent) -> None:
        person = self._person_at(event.position())
        if person is not None and event.button() == Qt.MouseButton.LeftButton:
            self.person_clicked.emit(person + 1)

    def move(self, event: QMouseEvent) -> None:
        pointed = self._person_at(event.position())
        if pointed != self._pointed:
            self._pointed = pointed
            self._view.setCursor(self.cursor)
            self._view.update()

    def release(self, event: QMouseEvent) -> None:
        pass

    def paint(self, painter: QPainter, pointer: QPointF | None) -> None:
        to_screen = self._to_screen()
        for number, (path, is_kept) in enumerate(zip(self._paths, self._is_kept, strict=False)):
            shown, color = to_screen.map(path), _KEPT if is_kept else _BLURRED
            if number == self._pointed and pointer is not None:
                fill = QColor(color)
                fill.setAlphaF(_FILL_OPACITY)
                painter.fillPath(shown, fill)
            style = Qt.PenStyle.SolidLine if is_kept else Qt.PenStyle.DashLine
            painter.strokePath(shown, QPen(_SHADE, 4.0))
            painter.strokePath(shown, QPen(color, 2.0, style))

    def view_changed(self) -> None:
        pass

    def leave(self) -> None:
        self._pointed = None

    def _person_at(self, position: QPointF) -> int | None:
        """Index of the person at a point of the view, the smallest where they overlap."""
        point = QPointF(*self._view.share_at(position))
        hit = [index for index, path in enumerate(self._paths) if path.contains(point)]
        return hit[-1] if hit else None

    def _to_screen(self) -> QTransform:
        corner, opposite = self._view.point_at((0.0, 0.0)), self._view.point_at((1.0, 1.0))
        size = opposite - corner
        return QTransform(size.x(), 0.0, 0.0, size.y(), corner.x(), corner.y())


class PartTool(QObject):
    """Tells where a part of the mask was clicked: an island is dropped, a hole filled."""

    part_clicked = Signal(object)  # Point

    def __init__(self, view: ZoomView, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view

    @property
    def cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.CrossCursor

    def press(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.part_clicked.emit(self._view.share_at(event.position()))

    def move(self, event: QMouseEvent) -> None:
        pass

    def release(self, event: QMouseEvent) -> None:
        pass

    def paint(self, painter: QPainter, pointer: QPointF | None) -> None:
        pass

    def view_changed(self) -> None:
        pass

    def leave(self) -> None:
        pass


def _to_path(outlines: "Outlines") -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for contour in outlines:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in contour]))
        path.closeSubpath()
    return path
