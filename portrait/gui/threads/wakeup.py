"""Wakes Qt's event loop from other threads and signal handlers, by a byte through a socket pair."""

import socket
import weakref
from contextlib import suppress

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

_CHUNK = 4096


class Wakeup(QObject):
    """Emits `rung` on the GUI thread when any thread or signal handler calls `ring` or writes to `fileno`.

    Parameters
    ----------
    parent
        Owner of this object.
    """

    rung = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._let_go = weakref.finalize(self, _close, self._reading, self._writing)

    @property
    def fileno(self) -> int:
        """File descriptor to write to, for `signal.set_wakeup_fd`."""
        return self._writing.fileno()

    def ring(self) -> None:
        """Wake the GUI thread; from any thread, never blocks, never calls Qt. Several calls may give one `rung`."""
        with suppress(BlockingIOError):  # the socket is full of bytes that will wake it
            self._writing.send(b"\0")

    def close(self) -> None:
        """Close the sockets. Call on the GUI thread, when no thread calls `ring` any more."""
        self._notifier.setEnabled(False)
        self._let_go()

    @Slot()
    def _on_readable(self) -> None:
        with suppress(BlockingIOError):  # a notifier may fire with nothing to read
            self._reading.recv(_CHUNK)
        self.rung.emit()


def _close(*ends: socket.socket) -> None:
    for end in ends:
        end.close()
