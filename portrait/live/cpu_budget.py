"""A limit on the processor time of live: what is spared to hold it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Economy:
    """What is spared.

    Attributes
    ----------
    matte_resolution
        Share of the pixels of its usual input that the network sees, 0 … 1.
    frame_divisor
        Every so-manieth frame of the source is shown. The others are left out as a whole: a matte never belongs to
        another frame than the one it is shown with.
    """

    matte_resolution: float = 1.0
    frame_divisor: int = 1

    @property
    def is_saving(self) -> bool:
        """Whether anything is spared."""
        return self != Economy()


ECONOMIES = (
    Economy(),
    Economy(0.7),
    Economy(0.5),
    Economy(0.5, 2),
    Economy(0.5, 3),
    Economy(0.4, 4),
    Economy(0.4, 6),
)
"""From nothing spared to the least that still is a moving picture: first the outline gets coarser, then frames go."""

WINDOW_S = 1.0
"""Time over which the use is measured: long enough to hold several frames, and a look at the whole frame."""

_SLACK = 0.7
"""Below this share of the budget less is spared again: the next step up costs less than 1/0.7 of the one before, but
for the doubling of the frame rate, which is tried and taken back."""

_LONGEST_PAUSE_WINDOWS = 32


def limit_cores(percent: float | None) -> float | None:
    """Percent of one core, as the settings have it, in cores; None: no limit."""
    return None if percent is None else percent / 100.0


class CpuBudget:
    """Holds the processor time of this process below a limit by sparing more or less work. Thread-safe.

    One step more is spared after each window over the budget, one less after a window well below it. Where sparing less
    was tried in vain, the next attempt waits twice as long, so that the picture does not swing.

    Parameters
    ----------
    limit_cores
        Seconds of processor time per second, of all threads of the process; None: no limit.
    read_cpu_s, read_clock_s
        Processor time of the process and wall time, in seconds.
    """

    def __init__(
        self,
        limit_cores: float | None = None,
        read_cpu_s: Callable[[], float] = time.process_time,
        read_clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._read_cpu_s, self._read_clock_s = read_cpu_s, read_clock_s
        self._limit_cores = limit_cores
        self._window_start_s = self._window_cpu_s = 0.0
        self._start_anew()

    @property
    def limit_cores(self) -> float | None:
        """The limit; a new one is approached from nothing spared."""
        return self._limit_cores

    @limit_cores.setter
    def limit_cores(self, limit_cores: float | None) -> None:
        with self._lock:
            if limit_cores != self._limit_cores:
                self._limit_cores = limit_cores
                self._start_anew()

    def measure(self) -> Economy:
        """What is to be spared now; to be asked for every frame of the source."""
        with self._lock:
            now_s = self._read_clock_s()
            if self._limit_cores is not None and now_s - self._window_start_s >= WINDOW_S:
                cpu_s = self._read_cpu_s()
                self._adapt((cpu_s - self._window_cpu_s) / (now_s - self._window_start_s), self._limit_cores)
                self._window_start_s, self._window_cpu_s = now_s, cpu_s
            return ECONOMIES[self._step]

    def _start_anew(self) -> None:
        self._step = 0
        self._pause_windows, self._windows_to_wait = 1, 1
        self._has_just_spared_less = False
        self._window_start_s, self._window_cpu_s = self._read_clock_s(), self._read_cpu_s()

    def _adapt(self, used_cores: float, limit_cores: float) -> None:
        """One step more or less, by the use of the last window."""
        if used_cores > limit_cores:
            if self._has_just_spared_less:
                self._pause_windows = min(2 * self._pause_windows, _LONGEST_PAUSE_WINDOWS)
            self._step = min(self._step + 1, len(ECONOMIES) - 1)
            self._windows_to_wait = self._pause_windows
            self._has_just_spared_less = False
        elif used_cores < _SLACK * limit_cores and self._step > 0:
            self._windows_to_wait -= 1
            if self._windows_to_wait <= 0:
                self._step -= 1
                self._windows_to_wait = self._pause_windows
                self._has_just_spared_less = True
        else:
            self._has_just_spared_less = False
