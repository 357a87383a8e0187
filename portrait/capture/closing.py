"""Something that one thread uses and any thread may close."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Resource = TypeVar("Resource")


class ClosableHandle(Generic[Resource]):
    """Holds a device or a file that must not be released while it is in use.

    Releasing a decoder during a read of another thread crashes inside the library. So `close` only releases what nobody
    is using, and whoever is using it releases it when done.

    Parameters
    ----------
    release
        Lets the resource go.
    """

    def __init__(self, release: Callable[[Resource], object]) -> None:
        self._release = release
        self._resource: Resource | None = None
        self._in_use = threading.Lock()
        self._closing = threading.Event()

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing.is_set()

    def open(self, acquire: Callable[[], Resource | None]) -> bool:
        """Let go of what was held before, then hold what ``acquire`` returns; False when that is None."""
        self.close()
        self._closing.clear()
        with self._using():
            self._resource = acquire()
            return self._resource is not None

    def reopen(self, acquire: Callable[[], Resource | None]) -> bool:
        """As `open`, in place of what is held; but once closed it stays closed."""
        with self._using():
            if self.is_closing:
                return False
            self._let_go()
            self._resource = acquire()
            return self._resource is not None

    @contextmanager
    def use(self) -> Iterator[Resource | None]:
        """The resource for as long as the block runs; None when closed."""
        with self._using():
            yield None if self.is_closing else self._resource

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._closing.wait(pause_s)

    def close(self) -> None:
        """Let the resource go, now or as soon as the thread that uses it is done. Never blocks."""
        self._closing.set()
        self._release_if_idle()

    @contextmanager
    def _using(self) -> Iterator[None]:
        try:
            with self._in_use:
                yield
        finally:
            if self.is_closing:
                self._release_if_idle()

    def _release_if_idle(self) -> None:
        if not self._in_use.acquire(blocking=False):
            return
        try:
            self._let_go()
        finally:
            self._in_use.release()

    def _let_go(self) -> None:
        if self._resource is not None:
            resource, self._resource = self._resource, None
            self._release(resource)
