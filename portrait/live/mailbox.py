"""The one place between two stages."""

import threading
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Mailbox(Generic[_Item]):
    """Holds at most one item: `put` never blocks and the newest wins, so a slow engine is late by one frame at most."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: _Item | None = None
        self._is_closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items nobody took."""
        with self._changed:
            return self._dropped

    def put(self, item: _Item) -> None:
        """Leave an item in the place of the one before."""
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
        """Accept no more. What is inside may still be taken, unless it is discarded, which counts as dropped."""
        with self._changed:
            self._is_closed = True
            if discard and self._item is not None:
                self._item = None
                self._dropped += 1
            self._changed.notify_all()
