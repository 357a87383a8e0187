"""A one-place mailbox between two threads, in which the newest item replaces the one before."""

import threading
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Mailbox(Generic[_Item]):
    """A queue of at most one item: `put` never blocks and replaces it, so a slow consumer lags by one frame at most."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: _Item | None = None
        self._is_closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items were never taken."""
        with self._changed:
            return self._dropped

    def put(self, item: _Item) -> None:
        """Put an item, in place of one that was not taken. A closed mailbox drops it."""
        with self._changed:
            if self._is_closed:
                self._dropped += 1
                return
            self._dropped += self._item is not None
            self._item = item
            self._changed.notify()

    def take(self) -> _Item | None:
        """Wait for an item; None once the mailbox is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._is_closed)
            item, self._item = self._item, None
            return item

    def close(self, *, discard: bool = False) -> None:
        """Accept no more items. One inside may still be taken, or is dropped if ``discard`` is set."""
        with self._changed:
            self._is_closed = True
            if discard and self._item is not None:
                self._item = None
                self._dropped += 1
            self._changed.notify_all()
