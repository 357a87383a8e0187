"""Ctrl-C in commands that must end in good order."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_STDERR = 2


@contextmanager
def interrupts_cancel(said: str) -> Iterator[threading.Event]:
    """Let Ctrl-C set an event and print a line: a KeyboardInterrupt could interrupt a clean-up.

    Where Ctrl-C was ignored before, it stays ignored.
    """
    cancel = threading.Event()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second signal during set() could block on the event's lock
        cancel.set()
        with suppress(OSError):  # os.write, for the signal may have interrupted a print()
            os.write(_STDERR, f"\n{said}\n".encode())

    # Shells without job control start background commands ("… &") with Ctrl-C ignored.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield cancel
        return
    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, previous)
