"""What live frames can be written to, and the fixed size that every such thing wants."""

from typing import Protocol

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.letterbox import Letterbox

_BLACK = (0.0, 0.0, 0.0)


class FrameSink(Protocol):
    """Takes frames one after the other. Used by one thread; `close` may come from any."""

    @property
    def name(self) -> str:
        """For messages, such as ``the virtual camera Portrait``."""

    def write(self, image: RgbImage) -> None:
        """Take a frame, uint8 (H, W, 3) RGB.

        Raises
        ------
        SinkError
            It takes no more frames, and why.
        """

    def close(self) -> None:
        """Take no more frames. Once closed it stays so."""


class FixedSize:
    """Brings frames to the size of the first one, for a video stream cannot change it. Both sides are even."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None

    def fit(self, image: RgbImage) -> RgbImage:
        """The frame at the stream's size, C-contiguous: cut to even sides, or letterboxed once its size has changed."""
        height, width = image.shape[0] & ~1, image.shape[1] & ~1
        if self._size is None:
            self._size = max(2, height), max(2, width)
        if (height, width) == self._size:
            return np.ascontiguousarray(image[:height, :width])
        return Letterbox.fit((image.shape[0], image.shape[1]), *self._size).apply(np.ascontiguousarray(image), _BLACK)
