"""Watching of a folder: portraits of what is there, then of what comes, until it is stopped.

Every round plans the whole tree again and runs the batch on what is due, with the same journal; so nothing depends on
an event that the system has lost, and a watch that was killed goes on where it was. A folder that is renamed or
unmounted is waited for: neither are portraits written to the empty place of an unmounted disk, nor does the watch end.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from portrait.batch.events import BatchEvent, BatchJob, BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.plan import BatchPlan
from portrait.batch.settled_files import SettledFiles
from portrait.errors import PortraitError
from portrait.files.system.os_errors import file_version, is_there
from portrait.language import tr
from portrait.photo.made_files import JOURNAL_NAME

POLL_S = 20.0
"""Longest pause between two looks, for systems that report no changes."""

_STEP_S = 0.5  # Windows does not interrupt a waiting lock with Ctrl-C


class Listener(Protocol):
    """Something that tells of changes, as `portrait.batch.folder_events.FolderEvents`."""

    def open(self) -> None:
        """Begin to listen, or begin anew."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for a change, at most so long; whether there was one."""


@dataclass(frozen=True, slots=True)
class WatchNote:
    """A sentence on the watch itself: a folder that is gone or back, a run that could not begin."""

    text: str


WatchEvent: TypeAlias = BatchEvent | WatchNote
_Place: TypeAlias = tuple[int, int] | None


@dataclass(slots=True)
class Watch:
    """The watch of one folder.

    Attributes
    ----------
    input_dir, output_dir
        The watched tree, and where its portraits go.
    make_plan
        Plans the whole tree.
    run
        Runs a plan, which holds the jobs that are due.
    listener
        Tells of changes.
    settled
        Knows which files are complete.
    settle_s
        Pause between two looks at a file that grows.
    cancel
        Set it, from any thread, to stop.
    """

    input_dir: Path
    output_dir: Path
    make_plan: Callable[[], BatchPlan]
    run: Callable[[BatchPlan], Iterator[BatchEvent]]
    listener: Listener
    settled: SettledFiles
    settle_s: float
    cancel: threading.Event
    _is_first: bool = True
    _is_stopped: bool = False
    _listening_to: _Place = None
    _has_journal: bool = False
    _said: str = ""

    def events(self) -> Iterator[WatchEvent]:
        """The events of all jobs, summaries of the rounds in which there were any, and notes.

        It ends when it is cancelled, or when the disk is full.
        """
        self._has_journal = self._journal_is_there()
        while not self.cancel.is_set():
            missing = self._missing_folder()
            if missing is not None:
                yield from self._say_once(tr("{folder} is not there: waiting until it is back", folder=missing))
            else:
                try:
                    yield from self._round()
                except PortraitError as exc:  # a folder that went away while it was walked, another batch in it
                    yield from self._say_once(f"{exc.message}. {exc.hint}".strip())
            if self._is_stopped:
                return
            self._pause()

    def _round(self) -> Iterator[WatchEvent]:
        """Plan, and run what is due."""
        if (place := _place_of(self.input_dir)) != self._listening_to:
            self.listener.open()
            self._listening_to = place
        plan = self.make_plan()
        due, versions = self._due(plan)
        self._is_first = False
        if due:
            yield from self._run(replace(plan, jobs=due), versions)
        if self._said:
            self._said = ""
            yield WatchNote(tr("watching {folder} again", folder=self.input_dir))

    def _due(self, plan: BatchPlan) -> tuple[list[BatchJob], dict[Path, tuple[int, int]]]:
        """The jobs whose files are complete and new, numbered anew, and the versions of these files."""
        jobs, present = [], set()
        for job in plan.jobs:
            present.add(str(job.source))
            if self.settled.is_due(Path(job.source), is_first_look=self._is_first):
                jobs.append(job)
        self.settled.forget_others(present)
        due = [replace(job, index=index, total=len(jobs)) for index, job in enumerate(jobs, start=1)]
        return due, {source: file_version(source) for source in map(_source, due)}

    def _run(self, plan: BatchPlan, versions: dict[Path, tuple[int, int]]) -> Iterator[WatchEvent]:
        failed: list[Path] = []
        try:
            for event in self.run(plan):
                if isinstance(event, JobFailed) and not is_there(_source(event.job)):
                    continue  # deleted or renamed meanwhile: that is no failure
                if isinstance(event, JobDone | JobSkipped | JobFailed):
                    self.settled.add(_source(event.job), versions[_source(event.job)])
                if isinstance(event, JobFailed):
                    failed.append(_source(event.job))
                if isinstance(event, BatchSummary) and event.stopped_by is not None:
                    self._is_stopped = True
                yield event
        finally:
            self._has_journal = self._has_journal or self._journal_is_there()
            if self._missing_folder() is not None:  # then it was not the files' fault
                for source in failed:
                    self.settled.forget(source)

    def _missing_folder(self) -> Path | None:
        """The folder that is gone, or whose disk is.

        The output folder is known by its journal: numbers of disks change when a network drive is mounted again.
        """
        if not self.input_dir.is_dir():
            return self.input_dir
        return self.output_dir if self._has_journal and not self._journal_is_there() else None

    def _journal_is_there(self) -> bool:
        return is_there(self.output_dir / JOURNAL_NAME)

    def _say_once(self, text: str) -> Iterator[WatchNote]:
        if text != self._said:
            self._said = text
            yield WatchNote(text)

    def _pause(self) -> None:
        """Wait for a change; as long as a file grows or a folder is gone, look again soon."""
        left_s = self.settle_s if self.settled.is_waiting or self._said else POLL_S
        step_s = min(_STEP_S, left_s)
        while left_s > 0.0 and not self.cancel.is_set():
            if self.listener.wait(step_s):
                left_s = min(left_s, self.settle_s)  # no sooner: a file that grows tells so many times a second
            left_s -= step_s
            if not self._said and self._missing_folder() is not None:  # of its own name no system tells
                return


def _place_of(folder: Path) -> _Place:
    """What tells a folder from another of the same name; None where it is not there."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _source(job: BatchJob) -> Path:
    """The photo of a job, which is on this machine: no URL is watched."""
    return Path(job.source)
