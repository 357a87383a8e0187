"""A live session: a pipeline of three threads (capture, matte, render) with a one-place mailbox between each two."""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from portrait.capture import CameraLostError, Frame, FrameSource
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Look
from portrait.engine import PortraitResult
from portrait.errors import CameraError, PortraitError
from portrait.language import tr
from portrait.live.cpu_budget import CpuBudget, Economy
from portrait.live.framing import AutoFramer
from portrait.live.mailbox import Mailbox
from portrait.live.processor import LiveProcessor, MaskedFrame
from portrait.live.stats import LiveStats, StatsRecorder

_logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW_MAX = 10
STOP_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class RecoveryPolicy:
    """How often a lost camera is opened again before the session ends, and the pause before each attempt."""

    attempts: int = 60
    interval_s: float = 1.0


class LiveSession:
    """Shows the portrait of a source until `stop`, or until the source ends. A session runs once.

    A frame whose rendering or listener raises is skipped and counted as failed. A frame whose mask fails is shown
    completely blurred. Ten failures of either kind in a row end the session with an error.

    Parameters
    ----------
    source
        Opened, read and closed by the session.
    processor
        Used by the session alone while it runs; its ``options`` may be replaced at any time.
    on_result
        Called on the rendering thread with each result. It should be brief, for no frame is rendered meanwhile.
    on_stopped
        Called once, on the rendering thread, when the session has ended by itself and the source is closed, with None
        if the source came to its end, else with the error. Not called when `stop` ended it.
    on_interrupted
        Called on the capture thread when a camera was lost and is about to be opened again.
    recovery
        How a lost camera is opened again.
    budget
        Limit on the processor time of this process; may be given another limit at any time. None: no limit.
    framer
        Crops what is shown to the person; may be switched at any time. None: the whole frame.
    """

    def __init__(
        self,
        source: FrameSource,
        processor: LiveProcessor,
        on_result: Callable[[PortraitResult, Frame], None],
        on_stopped: Callable[[PortraitError | None], None] | None = None,
        *,
        on_interrupted: Callable[[CameraError], None] | None = None,
        recovery: RecoveryPolicy | None = None,
        budget: CpuBudget | None = None,
        framer: AutoFramer | None = None,
    ) -> None:
        self._source = source
        self._processor = processor
        self._on_result = on_result
        self._on_stopped = on_stopped
        self._on_interrupted = on_interrupted
        self._recovery = recovery or RecoveryPolicy()
        self._budget = budget or CpuBudget()
        self._framer = framer or AutoFramer()
        self._economy = Economy()
        self._captured: Mailbox[Frame] = Mailbox()
        self._masked: Mailbox[tuple[Frame, MaskedFrame]] = Mailbox()
        self._recorder = StatsRecorder()
        self._cancelled = threading.Event()
        self._is_stop_requested = False
        self._error: PortraitError | None = None
        self._failures_in_a_row = 0
        # Daemons: a driver that never returns must not keep the program from ending.
        self._capture_thread = threading.Thread(target=self._run_capture, name="portrait-capture", daemon=True)
        self._matte_thread = threading.Thread(target=self._run_matte, name="portrait-matte", daemon=True)
        self._render_thread = threading.Thread(target=self._run_render, name="portrait-render", daemon=True)

    @property
    def options(self) -> BlurOptions | Look:
        """The look. A new one takes effect with the next frame."""
        return self._processor.options

    @options.setter
    def options(self, options: BlurOptions | Look) -> None:
        self._processor.options = options

    def start(self) -> None:
        """Start the threads, which open the source; errors are passed to ``on_stopped``.

        Raises
        ------
        RuntimeError
            The session was started before.
        """
        for thread in self._threads():
            thread.start()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Close the source and wait for the threads, at most ``timeout_s`` in all.

        No listener is called afterwards, unless a thread did not end in time. May be called at any time, repeatedly,
        and from any thread, listeners included.
        """
        self._is_stop_requested = True
        self._cancel()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads():
            if thread is threading.current_thread() or not thread.is_alive():
                continue
            thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive():
                _logger.error(
                    "%s did not end within %.1f s: %s does not let go", thread.name, timeout_s, self._source.name
                )

    def stats(self, window_s: float = math.inf) -> LiveStats:
        """Statistics so far, with rates and times of the last ``window_s`` seconds; from any thread, at any time."""
        stats = self._recorder.to_stats(self._captured.dropped + self._masked.dropped, window_s)
        return replace(stats, economy=self._economy)

    def _cancel(self) -> None:
        """Make all threads end: close the source and both mailboxes."""
        # Set the flag first: a read that returns None because of the close must not look like the end of a file.
        self._cancelled.set()
        self._source.close()
        self._captured.close(discard=True)
        self._masked.close(discard=True)

    def _threads(self) -> tuple[threading.Thread, ...]:
        return self._capture_thread, self._matte_thread, self._render_thread

    def _run_capture(self) -> None:
        """Body of the capture thread: read frames until the end, an error or a cancel; then close the first mailbox."""
        try:
            self._deliver_frames()
        except PortraitError as exc:
            self._keep_error(exc)
        except Exception as exc:
            _logger.exception("the source failed")
            self._keep_error(
                CameraError(
                    tr("{name} failed: {reason}", name=self._source.name, reason=exc),
                    tr("Start again, or choose another source"),
                )
            )
        finally:
            self._source.close()
            self._captured.close()

    def _deliver_frames(self) -> None:
        """Open the source and put its frames into the first mailbox."""
        if self._cancelled.is_set():
            return
        self._source.open()
        while not self._cancelled.is_set():
            frame = self._read_frame()
            if frame is None:
                return
            self._economy = economy = self._budget.measure()
            self._processor.matte_resolution = economy.matte_resolution
            if frame.index % economy.frame_divisor:
                self._recorder.count_spared()
                continue
            self._recorder.count_in(frame.captured_at_s)
            self._captured.put(frame)

    def _read_frame(self) -> Frame | None:
        """Read the next frame, after opening a lost camera again; None at the end."""
        try:
            return self._source.read()
        except CameraLostError as exc:
            return self._reopen(exc)

    def _reopen(self, lost: CameraLostError) -> Frame | None:
        """Open a lost camera again, by the recovery policy, and read its first frame; None when cancelled.

        Raises ``lost`` if it never opens and delivers.
        """
        # Tell the listener, and release the device.
        _logger.warning("%s; trying to open it again", lost)
        if self._on_interrupted is not None:
            self._on_interrupted(lost)
        self._source.close()
        # Try to open it until it works, the session is cancelled, or the attempts are used up.
        for _ in range(self._recovery.attempts):
            if self._cancelled.wait(self._recovery.interval_s):
                return None
            try:
                self._source.open()
                return None if self._cancelled.is_set() else self._source.read()
            except CameraError as exc:
                _logger.info("not yet: %s", exc)
                self._source.close()
        raise lost

    def _run_matte(self) -> None:
        """Body of the matte thread: from the first mailbox to the second."""
        try:
            while (frame := self._captured.take()) is not None:
                self._masked.put((frame, self._processor.find_matte(frame.image)))
        except Exception as exc:
            _logger.exception("finding the matte failed")
            self._keep_error(_explain(tr("Live stopped: finding the matte failed with: {reason}", reason=exc), exc))
            self._cancel()
        finally:
            self._masked.close()

    def _run_render(self) -> None:
        """Body of the render thread: show the frames of the second mailbox, then report the end to the listener."""
        while (item := self._masked.take()) is not None:
            self._show(*item)
        self._capture_thread.join(STOP_TIMEOUT_S)
        if self._on_stopped is None or self._is_stop_requested:
            return
        try:
            self._on_stopped(self._error)
        except Exception:
            _logger.exception("the listener failed at the end of the session")

    def _show(self, frame: Frame, masked: MaskedFrame) -> None:
        """Render a frame, hand it to the listener, and count the outcome."""
        try:
            result, frame = self._framer.apply(self._processor.render(masked), frame)
            self._on_result(result, frame)
        except Exception as exc:
            _logger.exception("frame %d is skipped", frame.index)
            self._recorder.count_failed()
            self._count_failure(exc)
            return
        is_masked = bool(result.matte.any())
        self._recorder.count_shown(frame.captured_at_s, time.monotonic(), result.timings_ms, is_masked=is_masked)
        self._count_failure(masked.error)

    def _count_failure(self, error: Exception | None) -> None:
        """Count failures in a row, which a frame without error (None) resets; end the session after too many."""
        self._failures_in_a_row = 0 if error is None else self._failures_in_a_row + 1
        if error is not None and self._failures_in_a_row >= FAILURES_IN_A_ROW_MAX:
            self._keep_error(
                _explain(
                    tr(
                        "Live stopped: {n} frames in a row failed, the last one with: {reason}",
                        n=FAILURES_IN_A_ROW_MAX,
                        reason=error,
                    ),
                    error,
                )
            )
            self._cancel()

    def _keep_error(self, error: PortraitError) -> None:
        """Keep the first error; it is the one to report."""
        self._error = self._error or error


def _explain(message: str, last: Exception) -> PortraitError:
    """The error that ends a session, caused by ``last``, with its hint if it has one."""
    hint = last.hint if isinstance(last, PortraitError) else ""
    error = PortraitError(
        message,
        hint or tr("Start again; if it stays so, try another model (`portrait models`) or a smaller size"),
    )
    error.__cause__ = last
    return error
