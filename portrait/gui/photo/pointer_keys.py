"""The tools of the photo's view by keyboard: arrows move the pointer, Enter presses, digits choose people."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

from portrait.gui.photo.people_tool import PeopleTool
from portrait.gui.photo.photo_view import PhotoView

_STEP_PX, _FINE_STEP_PX = 16.0, 2.0
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1.0, 0.0),
    Qt.Key.Key_Right: QPointF(1.0, 0.0),
    Qt.Key.Key_Up: QPointF(0.0, -1.0),
    Qt.Key.Key_Down: QPointF(0.0, 1.0),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PointerKeys(QObject):
    """While a tool is in hand, keys are turned into the mouse events that it knows; Shift makes steps small."""

    def __init__(self, view: PhotoView) -> None:
        super().__init__(view)
        self._view = view
        self._at: QPointF | None = None
        self._is_down = False
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys of the view; everything else goes on."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self._release()
        if self._view.tool is None or not self._view.is_shown or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.KeyPress:
            return self._press_key(event)
        if event.type() == QEvent.Type.KeyRelease and event.key() in _ENTER and not event.isAutoRepeat():
            self._release()
            return True
        return False

    def _press_key(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier) and key not in _ENTER:
            return False
        if key in _ARROWS:
            is_fine = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            self._move(_ARROWS[key] * (_FINE_STEP_PX if is_fine else _STEP_PX))
            return True
        if key in _ENTER:
            if not self._is_down and not event.isAutoRepeat():
                self._is_down = True
                self._send(QEvent.Type.MouseButtonPress, modifiers)
            return True
        tool = self._view.tool
        if isinstance(tool, PeopleTool) and Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            tool.person_clicked.emit(key - Qt.Key.Key_0)
            return True
        return False

    def _release(self) -> None:
        if self._is_down:
            self._is_down = False
            self._send(QEvent.Type.MouseButtonRelease, Qt.KeyboardModifier.NoModifier)

    def _move(self, by: QPointF) -> None:
        room = self._view.image_rect() & self._view.rect()
        moved = self._place() + by
        x = min(max(moved.x(), room.left()), room.right())
        y = min(max(moved.y(), room.top()), room.bottom())
        self._at = QPointF(x, y)
        self._send(QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier)

    def _place(self) -> QPointF:
        """Where the pointer is: of the mouse if that is over the view, else where keys left it, or in the middle."""
        room = self._view.image_rect() & self._view.rect()
        place = self._view.pointer or self._at
        return QPointF(room.center()) if place is None else place

    def _send(self, kind: QEvent.Type, modifiers: Qt.KeyboardModifier) -> None:
        at, none = self._place() if self._at is None else self._at, Qt.MouseButton.NoButton
        self._at = at
        held = Qt.MouseButton.LeftButton if self._is_down else none
        button = none if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, at, QPointF(self._view.mapToGlobal(at)), button, held, modifiers)
        QCoreApplication.sendEvent(self._view, event)
