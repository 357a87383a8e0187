"""One ``cv2.VideoCapture`` that can be closed from any thread; its pictures leave as RGB."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import cv2
import numpy as np
from cv2.utils import logging as cv2_logging

from portrait.core.arrays import RgbImage

_logger = logging.getLogger(__name__)

_ENVIRONMENT = {
    # OpenCV waits 10 s for a frame of a V4L2 camera that hangs; an unplugged one is to be noticed within 2 s.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",
    # WORKAROUND Media Foundation takes up to a minute to open a camera: https://github.com/opencv/opencv/issues/17687
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    # FFmpeg writes its own words about a broken file to stderr; the user gets a CameraError with a hint instead.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}


def configure_opencv() -> None:
    """Set time limits and quiet OpenCV's own log. What the user has set in the environment stays.

    OpenCV reads these variables when the first device is opened, so importing cv2 earlier does no harm.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_ERROR)


class VideoCapture(Protocol):
    """The part of ``cv2.VideoCapture`` in use; tests put a fake in its place."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's own name
    def read(self) -> tuple[bool, Any]: ...
    def get(self, propId: int, /) -> float: ...  # noqa: N803 - OpenCV's own name
    def set(self, propId: int, value: float, /) -> bool: ...  # noqa: N803 - OpenCV's own name
    def release(self) -> None: ...


CaptureOpener = Callable[[int | str, int], VideoCapture]
"""Opens a camera index or a file with an OpenCV backend (``cv2.CAP_*``)."""


def open_video_capture(source: int | str, backend: int) -> VideoCapture:
    """Open with OpenCV itself. Whether it worked is for ``isOpened`` to say."""
    configure_opencv()
    if isinstance(source, int):
        return cv2.VideoCapture(source, backend)
    return cv2.VideoCapture(source, backend)


def to_rgb(picture: Any) -> RgbImage:
    """OpenCV's BGR or grey uint8 picture as RGB, C-contiguous."""
    if picture.ndim == 2 or picture.shape[2] == 1:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class OpenCvDevice:
    """A camera or video file behind OpenCV.

    ``release`` during a ``read`` of another thread crashes inside OpenCV. So `close` only releases a device that nobody
    is using, and whoever is using it releases it when done.
    """

    def __init__(self, open_capture: CaptureOpener = open_video_capture) -> None:
        self._open_capture = open_capture
        self._capture: VideoCapture | None = None
        self._in_use = threading.Lock()
        self._closing = threading.Event()

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing.is_set()

    def open(self, source: int | str, backend: int) -> bool:
        """Open, after letting go of what was open before; True when OpenCV could."""
        self.close()
        self._closing.clear()
        with self._using():
            capture = self._open_capture(source, backend)
            if capture.isOpened():
                self._capture = capture
                return True
            capture.release()
            return False

    def read(self) -> RgbImage | None:
        """The next picture as uint8 (H, W, 3) RGB; None when there is none, or it could not be decoded."""
        with self._using():
            if self._capture is None or self.is_closing:
                return None
            try:
                is_read, picture = self._capture.read()
            except cv2.error as exc:
                # A camera sends a damaged JPEG now and then; who reads decides how many are too many.
                _logger.debug("OpenCV could not decode a frame: %s", exc)
                return None
            return to_rgb(picture) if is_read and picture is not None and picture.size else None

    def get(self, property_id: int) -> float:
        """A ``cv2.CAP_PROP_*``; 0 when closed or unknown to the backend."""
        with self._using():
            return float(self._capture.get(property_id)) if self._capture is not None else 0.0

    def set(self, property_id: int, value: float) -> bool:
        """Set a ``cv2.CAP_PROP_*``; False when the backend refuses."""
        with self._using():
            return self._capture is not None and bool(self._capture.set(property_id, value))

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._closing.wait(pause_s)

    def close(self) -> None:
        """Let the device go, now or as soon as the thread that uses it is done. Never blocks."""
        self._closing.set()
        self._release_if_idle()

    @contextmanager
    def _using(self) -> Iterator[None]:
        try:
            with self._in_use:
                yield
        finally:
            if self.is_closing:
                self._release_if_idle()

    def _release_if_idle(self) -> None:
        if not self._in_use.acquire(blocking=False):
            return
        try:
            if self._capture is not None:
                self._capture.release()
                self._capture = None
        finally:
            self._in_use.release()
