"""An `ImageView` that magnifies: wheel, pinch and keys zoom about a point, a drag moves."""

from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.viewport import Viewport

_MARGIN_PX = 16
_WHEEL_STEP = 120.0
_PANS = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
_PAN_PX = 60.0


class ZoomView(ImageView):
    """Shows a portrait and its original fitted, never enlarged unasked, or at any magnification up to 8:1.

    A drag moves a magnified image, and so does a drag by the middle button or while Space is held. A double click
    toggles between all of it and 1:1. The original is shown while ``\\`` is held, and while nothing can be moved also
    while Space or the button is.
    """

    view_changed = Signal()  # see `viewport`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewport = Viewport()
        self._pan_from: QPointF | None = None
        self._is_hand_held = False  # Space is down
        self.grabGesture(Qt.GestureType.PinchGesture)

    @property
    def viewport(self) -> Viewport:
        """Zoom and place, in device pixels."""
        return self._viewport

    @property
    def is_shown(self) -> bool:
        """Whether there is an image, and not one that is about to go."""
        return not self._before.isNull() and not self._is_dim

    def set_full_size(self, size: tuple[int, int]) -> None:
        """Fit another image, of a width and height; what is shown may be smaller."""
        self._viewport = Viewport(image=size)
        self._follow_size()

    def zoom_fit(self) -> None:
        """Show all of the image."""
        self._set_viewport(self._viewport.fitted())

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Magnify to device pixels for one of the image, about a point or the middle."""
        self._set_viewport(self._viewport.zoomed_to(zoom, *self._device(self._point_or_middle(at))))

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """Magnify by steps, or the reverse."""
        self._set_viewport(self._viewport.stepped(steps, *self._device(self._point_or_middle(at))))

    def share_at(self, position: QPointF) -> tuple[float, float]:
        """The place in the image under a point, as shares of its sides."""
        return self._viewport.to_share(*self._device(position))

    def point_at(self, share: tuple[float, float]) -> QPointF:
        """The reverse of `share_at`."""
        x, y = self._viewport.to_screen(share)
        return QPointF(x, y) / self.devicePixelRatioF()

    def image_rect(self) -> QRect:
        if self._before.isNull():
            return QRect()
        left, top, width, height = (length / self.devicePixelRatioF() for length in self._viewport.rect)
        return QRect(round(left), round(top), max(1, round(width)), max(1, round(height)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow_size()

    def event(self, event: QEvent) -> bool:
        """Magnify by a pinch on a touch screen or a touch pad."""
        if event.type() == QEvent.Type.Gesture:
            pinch = cast("QGestureEvent", event).gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                at = QPointF(self.mapFromGlobal(pinch.hotSpot().toPoint()))
                self.zoom_to(self._viewport.scale * pinch.scaleFactor(), at)
                return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_to(self._viewport.scale * (1.0 + event.value()), event.position())
            return True
        return bool(super().event(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels = event.pixelDelta()
        if not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pan_by(QPointF(pixels))  # a touch pad moves by two fingers, and magnifies by a pinch
        elif event.angleDelta().y():
            self.zoom_by(event.angleDelta().y() / _WHEEL_STEP, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backslash:
            self.hold_original(True)
        elif event.key() == Qt.Key.Key_Space and not self._viewport.is_fitted:
            self._hold_hand(True)
        elif event.key() in _PANS and self._is_movable:
            self._pan_by(QPointF(*_PANS[Qt.Key(event.key())]) * _PAN_PX)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Backslash, Qt.Key.Key_Space):
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.hold_original(False)
            self._hold_hand(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hold_hand(False)
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_pan = event.button() == Qt.MouseButton.MiddleButton or self._is_hand_held or self._is_drag(event)
        if self.is_shown and is_pan:
            self._pan_from = event.position()
            self._show_cursor()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is None:
            super().mouseMoveEvent(event)
            return
        moved, self._pan_from = event.position() - self._pan_from, event.position()
        self._pan_by(moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is None:
            super().mouseReleaseEvent(event)
        else:
            self._pan_from = None
            self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_split or event.button() != Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
        elif self._viewport.is_fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.zoom_fit()

    def set_split(self, is_split: bool) -> None:
        super().set_split(is_split)
        self._show_cursor()

    @property
    def _is_movable(self) -> bool:
        """Whether a plain drag moves the image."""
        return not self._viewport.is_fitted and not self._is_split

    def _is_drag(self, event: QMouseEvent) -> bool:
        return event.button() == Qt.MouseButton.LeftButton and self._is_movable

    def _set_viewport(self, viewport: Viewport) -> None:
        if viewport != self._viewport:
            self._viewport = viewport
            self._show_cursor()
            self._place_divider()
            self.view_changed.emit()
            self.update()

    def _pan_by(self, moved: QPointF) -> None:
        self._set_viewport(self._viewport.panned(*self._device(moved)))

    def _follow_size(self) -> None:
        space = (_MARGIN_PX, _MARGIN_PX, self.width() - 2 * _MARGIN_PX, self.height() - 2 * _MARGIN_PX)
        left, top, width, height = (length * self.devicePixelRatioF() for length in space)
        self._set_viewport(self._viewport.in_room(self._viewport.image, (left, top, width, height)))

    def _device(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _point_or_middle(self, at: QPointF | None) -> QPointF:
        return QPointF(self.rect().center()) if at is None else at

    def _hold_hand(self, is_held: bool) -> None:
        self._is_hand_held = is_held
        self._show_cursor()
        self.update()

    def _show_cursor(self) -> None:
        """Show a hand where a drag moves the image."""
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._is_hand_held or self._is_movable:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()
