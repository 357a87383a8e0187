"""The worker of the Batch page, which runs a batch and passes its events on as signals."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from portrait.batch.events import BatchEvent
from portrait.batch.plan import BatchPlan, plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.gui.batch.batch_thumbnails import BatchThumbnails
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.photo.bugs import report_bug
from portrait.settings import Settings, file_options


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Input and output folder of a batch, and its settings."""

    input_dir: Path
    output_dir: Path
    settings: Settings
    restart: bool = False
    only_failed: bool = False

    @property
    def options(self) -> BatchOptions:
        """The options of the batch, made from the settings."""
        return BatchOptions(file=file_options(self.settings), restart=self.restart, only_failed=self.only_failed)


class BatchService(QObject):
    """Plans and runs one batch at a time, and emits a signal for each event.

    Parameters
    ----------
    engine
        The engine, once it is open; only the worker waits for it.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    planned = Signal(object)  # BatchPlan
    event_received = Signal(object)  # BatchEvent; the last is a BatchSummary
    failed = Signal(object)  # PortraitError: nothing was started

    def __init__(
        self, engine: Future[PortraitEngine], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._cancel = threading.Event()
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker("portrait-batch", on_bug)
        self.thumbnails = BatchThumbnails(on_bug, self)

    def start(self, request: BatchRequest) -> None:
        """Plan and run the batch."""
        cancel = self._cancel = threading.Event()
        self._worker.submit("batch", lambda: self._run(request, cancel))

    def cancel(self) -> None:
        """Begin no more photos; the summary follows when the running ones are finished."""
        self._cancel.set()

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Take no more requests and wait for the worker; false when it is still busy after ``timeout_s`` seconds."""
        self._crossing.close()
        self.thumbnails.stop(timeout_s)
        return self._worker.stop(timeout_s)

    def _run(self, request: BatchRequest, cancel: threading.Event) -> None:
        """Plan and run a batch on the worker, posting the plan, each event, or the error."""
        try:
            # Plan.
            options = request.options
            plan = plan_batch(
                request.input_dir,
                request.output_dir,
                output_format=options.file.save.naming_format,
                is_transparent=options.file.background.kind == "transparent",
            )
            self._crossing.post(plan)
            # Run, once the engine is open.
            for event in run_batch(plan, self._engine.result(), options, cancel):
                self._crossing.post(event)
        except PortraitError as exc:
            self._crossing.post(exc)
        except Exception as bug:  # noqa: BLE001 - logged and shown; else the page would wait for the end for ever
            self._crossing.post(report_bug(request.input_dir, bug))

    @Slot(object)
    def _on_message(self, message: BatchPlan | BatchEvent | PortraitError) -> None:
        if isinstance(message, BatchPlan):
            self.planned.emit(message)
        elif isinstance(message, PortraitError):
            self.failed.emit(message)
        else:
            self.event_received.emit(message)
