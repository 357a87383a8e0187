"""Writes live frames to a video file, on a thread of its own; needs the extra ``video``."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.extras import how_to_get, install_command
from portrait.language import tr
from portrait.sinks.frame_sink import FixedSize, MissingSetUpError, SinkState

_logger = logging.getLogger(__name__)

_WAITING_FRAMES_MAX = 4
"""So many wait for the encoder, then frames are left out: memory stays constant, and the live view is not slowed."""


class Encoder(Protocol):
    """Takes frames one after the other into a file; see `portrait.sinks.video_encoder.VideoEncoder`."""

    @property
    def codec(self) -> str:
        """Name of the codec for users."""

    def encode(self, image: RgbImage, time_s: float) -> None:
        """Add a frame; raises `SinkError`."""

    def finish(self) -> None:
        """Close the file; raises `SinkError`."""


OpenEncoder = Callable[[Path, int, int], Encoder]


@dataclass(frozen=True, slots=True)
class RecordedFrames:
    """What a finished recording holds.

    Attributes
    ----------
    frames, frames_left_out
        Written, and not written because the encoder was too slow.
    duration_s
        From the first to the last frame.
    codec
        For users.
    """

    frames: int = 0
    frames_left_out: int = 0
    duration_s: float = 0.0
    codec: str = ""


class RecordingSink:
    """Records frames with the times at which they come, without sound.

    Parameters
    ----------
    path
        Of the video file, which is made at the first frame.
    open_encoder
        For tests: opens the file for frames of a height and a width.
    clock
        Monotonic seconds.
    """

    def __init__(
        self, path: Path, open_encoder: OpenEncoder | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._open_encoder = open_encoder or _open_encoder
        self._clock = clock
        self._size = FixedSize()
        self._waiting: deque[tuple[RgbImage, float]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._error: SinkError | None = None
        self._first_s: float | None = None
        self._recorded = RecordedFrames()
        self._left_out = 0
        self._thread = threading.Thread(target=self._run, name="portrait-recording", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the recording {name}", name=self._path.name)

    @property
    def state(self) -> SinkState:
        """See `FrameSink`."""
        return "open"

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the newest that was encoded."""
        return self._recorded.duration_s

    def write(self, image: RgbImage) -> None:
        """See `FrameSink`. Never blocks."""
        with self._changed:
            if self._error is not None:
                raise self._error
            if self._is_closed:
                return
            if len(self._waiting) >= _WAITING_FRAMES_MAX:
                self._left_out += 1
                return
            now_s = self._clock()
            self._first_s = now_s if self._first_s is None else self._first_s
            self._waiting.append((self._size.fit(image), now_s - self._first_s))
            self._changed.notify()

    def close(self) -> None:
        """See `FrameSink`. Waits until the file is complete."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def finish(self) -> RecordedFrames:
        """Close, and tell what was recorded.

        Raises
        ------
        SinkError
            The file could not be written to its end.
        """
        self.close()
        if self._error is not None:
            raise self._error
        return self._recorded

    def _run(self) -> None:
        """Body of the thread: encode what waits until closed; on failure keep the error and drop what waits."""
        encoder: Encoder | None = None
        try:
            while (item := self._take()) is not None:
                image, time_s = item
                encoder = encoder or self._open_encoder(self._path, image.shape[0], image.shape[1])
                encoder.encode(image, time_s)
                self._recorded = RecordedFrames(self._recorded.frames + 1, self._left_out, time_s, encoder.codec)
            if encoder is not None:
                encoder.finish()
        except SinkError as exc:
            self._fail(exc, encoder)
        except Exception as exc:
            _logger.exception("recording failed")
            self._fail(
                SinkError(
                    tr("{name} cannot be recorded: {reason}", name=self._path.name, reason=exc),
                    tr("Choose another kind of file."),
                ),
                encoder,
            )

    def _take(self) -> tuple[RgbImage, float] | None:
        """The oldest frame that waits, once there is one; None when closed and all are taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _fail(self, error: SinkError, encoder: Encoder | None) -> None:
        with self._changed:
            self._error = error
            self._waiting.clear()
        if encoder is not None:
            with suppress(SinkError):  # of what is there as much as possible shall play
                encoder.finish()


def why_no_recording() -> MissingSetUpError | None:
    """What is missing for recordings; None where nothing is."""
    if find_spec("av") is not None:
        return None
    return MissingSetUpError(
        tr("Recording needs PyAV, which is not installed"), how_to_get("video"), install_command("video")
    )


def _open_encoder(path: Path, height: int, width: int) -> Encoder:
    from portrait.sinks.video_encoder import VideoEncoder  # PyAV is an extra, and slow to import

    return VideoEncoder(path, height, width)
