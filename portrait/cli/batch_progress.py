"""Progress of a batch on stderr: a bar with the time left on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from portrait.batch.events import BatchEvent, BatchSummary, JobDone, JobFailed, JobSkipped, JobStarted
from portrait.language import mark, tr

_STATUSES = {"done": mark("done"), "no-person": mark("no-person")}


class BatchProgress(Protocol):
    """A display of the events of a batch."""

    def show(self, event: BatchEvent) -> None: ...


@contextmanager
def open_progress(total: int) -> Iterator[BatchProgress]:
    """Open a progress display for ``total`` jobs: a bar if stderr is a terminal, else plain lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield LineProgress(console, total)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        yield BarProgress(progress, progress.add_task("", total=total))


class BarProgress:
    """A progress bar, with failures and warnings printed above it."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def show(self, event: BatchEvent) -> None:
        match event:
            case JobStarted(job=job):
                self._progress.update(self._task, description=escape(job.source.name))
            case JobFailed(job=job, message=message):
                self._progress.console.print(f"{tr('failed')}: {job.source}: {message}", markup=False, highlight=False)
            case JobDone(job=job, report=report) if report.warnings:
                text = tr("warning: {message}", message=f"{job.source}: {'; '.join(report.warnings)}")
                self._progress.console.print(text, markup=False, highlight=False)
        if isinstance(event, JobDone | JobFailed | JobSkipped):
            self._progress.advance(self._task)


class LineProgress:
    """One line of text for each finished job, for logs and pipes."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._finished = 0

    def show(self, event: BatchEvent) -> None:
        if isinstance(event, JobStarted | BatchSummary):
            return
        self._finished += 1
        warnings = event.report.warnings if isinstance(event, JobDone) else ()
        said = f" ({'; '.join(warnings)})" if warnings else ""
        text = f"[{self._finished}/{self._total}] {_outcome(event)}: {event.job.source}{said}"
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _outcome(event: JobDone | JobFailed | JobSkipped) -> str:
    """Result of a job in one word."""
    match event:
        case JobDone(report=report):
            return tr(_STATUSES[report.status])
        case JobFailed():
            return tr("failed")
        case JobSkipped():
            return tr("skipped")
