"""What a live session shows of a camera's frames: frame rate, latency, drops, processor time and memory."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.live_speed import decode
from portrait.capture import Frame
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine, PortraitResult
from portrait.errors import PortraitError
from portrait.live import LiveProcessor, LiveSession

CAMERA_RATE_FPS = 30.0
_FOREWORD_S = 1.0  # while networks and caches warm up


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Figures of a session once it has warmed up.

    Attributes
    ----------
    rate_fps
        Frames per second of the camera.
    frames_shown, frames_dropped
        Shown, and replaced by a newer one before they were.
    throughput_fps
        Frames shown per second.
    latency_ms_p50, latency_ms_p95, latency_ms_p99
        From the delivery of a frame, before it is decoded, until it is ready to be shown.
    cpu_ms_per_frame
        Processor time of the process, decoding included, by frames shown.
    peak_memory_mb
        Most memory of the process since its start; None where the system does not tell.
    """

    rate_fps: float
    frames_shown: int
    frames_dropped: int
    throughput_fps: float
    latency_ms_p50: float
    latency_ms_p95: float
    latency_ms_p99: float
    cpu_ms_per_frame: float
    peak_memory_mb: float | None


class ClipSource:
    """A camera that sends a clip forwards and backwards, again and again, until it is closed.

    Parameters
    ----------
    clip
        JPEG files, see `portrait.benchmark.live_speed.draw_clip`.
    rate_fps
        Frames per second.
    """

    name = "clip"

    def __init__(self, clip: Sequence[NDArray[np.uint8]], rate_fps: float) -> None:
        self._clip = (*clip, *clip[-2:0:-1])
        self._rate_fps = rate_fps
        self._closed = threading.Event()
        self._index = 0
        self._due_s = 0.0

    @property
    def frame_rate_fps(self) -> float:
        """See `FrameSource`."""
        return self._rate_fps

    def open(self) -> None:
        """See `FrameSource`."""
        self._due_s = time.monotonic()

    def read(self) -> Frame | None:
        """See `FrameSource`; a camera does not wait for who reads late, so missed frames are left out."""
        now_s = time.monotonic()
        self._due_s = max(self._due_s + 1.0 / self._rate_fps, now_s - 1.0 / self._rate_fps)
        if self._closed.wait(max(0.0, self._due_s - now_s)):
            return None
        delivered_s = time.monotonic()
        image = decode(self._clip[self._index % len(self._clip)])
        self._index += 1
        return Frame(image, self._index - 1, delivered_s)

    def close(self) -> None:
        """See `FrameSource`."""
        self._closed.set()


class _Recorder:
    """Keeps the latencies of shown frames, and lets the main thread wait for the end."""

    def __init__(self) -> None:
        self.latencies_ms: list[float] = []
        self.error: PortraitError | None = None
        self.is_over = threading.Event()

    def on_result(self, result: PortraitResult, frame: Frame) -> None:
        self.latencies_ms.append(1e3 * (time.monotonic() - frame.captured_at_s))

    def on_stopped(self, error: PortraitError | None) -> None:
        self.error = error
        self.is_over.set()


def run_session(
    engine: PortraitEngine, clip: Sequence[NDArray[np.uint8]], seconds: float, rate_fps: float = CAMERA_RATE_FPS
) -> SessionFigures:
    """Run a live session on a clip for so long, with the default look.

    Raises
    ------
    PortraitError
        The session failed.
    """
    recorder = _Recorder()
    session = LiveSession(
        ClipSource(clip, rate_fps), LiveProcessor(engine, BlurOptions()), recorder.on_result, recorder.on_stopped
    )
    session.start()
    try:
        recorder.is_over.wait(min(_FOREWORD_S, seconds))
        before, shown_before = session.stats(), len(recorder.latencies_ms)
        cpu_s, begun_s = time.process_time(), time.monotonic()
        recorder.is_over.wait(seconds)
        cpu_s, elapsed_s = time.process_time() - cpu_s, time.monotonic() - begun_s
        after, latencies_ms = session.stats(), recorder.latencies_ms[shown_before:]
    finally:
        session.stop()
    if recorder.error is not None:
        raise recorder.error
    if not latencies_ms:
        raise PortraitError(f"No frame was shown within {seconds:g} s", "This machine needs longer: --seconds.")
    p50, p95, p99 = (float(value) for value in np.percentile(latencies_ms, (50, 95, 99)))
    dropped, shown = after.frames_dropped - before.frames_dropped, len(latencies_ms)
    rates = shown / elapsed_s, p50, p95, p99, 1e3 * cpu_s / shown
    return SessionFigures(rate_fps, shown, dropped, *rates, find_peak_memory_mb())


def find_peak_memory_mb() -> float | None:
    """Most resident memory of this process since its start, in megabytes; None where the system does not tell."""
    system: str = sys.platform  # mypy knows its own system, and takes the rest for unreachable
    if system == "win32":
        return None
    import resource  # missing on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if system == "darwin" else peak * 1024 / 1e6
