"""Python's cycle collector, kept on the GUI thread."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

_INTERVAL_MS = 1000


@contextmanager
def collected_on_this_thread() -> Iterator[None]:
    """Collect cycles from a timer of this thread instead of wherever an allocation happens to cross the threshold.

    Widgets are often part of cycles, and a worker's thread that collects one destroys it there. Qt does not allow that:
    the worker may wait for the GUI thread while that waits for Python's lock.
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
    """Collect the oldest generation whose threshold is crossed, as Python would."""
    counts = enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
    due = max((generation for generation, (count, threshold) in counts if count > threshold), default=None)
    if due is not None:
        gc.collect(due)
