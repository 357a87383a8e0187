"""Run a batch plan and yield an event for each job. Resumable, cancellable, and never stopped by one bad file."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from portrait.batch.events import BatchEvent, BatchJob, BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.journal import Journal, JournalKey, open_journal
from portrait.batch.local_executor import JobEvent, PreparedJob, run_locally
from portrait.batch.plan import BatchPlan, contains, matte_names, require_separate
from portrait.batch.resources import pixel_budget, worker_count
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.atomic import remove_partial_files
from portrait.files.file_signature import FileSignature
from portrait.files.image_io import read_size
from portrait.files.os_errors import file_version, is_folder, is_there, write_error
from portrait.language import mark, tr
from portrait.photo.bugs import report_bug
from portrait.photo.options import FileOptions
from portrait.photo.outputs import Outputs
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.report import FileReport
from portrait.photo.saving import require_background
from portrait.photo.targets import require_distinct_targets, require_own_mattes

_FOREIGN_FILES = mark("These files are there already and were not made by this batch: {paths}")
_FOREIGN_FILES_HINT = mark(
    "Choose an empty output folder, or move them away. A portrait that you have changed is yours."
)


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run.

    Attributes
    ----------
    file
        Options of each photo. Here ``matte_path`` and ``save_matte_path`` are folders of ``.png`` files that mirror the
        input tree; for their names see `matte_names`.
    workers
        Photos processed at once; 0: as many as cores and memory allow.
    restart
        Make all portraits again, even those that the journal lists as done.
    """

    file: FileOptions = field(default_factory=FileOptions)
    workers: int = 0
    restart: bool = False

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ValueError(f"workers must be 0 or more, got {self.workers!r}")


def run_batch(
    plan: BatchPlan, engine: PortraitEngine, options: BatchOptions, cancel: threading.Event | None = None
) -> Iterator[BatchEvent]:
    """Make the portraits of a plan, in parallel, and yield an event for each step.

    A journal in the output folder records the finished jobs. A later run skips a job that was done with the same
    options from an unchanged source, if its output still exists.

    Parameters
    ----------
    plan
        The jobs, from `plan_batch`.
    engine
        Shared by all workers.
    options
        Look, workers, restart.
    cancel
        Set it, from any thread, to stop: running jobs are finished, no more are begun.

    Yields
    ------
    BatchEvent
        Every job ends in one `JobDone`, `JobSkipped` or `JobFailed`, unless the batch was cancelled before it. The last
        event is always a `BatchSummary`.

    Raises
    ------
    PortraitError
        Before the first event and before any image is written: a file that no batch wrote has the name of a portrait,
        the background cannot be read, the output format cannot hold it, another batch is running in the folder, or the
        folder cannot be written to.
    """
    # Check what would make every job fail.
    for job in plan.jobs:
        require_background(job.target, options.file.background)
    cancel = cancel or threading.Event()
    tally = _Tally(total=len(plan.jobs))
    with open_journal(plan.output_dir, plan.input_dir) as journal:
        run = _Run(plan, engine, options, journal, _fingerprint(engine, options.file), matte_names(plan))
        run.refuse_collisions()
        run.remove_leftovers()
        # Run the jobs on threads and count their events on the way to the caller.
        events = run_locally(
            plan.jobs,
            run.prepare,
            run.work,
            workers=worker_count(options.workers),
            pixel_budget=pixel_budget(),
            cancel=cancel,
        )
        with closing(events):  # even if the caller stops early, the workers end before the journal is closed
            for event in events:
                tally.count(event)
                yield event
    yield tally.summary(was_cancelled=cancel.is_set())


@dataclass(frozen=True, slots=True)
class _Run:
    """The state that all jobs of one batch share."""

    plan: BatchPlan
    engine: PortraitEngine
    options: BatchOptions
    journal: Journal
    fingerprint: str
    matte_names: Mapping[Path, Path]

    def refuse_collisions(self) -> None:
        """Raise if two jobs share an output or a matte, or mattes would be written among photos."""
        # Two jobs must neither read nor write one file.
        if (matte_dir := self.options.file.matte_path) is not None:
            if not is_folder(matte_dir):
                raise PortraitError(
                    tr("{folder} is not a folder", folder=matte_dir), tr("A batch takes a folder of mattes.")
                )
            require_own_mattes((source, matte_dir / name) for source, name in self.matte_names.items())
        if (save_dir := self.options.file.save_matte_path) is not None:
            require_separate(self.plan.input_dir, save_dir, "matte")
        require_distinct_targets((job.source, path) for job in self.plan.jobs for path in self._outputs(job))

    def remove_leftovers(self) -> None:
        """Remove partial files of a killed run. The journal is locked, so no other batch is still writing them."""
        for folder in {path.parent for job in self.plan.jobs for path in self._outputs(job)}:
            if contains(self.plan.output_dir, folder):
                remove_partial_files(folder)

    def prepare(self, job: BatchJob) -> PreparedJob | JobSkipped:
        """Decide by the journal whether the job is to be done, and read the image size from the source's header."""
        key = self._key(job)
        if (reason := self._reason_to_skip(job, key)) is not None:
            return JobSkipped(job, reason)
        try:
            height, width = read_size(job.source, max_megapixels=self.options.file.max_megapixels)
        except Exception:  # noqa: BLE001 - a bug in one job must not stop the others
            return PreparedJob(job, key, pixels=0)  # the worker meets the same error, and reports it
        return PreparedJob(job, key, height * width)

    def work(self, prepared: PreparedJob) -> JobDone | JobFailed:
        """Do one job; an error becomes a `JobFailed` event."""
        job = prepared.job
        try:
            return JobDone(job, self._make_portrait(prepared))
        except PortraitError as exc:
            error = exc
        except Exception as exc:  # noqa: BLE001 - a bug is reported, and must not stop the other jobs
            error = report_bug(job.source, exc)
        return JobFailed(job, error.message, error.hint)

    def _reason_to_skip(self, job: BatchJob, key: JournalKey) -> str | None:
        if self.options.restart or not self.journal.is_done(key):
            return None
        if self.journal.is_without_output(key):
            return tr("no person was found before")
        return tr("done before") if all(is_there(path) for path in self._outputs(job)) else None

    def _make_portrait(self, prepared: PreparedJob) -> FileReport:
        """Make and save one portrait, with a journal line before and after."""
        job, key = prepared.job, prepared.key
        for path in self._outputs(job):
            _make_folder(path.parent)
        outputs = self._open_outputs(job)
        self.journal.append("started", key)
        try:
            report = make_portrait_file(self.engine, job.source, job.target, self._file_options(job), outputs)
        except BaseException:
            self.journal.append("failed", key, self._signatures(job))
            raise
        is_saved = report.status == "done" or self.options.file.no_person == "copy"
        self.journal.append("done" if is_saved else "nobody", key, self._signatures(job))
        return report

    def _open_outputs(self, job: BatchJob) -> Outputs:
        """Writer of a job's files that may replace what a batch wrote, but no file that appears from now on.

        A foreign file under one of the names fails this job alone.
        """
        paths = self._outputs(job)
        ours = frozenset(path for path in paths if is_there(path) and not self._is_foreign(path))
        outputs = Outputs(ours.__contains__, _FOREIGN_FILES, _FOREIGN_FILES_HINT)
        outputs.refuse_strangers(paths)
        return outputs

    def _signatures(self, job: BatchJob) -> dict[str, FileSignature]:
        """Signatures of the files of a job that has ended. This batch wrote them, or left those of an earlier run."""
        found = {self._journal_name(path): FileSignature.of(path) for path in self._outputs(job)}
        return {name: signature for name, signature in found.items() if signature is not None}

    def _key(self, job: BatchJob) -> JournalKey:
        given_matte_path = self._matte_path(job, self.options.file.matte_path)
        saved_matte_path = self._matte_path(job, self.options.file.save_matte_path)
        size_bytes, mtime_ns = file_version(job.source)
        used = [path for path in (given_matte_path, self.options.file.background.path) if path is not None]
        versions = "".join("-{}-{}".format(*file_version(path)) for path in used)
        return JournalKey(
            source=job.source.relative_to(self.plan.input_dir).as_posix(),
            output=self._journal_name(job.target),
            matte="" if saved_matte_path is None else self._journal_name(saved_matte_path),
            size_bytes=size_bytes,
            mtime_ns=mtime_ns,
            fingerprint=self.fingerprint + versions,
        )

    def _journal_name(self, output: Path) -> str:
        """Name of a file in the journal: relative where the file moves with the output folder, else absolute."""
        if output.is_relative_to(self.plan.output_dir):
            return output.relative_to(self.plan.output_dir).as_posix()
        return str(output.resolve())

    def _is_foreign(self, output: Path) -> bool:
        """Whether the file exists and was not written by a batch, or was changed since."""
        is_ours = self.journal.owns(self._journal_name(output), output, of_any_input=self.options.restart)
        return is_there(output) and not is_ours

    def _file_options(self, job: BatchJob) -> FileOptions:
        options = self.options.file
        return replace(
            options,
            matte_path=self._matte_path(job, options.matte_path),
            save_matte_path=self._matte_path(job, options.save_matte_path),
        )

    def _outputs(self, job: BatchJob) -> tuple[Path, ...]:
        matte_path = self._matte_path(job, self.options.file.save_matte_path)
        return (job.target,) if matte_path is None else (job.target, matte_path)

    def _matte_path(self, job: BatchJob, folder: Path | None) -> Path | None:
        return None if folder is None else folder / self.matte_names[job.source]


@dataclass(slots=True)
class _Tally:
    """Counts the events, so that they need not be kept."""

    total: int
    done: int = 0
    no_person: int = 0
    skipped: int = 0
    failures: list[JobFailed] = field(default_factory=list)
    started_s: float = field(default_factory=time.monotonic)

    def count(self, event: JobEvent) -> None:
        if isinstance(event, JobDone):
            self.done += 1
            self.no_person += event.report.status == "no-person"
        elif isinstance(event, JobSkipped):
            self.skipped += 1
        elif isinstance(event, JobFailed):
            self.failures.append(event)

    def summary(self, *, was_cancelled: bool) -> BatchSummary:
        ended = self.done + self.skipped + len(self.failures)
        return BatchSummary(
            total=self.total,
            done=self.done,
            no_person=self.no_person,
            skipped=self.skipped,
            failed=len(self.failures),
            cancelled=was_cancelled and ended < self.total,  # a cancel during the last job has no effect
            elapsed_s=time.monotonic() - self.started_s,
            failures=tuple(self.failures),
        )


def _fingerprint(engine: PortraitEngine, options: FileOptions) -> str:
    """Hash of the options and the model: it changes whenever the same source would give another portrait."""
    wanted = json.dumps(
        [asdict(options), engine.segmenter_of(options.quality).spec.to_json()], default=str, sort_keys=True
    )
    return hashlib.sha256(wanted.encode()).hexdigest()[:16]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise write_error(folder, exc) from exc
