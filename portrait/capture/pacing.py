"""Pacing: deliver frames at a given rate, as a camera does."""

from collections.abc import Callable


class Pacer:
    """Waits until the next frame is due.

    Parameters
    ----------
    frame_rate_fps
        Frames per second, above 0.
    clock
        Monotonic seconds.
    wait
        Waits for a number of seconds; returns True, at once, when the source is being closed.
    """

    def __init__(self, frame_rate_fps: float, clock: Callable[[], float], wait: Callable[[float], bool]) -> None:
        if not frame_rate_fps > 0.0:
            raise ValueError(f"frame_rate_fps must be above 0, got {frame_rate_fps!r}")
        self._period_s = 1.0 / frame_rate_fps
        self._clock = clock
        self._wait = wait
        self._due_s: float | None = None

    def wait_until_due(self) -> bool:
        """Wait until the next frame is due; False when the wait was interrupted.

        A late frame delays the schedule: missed frames are not followed by a burst.
        """
        now_s = self._clock()
        if self._due_s is None or self._due_s <= now_s:
            self._due_s = now_s + self._period_s
            return True
        pause_s = self._due_s - now_s
        self._due_s += self._period_s
        return not self._wait(pause_s)
