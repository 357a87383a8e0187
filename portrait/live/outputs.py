"""The sinks of a live view: every frame goes to all of them, and one that fails leaves without stopping the rest."""

import threading
from collections.abc import Callable

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.sinks.frame_sink import FrameSink


class FrameOutputs:
    """The open sinks. Frames are written by one thread; sinks come and go from any.

    Parameters
    ----------
    on_failed
        Called on the writing thread with a sink that takes no more frames, and why; it is closed and removed before.
    """

    def __init__(self, on_failed: Callable[[FrameSink, SinkError], None]) -> None:
        self._on_failed = on_failed
        self._lock = threading.Lock()
        self._sinks: tuple[FrameSink, ...] = ()

    def add(self, sink: FrameSink) -> None:
        """Give it every frame from the next one on."""
        with self._lock:
            self._sinks = (*self._sinks, sink)

    def remove(self, sink: FrameSink) -> None:
        """Close a sink, and give it no more frames; without effect on one that has left."""
        with self._lock:
            if sink not in self._sinks:
                return
            self._sinks = tuple(other for other in self._sinks if other is not sink)
        sink.close()

    def write(self, image: RgbImage) -> None:
        """Give a frame, uint8 (H, W, 3) RGB, to all sinks."""
        for sink in self._sinks:
            try:
                sink.write(image)
            except SinkError as exc:
                self.remove(sink)
                self._on_failed(sink, exc)

    def close(self) -> None:
        """Close all sinks."""
        for sink in self._sinks:
            self.remove(sink)
