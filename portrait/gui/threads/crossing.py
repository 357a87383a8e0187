"""Message passing from worker threads to the GUI thread, without a call of Qt on the worker's side."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Slot

from portrait.gui.threads.wakeup import Wakeup

_TURN_S = 0.01


class Crossing(QObject):
    """A message queue from any thread to one callable on the GUI thread, in order.

    Posting never calls Qt, because that can deadlock: the worker would hold Python's interpreter lock and wait for a
    lock of Qt, while the GUI thread holds that lock and waits for the interpreter lock.

    Parameters
    ----------
    receive
        Called on the GUI thread with each message.
    parent
        Owner of this object.
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
        """Queue ``message``; from any thread, never blocks. Ignored once closed."""
        with self._lock:  # close() must not close the socket while a thread writes to it
            if not self._is_closed:
                self._waiting.append(message)
                self._wakeup.ring()

    def close(self) -> None:
        """Drop waiting messages and ignore all later ones, which workers may still post."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.clear()
                self._wakeup.close()

    @Slot()
    def _on_rung(self) -> None:
        """Deliver messages for at most 10 ms, so that painting is not held up; the rest follows in another turn."""
        end_s = time.monotonic() + _TURN_S
        while self._waiting:
            message = self._waiting.popleft()
            self._ring_for_the_rest()  # before the call: if that raises, the other messages are still delivered
            self._receive(message)
            if time.monotonic() >= end_s:
                return

    def _ring_for_the_rest(self) -> None:
        """Wake the event loop again if messages are waiting."""
        with self._lock:
            if self._waiting:
                self._wakeup.ring()
