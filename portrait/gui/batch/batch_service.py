"""The worker of the Batch page, which runs a batch and passes its events on as signals."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from portrait.batch.events import BatchEvent
from portrait.batch.plan import BatchPlan, plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.engine import PortraitEngine
from portrait.gui.batch.batch_thumbnails import BatchThumbnails
from portrait.gui.threads.run_service import RunService
from portrait.gui.threads.worker import JOIN_TIMEOUT_S
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


class BatchService(RunService):
    """Plans and runs one batch at a time, and emits a signal for each event; the last is a BatchSummary."""

    planned = Signal(object)  # BatchPlan

    def __init__(
        self, engine: Future[PortraitEngine], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__("portrait-batch", engine, on_bug, parent)
        self.thumbnails = BatchThumbnails(on_bug, self)

    def start(self, request: BatchRequest) -> None:
        """Plan and run the batch."""
        self._begin(request.input_dir, lambda cancel: self._run(request, cancel))

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """As `RunService.stop`, with the thumbnails."""
        self.thumbnails.stop(timeout_s)
        return super().stop(timeout_s)

    def _run(self, request: BatchRequest, cancel: threading.Event) -> Iterator[BatchPlan | BatchEvent]:
        """The plan, and each event of the batch; on the worker."""
        options = request.options
        plan = plan_batch(
            request.input_dir,
            request.output_dir,
            output_format=options.file.save.naming_format,
            is_transparent=options.file.background.kind == "transparent",
        )
        yield plan
        yield from run_batch(plan, self._engine.result(), options, cancel)

    @Slot(object)
    def _on_message(self, message: object) -> None:
        if isinstance(message, BatchPlan):
            self.planned.emit(message)
        else:
            super()._on_message(message)
