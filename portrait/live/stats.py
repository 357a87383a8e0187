"""Statistics of a live session: counts of frames, rates, latency and times of the stages."""

import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from portrait.live.cpu_budget import Economy

WINDOW_FRAMES = 600
"""Times are kept of the last 600 frames, 20 s at 30 fps, so that memory stays constant."""

RECENT_S = 2.0
"""Window of the figures shown while a session runs: 10 frames at 5 fps, yet short enough to follow the load."""

RECENT_FRAMES_MIN = 5
"""A window holds at least so many frames, for fewer give no stable rate or median."""


@dataclass(frozen=True, slots=True)
class LiveStats:
    """Counts since the start; rates and times over at most the last 600 frames, 0 until a frame is shown.

    Attributes
    ----------
    frames_in
        Frames delivered by the source, but for those spared.
    frames_shown
        Frames handed to the listener.
    frames_dropped
        Frames replaced by a newer one, or left over at the end, before they were processed.
    frames_failed
        Frames not shown, because rendering or the listener failed.
    throughput_fps
        Frames shown per second.
    latency_ms_p50, latency_ms_p95
        Percentiles of the time from capture until the listener had the result.
    stage_median_ms
        Median time by stage: ``matte``, ``smooth``, ``render``.
    frames_unmasked
        Frames shown without a matte, because no person was found or the mask failed.
    captured_fps
        Frames delivered per second, but for those spared.
    frames_spared
        Frames left out to hold a limit on processor time, see `portrait.live.cpu_budget`.
    economy
        What is spared at the moment.
    """

    frames_in: int = 0
    frames_shown: int = 0
    frames_dropped: int = 0
    frames_failed: int = 0
    throughput_fps: float = 0.0
    latency_ms_p50: float = 0.0
    latency_ms_p95: float = 0.0
    stage_median_ms: Mapping[str, float] = field(default_factory=dict)
    frames_unmasked: int = 0
    captured_fps: float = 0.0
    frames_spared: int = 0
    economy: Economy = field(default_factory=Economy)

    @property
    def lost_fraction(self) -> float:
        """Share of the delivered frames that are not shown, 0 … 1: one minus the ratio of the two rates."""
        return max(0.0, 1.0 - self.throughput_fps / self.captured_fps) if self.captured_fps > 0.0 else 0.0

    def to_json_dict(self) -> dict[str, Any]:
        """Plain numbers for ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _ShownFrame:
    """Times of one frame that was shown."""

    shown_at_s: float
    latency_ms: float
    timings_ms: Mapping[str, float]


class StatsRecorder:
    """Collects the measurements of a session from its threads. Thread-safe."""

    def __init__(self, window_frames: int = WINDOW_FRAMES) -> None:
        self._lock = threading.Lock()
        self._shown: deque[_ShownFrame] = deque(maxlen=window_frames)
        self._captured_at_s: deque[float] = deque(maxlen=window_frames)
        self._frames_in = self._frames_shown = self._frames_failed = self._frames_unmasked = self._frames_spared = 0

    def count_in(self, captured_at_s: float) -> None:
        """Record a frame that the source delivered, with its time in monotonic seconds."""
        with self._lock:
            self._frames_in += 1
            self._captured_at_s.append(captured_at_s)

    def count_spared(self) -> None:
        """Record a frame that was left out to spare processor time."""
        with self._lock:
            self._frames_spared += 1

    def count_failed(self) -> None:
        """Record a frame that was skipped."""
        with self._lock:
            self._frames_failed += 1

    def count_shown(
        self, captured_at_s: float, shown_at_s: float, timings_ms: Mapping[str, float], *, is_masked: bool
    ) -> None:
        """Record a frame that reached the listener. Times are monotonic seconds."""
        latency_ms = 1000.0 * (shown_at_s - captured_at_s)
        with self._lock:
            self._frames_shown += 1
            self._frames_unmasked += not is_masked
            self._shown.append(_ShownFrame(shown_at_s, latency_ms, timings_ms))

    def to_stats(self, frames_dropped: int, window_s: float = math.inf) -> LiveStats:
        """Compute the statistics so far.

        Parameters
        ----------
        frames_dropped
            Frames dropped since the start.
        window_s
            Rates and times are computed from the frames of the last ``window_s`` seconds, but from at least
            `RECENT_FRAMES_MIN` frames.
        """
        # Copy what the threads have collected.
        with self._lock:
            shown, captured_at_s = tuple(self._shown), tuple(self._captured_at_s)
            counts = (self._frames_in, self._frames_shown, frames_dropped, self._frames_failed)
            frames_unmasked, frames_spared = self._frames_unmasked, self._frames_spared
        if not shown:
            return LiveStats(*counts, frames_spared=frames_spared)
        # Latency, rates and stage times within the window.
        shown_at_s = _find_recent([frame.shown_at_s for frame in shown], window_s)
        shown = shown[-len(shown_at_s) :]
        p50, p95 = (float(value) for value in np.percentile([frame.latency_ms for frame in shown], (50, 95)))
        rates = _find_rate_fps(shown_at_s), _find_rate_fps(_find_recent(captured_at_s, window_s))
        medians = _find_stage_medians(shown)
        return LiveStats(*counts, rates[0], p50, p95, medians, frames_unmasked, rates[1], frames_spared)


def _find_recent(times_s: Sequence[float], window_s: float) -> Sequence[float]:
    """The last of ascending times: those in the window before the latest, at least `RECENT_FRAMES_MIN`."""
    count = sum(time_s >= times_s[-1] - window_s for time_s in times_s)
    return times_s[-max(count, RECENT_FRAMES_MIN) :]


def _find_rate_fps(times_s: Sequence[float]) -> float:
    """Mean rate of frames at these ascending times; 0 for fewer than two."""
    elapsed_s = times_s[-1] - times_s[0] if times_s else 0.0
    return (len(times_s) - 1) / elapsed_s if elapsed_s > 0.0 else 0.0


def _find_stage_medians(shown: tuple[_ShownFrame, ...]) -> dict[str, float]:
    """Median time of each stage, over the frames that have it."""
    stages = dict.fromkeys(stage for frame in shown for stage in frame.timings_ms)
    return {
        stage: float(np.median([frame.timings_ms[stage] for frame in shown if stage in frame.timings_ms]))
        for stage in stages
    }
