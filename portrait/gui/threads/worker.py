"""A thread that runs requests one after the other; the newest request of a topic wins."""

import threading
from collections.abc import Callable

JOIN_TIMEOUT_S = 2.0

Request = Callable[[], None]


class Worker:
    """One thread and the requests that wait for it.

    A request replaces one of the same topic that has not begun, so a slider can ask at every move without a queue
    building up behind it.

    Parameters
    ----------
    name
        Name of the thread.
    on_bug
        Called on the worker's thread with an exception that a request let escape; the thread lives on.
    """

    def __init__(self, name: str, on_bug: Callable[[Exception], None]) -> None:
        self._on_bug = on_bug
        self._waiting: dict[str, tuple[Request, bool]] = {}  # the request, and whether it is promised
        self._changed = threading.Condition()
        self._is_stopping = False
        # Not a daemon: portraits that are owed when the window closes are written, not cut off.
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    def submit(self, topic: str, request: Request, *, is_promised: bool = False) -> None:
        """Run ``request`` after those already waiting, in place of one of the same topic. Any thread; never blocks.

        One that ``is_promised`` runs even if the worker is stopped before.
        """
        with self._changed:
            if self._is_stopping:
                return
            self._waiting.pop(topic, None)
            self._waiting[topic] = request, is_promised
            self._changed.notify()

    def discard(self, *topics: str) -> None:
        """Forget the requests of these topics that have not begun."""
        with self._changed:
            for topic in topics:
                self._waiting.pop(topic, None)

    def stop(self, timeout_s: float | None = JOIN_TIMEOUT_S) -> bool:
        """Drop what waits and is not promised, and wait for the thread; false when it is busy after ``timeout_s``.

        None waits for as long as it takes.
        """
        with self._changed:
            self._is_stopping = True
            self._waiting = {topic: waiting for topic, waiting in self._waiting.items() if waiting[1]}
            self._changed.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (request := self._next_request()) is not None:
            try:
                request()
            except Exception as exc:  # noqa: BLE001 - a bug in one request is reported and must not end the thread
                self._on_bug(exc)

    def _next_request(self) -> Request | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping or bool(self._waiting))
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))[0]
