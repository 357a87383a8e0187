"""A handle for a resource that one thread uses and any thread may close."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Resource = TypeVar("Resource")


class ClosableHandle(Generic[Resource]):
    """Holds a device or a file that must not be released while another thread uses it.

    Releasing a decoder during a read in another thread crashes inside the library. `close` therefore releases the
    resource only if it is idle; otherwise the thread that uses it releases it when done.

    Parameters
    ----------
    release
        Releases the resource.
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
        """Release the resource held before and hold what ``acquire`` returns; False if that is None."""
        self.close()
        self._closing.clear()
        with self._using():
            self._resource = acquire()
            return self._resource is not None

    def reopen(self, acquire: Callable[[], Resource | None]) -> bool:
        """Replace the resource by what ``acquire`` returns, unless `close` was called; whether one is held now."""
        with self._using():
            if self.is_closing:
                return False
            self._release_held()
            self._resource = acquire()
            return self._resource is not None

    @contextmanager
    def use(self) -> Iterator[Resource | None]:
        """Context in which the resource is not released; it yields None when closed."""
        with self._using():
            yield None if self.is_closing else self._resource

    def wait(self, pause_s: float) -> bool:
        """Wait for ``pause_s`` seconds; True at once when `close` is called."""
        return self._closing.wait(pause_s)

    def close(self) -> None:
        """Release the resource, now or as soon as the thread that uses it is done. Never blocks."""
        self._closing.set()
        self._release_if_idle()

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Hold the lock for a block; afterwards release the resource if `close` was called meanwhile."""
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
            self._release_held()
        finally:
            self._in_use.release()

    def _release_held(self) -> None:
        if self._resource is not None:
            resource, self._resource = self._resource, None
            self._release(resource)
