"""What live frames can be written to, and the fixed size that every such thing wants."""

from typing import Literal, Protocol

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.letterbox import Letterbox
from portrait.errors import SinkError

_BLACK = (0.0, 0.0, 0.0)

SinkState = Literal["open", "waiting", "read"]
"""Frames are taken, and by whom cannot be known; nobody reads them yet; another program reads them."""


class MissingSetUpError(SinkError):
    """A part of the system is missing for a sink. ``command`` installs it; empty where no command does."""

    def __init__(self, message: str, hint: str = "", command: str = "") -> None:
        super().__init__(message, hint)
        self.command = command


class FrameSink(Protocol):
    """Takes frames one after the other. Used by one thread; `close` and `state` may come from any."""

    @property
    def name(self) -> str:
        """For messages, such as ``the virtual camera Portrait``."""

    @property
    def state(self) -> SinkState:
        """Whether somebody reads the frames."""

    def write(self, image: RgbImage) -> None:
        """Take a frame, uint8 (H, W, 3) RGB.

        Raises
        ------
        SinkError
            It takes no more frames, and why.
        """

    def close(self) -> None:
        """Take no more frames. Once closed it stays so."""


class CameraSink(FrameSink, Protocol):
    """A sink that other programs list as a camera."""

    @property
    def label(self) -> str:
        """The name in their lists."""


class FixedSize:
    """Brings frames to the size of the first one, for a video stream cannot change it. Both sides are even.

    Parameters
    ----------
    size
        Height and width, if they are given by the receiver and not by the first frame.
    """

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        self._size = size

    def fit(self, image: RgbImage) -> RgbImage:
        """The frame at the stream's size, C-contiguous: cut to even sides, or letterboxed once its size has changed."""
        height, width = image.shape[0] & ~1, image.shape[1] & ~1
        if self._size is None:
            self._size = max(2, height), max(2, width)
        if (height, width) == self._size:
            return np.ascontiguousarray(image[:height, :width])
        return Letterbox.fit((image.shape[0], image.shape[1]), *self._size).apply(np.ascontiguousarray(image), _BLACK)


class FittedSink:
    """Base of sinks that cannot tell whether somebody reads: frames at the size of the first, and none once closed."""

    def __init__(self) -> None:
        self._size = FixedSize()
        self._is_closed = False

    @property
    def state(self) -> SinkState:
        """See `FrameSink`."""
        return "open"

    def write(self, image: RgbImage) -> None:
        """See `FrameSink`."""
        if not self._is_closed:
            self._send(self._size.fit(image))

    def close(self) -> None:
        """See `FrameSink`."""
        self._is_closed = True

    def _send(self, image: RgbImage) -> None:
        """Send a frame of the stream's size; raises `SinkError`."""
        raise NotImplementedError
