"""Base of the services that run one long job at a time on a worker, and pass its events on as signals."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.photo.bugs import report_bug

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine


class RunService(QObject):
    """Runs one job at a time.

    Parameters
    ----------
    name
        Of the worker's thread.
    engine
        The engine, once it is open; only the worker waits for it.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    event_received = Signal(object)  # an event of the job; the last one tells how it ended
    failed = Signal(object)  # PortraitError: it has ended, or was not begun

    def __init__(
        self,
        name: str,
        engine: Future["PortraitEngine"],
        on_bug: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._cancel = threading.Event()
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker(name, on_bug)

    def cancel(self) -> None:
        """Begin nothing more; the last event follows when what is under way is finished."""
        self._cancel.set()

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Take no more requests and wait for the worker; false when it is still busy after ``timeout_s`` seconds."""
        self._crossing.close()
        return self._worker.stop(timeout_s)

    def _begin(self, subject: Path, run: Callable[[threading.Event], Iterable[object]]) -> None:
        """Run a job, which is given what cancels it; its messages, or the error, reach `_on_message`."""
        self._cancel = threading.Event()
        messages = partial(run, self._cancel)
        self._worker.submit("run", lambda: self._post_all(subject, messages))

    def _post_all(
        self, subject: Path, find: Callable[[], Iterable[object]], wrap: Callable[[object], object] = lambda one: one
    ) -> None:
        """Post messages as they are found, on the worker, and the error that ends them."""
        try:
            for message in find():
                self._crossing.post(wrap(message))
        except PortraitError as exc:
            self._crossing.post(wrap(exc))
        except Exception as bug:  # noqa: BLE001 - logged and shown; else the page would wait for the end for ever
            self._crossing.post(wrap(report_bug(subject, bug)))

    @Slot(object)
    def _on_message(self, message: object) -> None:
        """Tell a message that the worker has posted."""
        (self.failed if isinstance(message, PortraitError) else self.event_received).emit(message)
