"""Wakes the event loop from outside Qt: a byte through a pair of sockets."""

import socket
import weakref
from contextlib import suppress

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

_CHUNK = 4096


class Wakeup(QObject):
    """A bell that any thread and any signal handler may ring, heard on the GUI thread.

    Parameters
    ----------
    parent
        Owner.
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
        """The end to write to, as `signal.set_wakeup_fd` takes it."""
        return self._writing.fileno()

    def ring(self) -> None:
        """Any thread; never blocks and never calls Qt. Several rings may be heard as one."""
        with suppress(BlockingIOError):  # as full as it can be: it will be heard
            self._writing.send(b"\0")

    def close(self) -> None:
        """Let the sockets go. On the GUI thread, when nobody rings any more."""
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
