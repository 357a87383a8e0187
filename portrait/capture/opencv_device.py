"""A thread-safe ``cv2.VideoCapture``: it can be closed from any thread, and its frames are RGB."""

import logging
import os
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np
from cv2.utils import logging as cv2_logging

from portrait.capture.closing import ClosableHandle
from portrait.core.arrays import RgbImage

_logger = logging.getLogger(__name__)

_ENVIRONMENT = {
    # OpenCV waits 10 s for a frame of a V4L2 camera that hangs; an unplugged one must be noticed within 2 s.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",
    # WORKAROUND Media Foundation takes up to a minute to open a camera: https://github.com/opencv/opencv/issues/17687
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    # FFmpeg writes its own words about a broken file to stderr; the user gets a CameraError with a hint instead.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}


def configure_opencv() -> None:
    """Set OpenCV's time limits and silence its log, through environment variables that the user has not set.

    OpenCV reads them when the first device is opened, so cv2 may have been imported before.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_ERROR)


class VideoCapture(Protocol):
    """The part of ``cv2.VideoCapture`` that is used here; tests replace it by a fake."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's own name
    def read(self) -> tuple[bool, Any]: ...
    def retrieve(self, *, flag: int) -> tuple[bool, Any]: ...
    def get(self, propId: int, /) -> float: ...  # noqa: N803 - OpenCV's own name
    def set(self, propId: int, value: float, /) -> bool: ...  # noqa: N803 - OpenCV's own name
    def release(self) -> None: ...


CaptureOpener = Callable[[int | str, int], VideoCapture]
"""Opens a camera index or a file with an OpenCV backend (``cv2.CAP_*``)."""


def open_video_capture(source: int | str, backend: int) -> VideoCapture:
    """Open a camera or file by ``cv2.VideoCapture``; ``isOpened`` of the result tells whether it worked."""
    configure_opencv()
    if isinstance(source, int):
        return cv2.VideoCapture(source, backend)
    return cv2.VideoCapture(source, backend)


def to_rgb(image: Any) -> RgbImage:
    """Convert OpenCV's BGR or grey uint8 image to RGB, C-contiguous."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class OpenCvDevice:
    """A camera or video file opened by OpenCV. `close` may be called from any thread."""

    def __init__(self, open_capture: CaptureOpener = open_video_capture) -> None:
        self._open_capture = open_capture
        self._handle = ClosableHandle[VideoCapture](lambda capture: capture.release())

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._handle.is_closing

    def open(self, source: int | str, backend: int) -> bool:
        """Open a source in place of the one open before; whether OpenCV could."""
        return self._handle.open(lambda: self._acquire(source, backend))

    def reopen(self, source: int | str, backend: int) -> bool:
        """Open a source again from its start, unless `close` was called meanwhile; whether OpenCV could."""
        return self._handle.reopen(lambda: self._acquire(source, backend))

    def read(self) -> RgbImage | None:
        """Read the next frame as uint8 (H, W, 3) RGB; None if there is none or it could not be decoded."""
        with self._handle.use() as capture:
            if capture is None:
                return None
            try:
                is_read, image = capture.read()
            except cv2.error as exc:
                # A camera sends a damaged JPEG now and then; the caller decides how many are too many.
                _logger.debug("OpenCV could not decode a frame: %s", exc)
                return None
            return to_rgb(image) if is_read and image is not None and image.size else None

    def read_codec_header(self) -> bytes:
        """The codec's headers as the container stores them ("extradata"). Call before the first read."""
        with self._handle.use() as capture:
            if capture is None:
                return b""
            is_read, header = capture.retrieve(flag=int(capture.get(cv2.CAP_PROP_CODEC_EXTRADATA_INDEX)))
            return header.tobytes() if is_read and header is not None else b""

    def read_packet(self) -> bytes:
        """The next picture of a file as it is stored, not decoded; from then on the device gives no other."""
        with self._handle.use() as capture:
            if capture is None or not capture.set(cv2.CAP_PROP_FORMAT, -1):
                return b""
            is_read, packet = capture.read()
            return packet.tobytes() if is_read and packet is not None else b""

    def get(self, property_id: int) -> float:
        """Value of a ``cv2.CAP_PROP_*``; 0 when closed or unknown to the backend."""
        with self._handle.use() as capture:
            return float(capture.get(property_id)) if capture is not None else 0.0

    def set(self, property_id: int, value: float) -> bool:
        """Set a ``cv2.CAP_PROP_*``; False when the backend refuses."""
        with self._handle.use() as capture:
            return capture is not None and bool(capture.set(property_id, value))

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._handle.wait(pause_s)

    def close(self) -> None:
        """Release the device, now or as soon as the thread that uses it is done. Never blocks."""
        self._handle.close()

    def _acquire(self, source: int | str, backend: int) -> VideoCapture | None:
        """Open a source; None if OpenCV could not."""
        capture = self._open_capture(source, backend)
        if capture.isOpened():
            return capture
        capture.release()
        return None
