"""The one door from a worker's thread into Qt."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Slot

from portrait.gui.threads.wakeup import Wakeup

_TURN_S = 0.01


class Crossing(QObject):
    """Carries messages from any thread to one callable on the GUI thread, in order.

    A worker that posts calls nothing of Qt: it would hold Python's lock and wait for one of Qt's, while the GUI thread
    may hold that and wait for Python's.

    Parameters
    ----------
    receive
        Called on the GUI thread with each message.
    parent
        Owner.
    """

    def __init__(self, receive: Callable[[Any], None], parent: QObject) -> None:
        super().__init__(parent)
        self._receive = receive
        self._lock = threading.Lock()
        self._waiting: deque[Any] = deque()
        self._is_closed = False
        self._wakeup = Wakeup(self)
        self._wakeup.rung.connect(self._on_rung)

    def post(self, message: object) -> None:
        """Hand ``message`` over; any thread, never blocks. Nothing happens once the door is closed."""
        with self._lock:  # so that close() lets no socket go that a thread still writes to
            if not self._is_closed:
                self._waiting.append(message)
                self._wakeup.ring()

    def close(self) -> None:
        """Let no message through any more, nor those that wait; a worker that outlives the window may go on posting."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.clear()
                self._wakeup.close()

    @Slot()
    def _on_rung(self) -> None:
        """As many messages as a turn has time for, so that painting gets its own; one that fails keeps none back."""
        end_s = time.monotonic() + _TURN_S
        while self._waiting:
            message = self._waiting.popleft()
            self._ring_for_the_rest()
            self._receive(message)
            if time.monotonic() >= end_s:
                return

    def _ring_for_the_rest(self) -> None:
        with self._lock:
            if self._waiting:
                self._wakeup.ring()
