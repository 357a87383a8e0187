"""A worker thread that runs requests one after the other; of each topic only the newest waits."""

import threading
from collections.abc import Callable

JOIN_TIMEOUT_S = 2.0

Request = Callable[[], None]


class Worker:
    """A thread with a queue of requests.

    A request replaces a waiting one of the same topic, so that a slider can submit one at every move without a queue
    building up.

    Parameters
    ----------
    name
        Name of the thread.
    on_bug
        Called on the worker's thread with an exception that a request raised; the thread goes on.
    """

    def __init__(self, name: str, on_bug: Callable[[Exception], None]) -> None:
        self._on_bug = on_bug
        self._waiting: dict[str, tuple[Request, bool]] = {}  # the request, and whether it is promised
        self._changed = threading.Condition()
        self._is_stopping = False
        # Not a daemon: a portrait that is being saved when the window closes must be written completely.
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    def submit(self, topic: str, request: Request, *, is_promised: bool = False) -> None:
        """Run ``request`` after the waiting ones, in place of a waiting one of its topic. Thread-safe; never blocks.

        A promised request runs even if the worker is stopped before.
        """
        with self._changed:
            if self._is_stopping:
                return
            self._waiting.pop(topic, None)
            self._waiting[topic] = request, is_promised
            self._changed.notify()

    def discard(self, *topics: str) -> None:
        """Drop the waiting requests of these topics."""
        with self._changed:
            for topic in topics:
                self._waiting.pop(topic, None)

    def stop(self, timeout_s: float | None = JOIN_TIMEOUT_S) -> bool:
        """Drop waiting requests that are not promised, and wait for the thread to end.

        Returns false when it is still busy after ``timeout_s`` seconds; None waits without limit.
        """
        with self._changed:
            self._is_stopping = True
            self._waiting = {topic: waiting for topic, waiting in self._waiting.items() if waiting[1]}
            self._changed.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Body of the thread: run requests until the worker is stopped and none is left."""
        while (request := self._next_request()) is not None:
            try:
                request()
            except Exception as exc:  # noqa: BLE001 - a bug in one request is reported and must not end the thread
                self._on_bug(exc)

    def _next_request(self) -> Request | None:
        """Wait for a request and remove it from the queue; None when stopped and the queue is empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping or bool(self._waiting))
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))[0]
