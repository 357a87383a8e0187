"""The events that a batch yields, as frozen dataclasses."""

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TypeAlias

from portrait.photo.report import FileReport


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One photo of a batch, and the path of its portrait; ``index`` counts from 1 to ``total``.

    Both are a `Path` or a `RemotePath`. ``matte_name`` is the path of its matte below a folder of mattes.
    """

    source: PurePath
    target: PurePath
    index: int
    total: int
    matte_name: PurePath = field(default_factory=PurePath)


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job was handed to a worker."""

    job: BatchJob


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job has ended without error. The report tells whether a portrait was saved or no person was found."""

    job: BatchJob
    report: FileReport


@dataclass(frozen=True, slots=True)
class JobSkipped:
    """A job was not run; ``reason`` says why.

    ``is_conflict``: a file that this batch did not make, or that was changed since, has the name of its portrait.
    """

    job: BatchJob
    reason: str
    is_conflict: bool = False


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A job has failed. The batch goes on, unless the disk is full or it was to stop at the first failure."""

    job: BatchJob
    message: str
    hint: str = ""
    is_disk_full: bool = False


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """The last event of every batch.

    ``no_person`` counts the done jobs in which no person was found. Jobs that a cancelled batch did not begin count in
    ``total`` and `left` only. ``conflicts`` are the skipped jobs whose names were taken, ``stopped_by`` is the failure
    that has stopped the batch: further photos that met the same full disk count as left.
    """

    total: int
    done: int
    no_person: int
    skipped: int
    failed: int
    cancelled: bool
    elapsed_s: float
    failures: tuple[JobFailed, ...] = ()
    conflicts: tuple[JobSkipped, ...] = ()
    stopped_by: JobFailed | None = None

    @property
    def left(self) -> int:
        """Number of jobs that were not begun before the batch was cancelled or stopped."""
        return self.total - self.done - self.skipped - self.failed


BatchEvent: TypeAlias = JobStarted | JobDone | JobSkipped | JobFailed | BatchSummary
