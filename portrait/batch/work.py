"""One job as a worker does it: a task in, an outcome out. Both can be pickled; a worker touches no journal."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from portrait.batch.events import BatchJob
from portrait.batch.journal import JournalKey
from portrait.batch.staging import staged
from portrait.batch.storage import storage_of
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.system.file_signature import FileSignature
from portrait.language import mark
from portrait.photo.bugs import bug_error
from portrait.photo.options import FileOptions
from portrait.photo.outputs import Outputs
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.report import FileReport

_FOREIGN_FILES = mark("These files are there already and were not made by this batch: {paths}")
_FOREIGN_FILES_HINT = mark(
    "Choose an empty output folder, or move them away. A portrait that you have changed is yours."
)


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A job to run, with its journal key and the number of pixels of its image; 0 where that was not read."""

    job: BatchJob
    key: JournalKey
    pixels: int = 0


@dataclass(frozen=True, slots=True)
class JobTask:
    """All that a worker needs besides an engine.

    Attributes
    ----------
    prepared
        The job.
    options
        Its options; ``matte_path`` and ``save_matte_path`` are files here.
    outputs
        The files that the job writes.
    replaceable
        Those of them that exist and may be replaced, because a batch wrote them.
    """

    prepared: PreparedJob
    options: FileOptions
    outputs: tuple[PurePath, ...]
    replaceable: frozenset[PurePath]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of a task: a report, or an error, with the signatures of the output files that exist afterwards.

    ``bug`` holds the traceback of an unexpected error; it is logged where the batch runs, not where the worker does.
    """

    prepared: PreparedJob
    report: FileReport | None = None
    error: PortraitError | None = None
    signatures: Mapping[PurePath, FileSignature] = field(default_factory=dict)
    bug: str = ""


def make_job(engine: PortraitEngine, task: JobTask) -> JobOutcome:
    """Make and save one portrait. Never raises: an error is part of the outcome."""
    job = task.prepared.job
    report, error, bug = None, None, ""
    known: Mapping[PurePath, FileSignature] = {}
    outputs = Outputs(task.replaceable.__contains__, _FOREIGN_FILES, _FOREIGN_FILES_HINT)
    try:
        with staged(job.source, job.target, outputs) as files:
            known = files.outputs.signatures
            try:
                report = make_portrait_file(engine, files.source, files.target, task.options, files.outputs)
                report = files.told(report)
            except PortraitError as exc:
                error = files.told_error(exc)
    except PortraitError as exc:
        error = exc
    except Exception as exc:  # noqa: BLE001 - a bug is reported, and must not stop the other jobs
        error, bug = bug_error(job.source, exc), traceback.format_exc()
    return outcome_of(task, report, error, bug, known)


def outcome_of(
    task: JobTask,
    report: FileReport | None = None,
    error: PortraitError | None = None,
    bug: str = "",
    known: Mapping[PurePath, FileSignature] | None = None,
) -> JobOutcome:
    """The outcome of a task, with the signatures of its output files as they are now; ``known`` are not asked for."""
    try:
        found = {path: (known or {}).get(path) or storage_of(path).signature(path) for path in task.outputs}
    except PortraitError as exc:  # the storage is gone
        report, error, found = None, error or exc, {}
    signatures = {path: signature for path, signature in found.items() if signature is not None}
    return JobOutcome(task.prepared, report, error, signatures, bug)
