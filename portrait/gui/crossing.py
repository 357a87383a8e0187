"""The one door from a worker's thread into Qt."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class Crossing(QObject):
    """Carries messages from any thread to one slot on the GUI thread, in order.

    Parameters
    ----------
    slot
        A ``@Slot`` method of a QObject that lives on the GUI thread. A plain function would run on the sender's thread.
    parent
        Owner.
    """

    _posted = Signal(object)

    def __init__(self, slot: Callable[[Any], None], parent: QObject) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._is_closed = False
        self._posted.connect(slot, Qt.ConnectionType.QueuedConnection)

    def post(self, message: object) -> None:
        """Hand ``message`` over; any thread, never blocks. Nothing happens once the door is closed."""
        with self._lock:  # held while emitting: close() must not return while a thread still touches the Qt object
            if not self._is_closed:
                self._posted.emit(message)

    def close(self) -> None:
        """Let no message through any more; a worker that outlives the window may go on posting."""
        with self._lock:
            self._is_closed = True
