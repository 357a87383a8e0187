"""A video file as a frame source: paced like a camera, optionally looped, checked for truncation."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from portrait.capture.decoder_choice import choose_video_decoder
from portrait.capture.pacing import Pacer
from portrait.capture.source import Frame
from portrait.capture.video_decoder import FRAME_RATE_MAX_FPS, DecodedFrame, VideoDecoder, VideoTrack
from portrait.errors import CameraError
from portrait.language import tr

_logger = logging.getLogger(__name__)

DEFAULT_FRAME_RATE_FPS = 30.0

BREAK_TOLERANCE_S, BREAK_TOLERANCE_FRACTION = 0.5, 0.1
"""A container states the duration of its longest track, so the video track of a whole file may end a little earlier."""


class VideoFile:
    """The frames of a video file, upright.

    Parameters
    ----------
    path
        The file.
    paced
        Deliver at the file's own frame rate; otherwise as fast as it can be decoded.
    loop
        Begin again at the end.
    decoder
        Decodes the file; by default the best one that is installed.
    clock, wait
        For tests: monotonic seconds, and the wait between frames (True: closed meanwhile).
    """

    def __init__(
        self,
        path: Path,
        *,
        paced: bool = True,
        loop: bool = False,
        decoder: VideoDecoder | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._path = path
        self._paced = paced
        self._loop = loop
        self._decoder = decoder or choose_video_decoder().make()
        self._clock = clock
        self._wait = wait or self._decoder.wait
        self._track = VideoTrack(0.0, None)
        self._frame_rate_fps = DEFAULT_FRAME_RATE_FPS
        self._pacer: Pacer | None = None
        self._next_index = 0
        self._position_s = 0.0

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    @property
    def frame_rate_fps(self) -> float:
        """The file's mean frame rate."""
        return self._frame_rate_fps

    @property
    def damaged_frames(self) -> int:
        """How many frames were left out since `open` because they could not be decoded."""
        return self._decoder.damaged_frames

    def open(self) -> None:
        """Open the file at its first frame.

        Raises
        ------
        CameraError
            Missing, empty, a folder, not permitted, or not a video that can be decoded.
        """
        require_content(self._path)
        self._track = self._decoder.open(self._path)
        stated_fps = self._track.frame_rate_fps
        # Streams without a frame rate state 0, or the rate of their clock.
        self._frame_rate_fps = stated_fps if 0.0 < stated_fps <= FRAME_RATE_MAX_FPS else DEFAULT_FRAME_RATE_FPS
        self._pacer = Pacer(self._frame_rate_fps, self._clock, self._wait) if self._paced else None
        self._next_index = 0
        self._position_s = 0.0

    def read(self) -> Frame | None:
        """Decode the next frame and wait until it is due; None at the end or once closed.

        Raises
        ------
        CameraError
            The file breaks off before its stated end, holds no frame, or is to be looped and holds a single one.
        """
        decoded = self._decoder.read() or self._read_past_end()
        if decoded is None or (self._pacer is not None and not self._pacer.wait_until_due()):
            return None
        frame = Frame(decoded.image, self._next_index, self._clock())
        self._next_index += 1
        self._advance(decoded.position_s)
        return frame

    def close(self) -> None:
        """Close the file; from any thread, at any time."""
        self._decoder.close()

    def _advance(self, stated_s: float | None) -> None:
        """Move the position past a frame; one without a stated time is taken to follow the frame before."""
        start_s = self._position_s if stated_s is None else stated_s
        self._position_s = max(self._position_s, start_s + 1.0 / self._frame_rate_fps)

    def _read_past_end(self) -> DecodedFrame | None:
        """At the end of the file: check that it was complete, then read its first frame again if it is looped."""
        if self._decoder.is_closing:
            return None
        self._require_complete()
        if not self._loop:
            return None
        if self._next_index == 1:
            raise CameraError(
                tr("{name} is a picture, not a video", name=self.name), tr("Open it as a photo, or choose a video")
            )
        self._decoder.rewind()
        self._position_s = 0.0
        decoded = self._decoder.read()
        if decoded is None and not self._decoder.is_closing:
            raise CameraError(
                tr("{name} cannot be played from its start again", name=self.name), tr("Play it once, without the loop")
            )
        return decoded

    def _require_complete(self) -> None:
        """Raise if the file held no frame, or ended clearly before its stated duration."""
        if self.damaged_frames:
            _logger.warning("%s: damaged frames left out: %d", self.name, self.damaged_frames)
        if self._next_index == 0:
            raise CameraError(
                tr("{name} holds no pictures that can be decoded", name=self.name),
                tr("Choose a file with a video track"),
            )
        if broken := find_break(self.name, self._position_s, self._track.duration_s):
            raise CameraError(broken, tr("The file is incomplete or damaged: copy or download it again"))


def require_content(path: Path) -> None:
    """Raise `CameraError` unless the path is a readable file that is not empty."""
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except FileNotFoundError as exc:
        raise CameraError(
            tr("{path} does not exist", path=path),
            tr("It may have been moved or renamed, or its name is misspelt: choose a video that is there, or a camera"),
        ) from exc
    except IsADirectoryError as exc:
        raise CameraError(tr("{path} is a folder, not a video", path=path), tr("Name one video file")) from exc
    except OSError as exc:
        raise CameraError(
            tr("{path} cannot be read ({reason})", path=path, reason=exc.strerror), tr("Check who may read the file")
        ) from exc
    if is_empty:
        raise CameraError(tr("{name} is an empty file", name=path.name), tr("Copy or download it again"))


def find_break(name: str, end_s: float, stated_s: float | None) -> str | None:
    """A sentence on a file whose video ends clearly before its stated duration; None for a complete one."""
    stated_s = stated_s or 0.0
    if stated_s - end_s <= max(BREAK_TOLERANCE_S, BREAK_TOLERANCE_FRACTION * stated_s):
        return None
    return tr("{name} breaks off after {end_s:.1f} s of {stated_s:.1f} s", name=name, end_s=end_s, stated_s=stated_s)
