"""What takes the frames of a live session besides the page: opened on a worker, written to by the session."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.live.outputs import FrameOutputs
from portrait.sinks.frame_sink import FrameSink


class SinkWorker(QObject):
    """Base of the objects that open sinks on a worker of their own.

    A sink that is opened while the window closes is closed at once, whichever comes first.

    Parameters
    ----------
    name
        Of the worker's thread.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    def __init__(self, name: str, on_bug: Callable[[Exception], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outputs = FrameOutputs(self._on_sink_failed)
        self._lock = threading.Lock()
        self._is_closed = False
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker(name, on_bug)

    def write(self, image: RgbImage) -> None:
        """Give a frame, uint8 (H, W, 3) RGB, to all sinks. Called on the session's thread."""
        self._outputs.write(image)

    def close(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Close everything for good; false when the worker is still busy after ``timeout_s`` seconds."""
        self._crossing.close()
        with self._lock:
            self._is_closed = True
        self._end_sinks()
        return self._worker.stop(timeout_s)

    def _adopt(self, sink: FrameSink) -> bool:
        """Give frames to a sink from now on; false where the window has closed, and with it the sink."""
        with self._lock:
            if self._is_closed:
                sink.close()
                return False
            self._outputs.add(sink)
            return True

    def _end_sinks(self) -> None:
        """Close the sinks, or have the worker complete them."""
        self._outputs.close()

    def _on_sink_failed(self, sink: FrameSink, error: SinkError) -> None:
        """A sink takes no more frames. Called on the session's thread."""
        raise NotImplementedError

    @Slot(object)
    def _on_message(self, message: object) -> None:
        """A message that the worker has posted."""
        raise NotImplementedError
