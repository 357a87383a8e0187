"""Automatic framing of live pictures: what is shown, and what goes to other programs, follows the person."""

import time
from dataclasses import replace

from portrait.capture import Frame
from portrait.core.matting.framing import SubjectFramer
from portrait.engine import PortraitResult

_LONGEST_STEP_S = 0.5
"""After a longer pause, as of a lost camera, the picture goes on from where it was."""


class AutoFramer:
    """Crops frames and their portraits to the person, at the size of the frame.

    The crop comes after rendering, so that neither the matte nor the blur depends on where it is.

    Parameters
    ----------
    is_on
        May be replaced at any time, from any thread; switched off, the picture goes back to the whole frame smoothly.
    """

    def __init__(self, *, is_on: bool = False) -> None:
        self.is_on = is_on
        self._framer = SubjectFramer()
        self._last_s: float | None = None

    def apply(self, result: PortraitResult, frame: Frame) -> tuple[PortraitResult, Frame]:
        """The next portrait and its frame, cropped; the same objects while the whole frame is shown."""
        start_s = time.perf_counter()
        elapsed_s = 0.0 if self._last_s is None else frame.captured_at_s - self._last_s
        elapsed_s = min(max(elapsed_s, 0.0), _LONGEST_STEP_S)
        self._last_s = frame.captured_at_s
        framing = self._framer.follow(result.matte, elapsed_s) if self.is_on else self._framer.release(elapsed_s)
        if framing.is_whole:
            return result, frame
        image, matte = framing.crop(result.image), framing.crop(result.matte)
        original = framing.crop(frame.image)
        timings_ms = {**result.timings_ms, "frame": 1000.0 * (time.perf_counter() - start_s)}
        return replace(result, image=image, matte=matte, timings_ms=timings_ms), replace(frame, image=original)
