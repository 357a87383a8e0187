"""Garbage collection on the GUI thread only."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

_INTERVAL_MS = 1000


@contextmanager
def collected_on_this_thread() -> Iterator[None]:
    """Run Python's cycle collector from a timer of this thread, not on whichever thread allocates next.

    Widgets are often part of reference cycles. If a worker thread collected one, the widget would be destroyed on that
    thread, which Qt does not allow: the worker may wait for the GUI thread while that waits for the interpreter lock.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    timer = QTimer()
    timer.timeout.connect(collect_due)
    timer.start(_INTERVAL_MS)
    try:
        yield
    finally:
        timer.stop()
        if was_enabled:
            gc.enable()


def collect_due() -> None:
    """Collect the oldest generation whose threshold is exceeded, as Python does by itself."""
    counts = enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
    due = max((generation for generation, (count, threshold) in counts if count > threshold), default=None)
    if due is not None:
        gc.collect(due)
