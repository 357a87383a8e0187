"""Limits on clients: the rate of their requests."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

_MOST_CLIENTS = 10_000


class RateLimiter:
    """A token bucket for each client: so many requests a minute, as many at once after a pause.

    Parameters
    ----------
    per_minute
        Requests of one client.
    clock
        Seconds that never go back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Count a request; 0 where it may be answered, else the seconds until one may."""
        now_s = self._clock()
        with self._lock:
            left, since_s = self._left.pop(client, (float(self._per_minute), now_s))
            left = min(float(self._per_minute), left + (now_s - since_s) * self._per_minute / 60.0)
            is_allowed = left >= 1.0
            self._left[client] = left - is_allowed, now_s
            if len(self._left) > _MOST_CLIENTS:
                self._left.popitem(last=False)
        return 0.0 if is_allowed else (1.0 - left) * 60.0 / self._per_minute
