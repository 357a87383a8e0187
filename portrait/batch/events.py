"""What a batch tells its listeners, one frozen event at a time."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from portrait.photo.report import FileReport


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One file of the set; ``index`` counts from 1 to ``total``."""

    source: Path
    target: Path
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job was handed to a worker."""

    job: BatchJob


@dataclass(frozen=True, slots=True)
class JobDone:
    """A portrait, or an unchanged picture without a person, is on the disk."""

    job: BatchJob
    report: FileReport


@dataclass(frozen=True, slots=True)
class JobSkipped:
    """Nothing was to do; ``reason`` says why."""

    job: BatchJob
    reason: str


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The file has no portrait; the batch goes on."""

    job: BatchJob
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """The last event of every batch.

    ``no_person`` counts those of ``done`` in which nobody was found. Jobs that a cancelled batch did not reach are in
    ``total`` and `left` only.
    """

    total: int
    done: int
    no_person: int
    skipped: int
    failed: int
    cancelled: bool
    elapsed_s: float
    failures: tuple[JobFailed, ...] = ()

    @property
    def left(self) -> int:
        """How many jobs have not ended."""
        return self.total - self.done - self.skipped - self.failed


BatchEvent: TypeAlias = JobStarted | JobDone | JobSkipped | JobFailed | BatchSummary
