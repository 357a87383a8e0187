"""A stream of uncompressed video on a pipe, for other programs: RGB, YUY2, or YUV4MPEG2 with a header of its own."""

import sys
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.language import mark, tr
from portrait.sinks.frame_sink import FittedSink
from portrait.sinks.raw_format import RawFormat

_CLOSED_HINT = mark("The program that reads has ended; start both again.")


class RawVideoSink(FittedSink):
    """Writes frames to an open binary file, which stays open, for it belongs to the caller.

    Parameters
    ----------
    file
        Such as ``sys.stdout.buffer``.
    raw_format
        Layout.
    rate_fps
        For the header of Y4M.
    """

    def __init__(self, file: IO[bytes], raw_format: RawFormat, rate_fps: float = 30.0) -> None:
        super().__init__()
        self._file = file
        self._format = raw_format
        self._rate_fps = rate_fps
        self._has_header = raw_format is not RawFormat.Y4M

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the {name} stream", name=self._format.value)

    def _send(self, image: RgbImage) -> None:
        """Blocks until the reader has taken the frame."""
        try:
            if not self._has_header:
                self._file.write(_y4m_header(image, self._rate_fps))
                self._has_header = True
            for part in _encode(image, self._format):
                self._file.write(part)
            self._file.flush()
        except (OSError, ValueError) as exc:  # ValueError: the file was closed
            self._is_closed = True
            raise SinkError(
                tr("The {name} stream cannot be written: {reason}", name=self._format.value, reason=exc),
                tr(_CLOSED_HINT),
            ) from exc


def open_stdout(raw_format: RawFormat) -> RawVideoSink:
    """The standard output as a sink."""
    return RawVideoSink(sys.stdout.buffer, raw_format)


def to_yuy2(image: RgbImage) -> NDArray[np.uint8]:
    """Chroma-subsampled 4:2:2, packed: uint8 (H, W, 2) of an image of even width, BT.601 at limited range."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_YUY2), np.uint8)


def _encode(image: RgbImage, raw_format: RawFormat) -> tuple[bytes | memoryview, ...]:
    if raw_format is RawFormat.RGB24:
        return (image.data,)
    if raw_format is RawFormat.YUY2:
        return (to_yuy2(image).data,)
    planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
    return b"FRAME\n", planes.data


def _y4m_header(image: RgbImage, rate_fps: float) -> bytes:
    """https://wiki.multimedia.cx/index.php/YUV4MPEG2: progressive, square pixels, chroma between two rows (MPEG-1)."""
    rate = round(1000 * rate_fps)
    return f"YUV4MPEG2 W{image.shape[1]} H{image.shape[0]} F{rate}:1000 Ip A1:1 C420jpeg\n".encode()  # not shown
