"""A video file, delivered like a camera."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2

from portrait.capture.opencv_device import CaptureOpener, OpenCvDevice, open_video_capture
from portrait.capture.pacing import Pacer
from portrait.capture.source import Frame
from portrait.core.arrays import RgbImage
from portrait.errors import CameraError

DEFAULT_FRAME_RATE_FPS = 30.0
FRAME_RATE_MAX_FPS = 480.0

BREAK_TOLERANCE_S, BREAK_TOLERANCE_FRACTION = 0.5, 0.1
"""A container's duration is that of its longest track, so a picture track may well end a little earlier."""


class VideoFile:
    """The pictures of a video file, upright as its orientation tag says.

    Parameters
    ----------
    path
        The file.
    paced
        Deliver at the file's own frame rate; otherwise as fast as it can be decoded.
    loop
        Begin again at the end.
    open_capture, clock, wait
        For tests: the opener of the file, monotonic seconds, and the wait between frames (True: closed meanwhile).
    """

    def __init__(
        self,
        path: Path,
        *,
        paced: bool = True,
        loop: bool = False,
        open_capture: CaptureOpener = open_video_capture,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._path = path
        self._paced = paced
        self._loop = loop
        self._device = OpenCvDevice(open_capture)
        self._clock = clock
        self._wait = wait or self._device.wait
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

    def open(self) -> None:
        """Open at the first frame.

        Raises
        ------
        CameraError
            Missing, empty, a folder, not permitted, or not a video that can be decoded.
        """
        self._require_content()
        if not self._device.open(str(self._path), cv2.CAP_FFMPEG):
            raise CameraError(
                f"{self.name} is not a video that can be read",
                "The file may be incomplete, damaged or no video at all; try to play it elsewhere or convert it to MP4",
            )
        self._device.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        stated_fps = self._device.get(cv2.CAP_PROP_FPS)
        # Streams without a frame rate state 0, or the ticks of their clock.
        self._frame_rate_fps = stated_fps if 0.0 < stated_fps <= FRAME_RATE_MAX_FPS else DEFAULT_FRAME_RATE_FPS
        self._pacer = Pacer(self._frame_rate_fps, self._clock, self._wait) if self._paced else None
        self._next_index = 0
        self._position_s = 0.0

    def read(self) -> Frame | None:
        """The next frame, when it is due; None at the end or once closed.

        Raises
        ------
        CameraError
            The file breaks off before its stated end, holds no picture, or is to be looped and holds a single one.
        """
        image = self._device.read()
        if image is None:
            image = self._read_past_end()
        if image is None or (self._pacer is not None and not self._pacer.wait_until_due()):
            return None
        frame = Frame(image, self._next_index, self._clock())
        self._next_index += 1
        self._position_s = self._device.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        return frame

    def close(self) -> None:
        """Let the file go; from any thread, at any time."""
        self._device.close()

    def _require_content(self) -> None:
        try:
            with self._path.open("rb") as file:
                is_empty = not file.read(1)
        except FileNotFoundError as exc:
            raise CameraError(
                f"{self._path} does not exist",
                "It may have been moved or renamed, or its name is misspelt: choose a video that is there, or a camera",
            ) from exc
        except IsADirectoryError as exc:
            raise CameraError(f"{self._path} is a folder, not a video", "Name one video file") from exc
        except OSError as exc:
            raise CameraError(f"{self._path} cannot be read ({exc.strerror})", "Check who may read the file") from exc
        if is_empty:
            raise CameraError(f"{self.name} is an empty file", "Copy or download it again")

    def _read_past_end(self) -> RgbImage | None:
        if self._device.is_closing:
            return None
        self._require_complete()
        if not self._loop:
            return None
        image = self._device.read() if self._device.set(cv2.CAP_PROP_POS_FRAMES, 0) else None
        if image is None and not self._device.is_closing:
            if self._next_index == 1:
                raise CameraError(f"{self.name} is a picture, not a video", "Open it as a photo, or choose a video")
            raise CameraError(f"{self.name} cannot be played from its start again", "Play it once, without the loop")
        return image

    def _require_complete(self) -> None:
        if self._next_index == 0:
            raise CameraError(f"{self.name} holds no pictures", "Choose a file with a video track")
        stated_s = self._device.get(cv2.CAP_PROP_FRAME_COUNT) / self._frame_rate_fps
        missing_s = stated_s - (self._position_s + 1.0 / self._frame_rate_fps)
        if missing_s > max(BREAK_TOLERANCE_S, BREAK_TOLERANCE_FRACTION * stated_s):
            raise CameraError(
                f"{self.name} breaks off after {self._position_s:.1f} s of {stated_s:.1f} s",
                "The file is incomplete or damaged: copy or download it again",
            )
