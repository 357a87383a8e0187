"""The steps of each job of a batch that touch its journal: decide whether it is run, begin it, finish it."""

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from portrait.batch.events import BatchJob, JobDone, JobFailed, JobSkipped
from portrait.batch.journal import Journal, JournalKey
from portrait.batch.options import BatchOptions
from portrait.batch.plan import BatchPlan, contains, require_separate
from portrait.batch.storage import storage_of
from portrait.batch.storage.interface import Look, Storage
from portrait.batch.work import JobOutcome, JobTask, PreparedJob
from portrait.errors import DiskFullError, PortraitError
from portrait.files.formats import is_raw_path
from portrait.files.image_io import read_size
from portrait.files.system.os_errors import file_version, is_folder
from portrait.language import mark, tr
from portrait.photo.bugs import report_bug
from portrait.photo.options import FileOptions
from portrait.photo.targets import require_distinct_targets, require_own_mattes

_IN_THE_WAY = mark("kept, for this batch did not make it, or it was changed since: {paths}")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobSteps:
    """Decides, begins and finishes jobs. Its methods may be called from several threads.

    Attributes
    ----------
    plan
        The plan of the batch.
    options
        Options of the batch.
    journal
        Open as long as jobs run.
    fingerprint
        Hash of what all jobs share and what decides how a portrait looks.
    """

    plan: BatchPlan
    options: BatchOptions
    journal: Journal
    fingerprint: str
    _looks: dict[Storage, Look] = field(default_factory=dict)

    def refuse_collisions(self) -> None:
        """Raise if two jobs share a matte, or mattes would be written among photos or portraits."""
        # Two jobs must neither read nor write one file. The plan has seen to the portraits.
        if (matte_dir := self.options.file.matte_path) is not None:
            if not is_folder(matte_dir):
                raise PortraitError(
                    tr("{folder} is not a folder", folder=matte_dir), tr("A batch takes a folder of mattes.")
                )
            require_own_mattes((job.source, matte_dir / job.matte_name) for job in self.plan.jobs)
        if (save_dir := self.options.file.save_matte_path) is None:
            return
        require_separate(self.plan.input_dir, save_dir, "matte")
        if contains(self.plan.input_dir, save_dir) and not contains(self.plan.output_dir, save_dir):
            message = tr(
                "The matte folder {folder} lies in the input folder {input_dir}",
                folder=save_dir,
                input_dir=self.plan.input_dir,
            )
            raise PortraitError(message, tr("Choose a folder beside the photos, or in the output folder."))
        require_distinct_targets((job.source, path) for job in self.plan.jobs for path in self._outputs(job))

    def remove_leftovers(self) -> None:
        """Remove partial files of a killed run. The journal is locked, so no other batch is still writing them."""
        for folder in self._folders():
            if contains(self.plan.output_dir, folder):
                storage_of(folder).remove_leftovers(folder)

    def _folders(self) -> Iterator[PurePath]:
        """Folders that files are written to."""
        yield from self.plan.folders
        if (save_dir := self.options.file.save_matte_path) is not None:
            yield from (save_dir / folder.relative_to(self.plan.output_dir) for folder in self.plan.folders)

    def prepare(self, job: BatchJob) -> PreparedJob | JobSkipped:
        """Decide by the journal whether the job is to be done."""
        key = self._key(job)
        if (reason := self._reason_to_skip(job, key)) is not None:
            return JobSkipped(job, reason)
        if self.options.on_conflict == "rename" and self._is_foreign(job.target):
            return self._prepare_under_another_name(job)
        return PreparedJob(job, key)

    def prepare_with_size(self, job: BatchJob) -> PreparedJob | JobSkipped:
        """As `prepare`, and read the image size from the source's header."""
        prepared = self.prepare(job)
        if isinstance(prepared, JobSkipped):
            return prepared
        is_developed = self.options.file.raw == "develop" and is_raw_path(job.source)
        least = prepared.key.size_bytes if is_developed else 0  # raw files have one or two bytes a pixel
        try:
            with storage_of(job.source).beginning(job.source) as file:
                height, width = read_size(file, max_megapixels=self.options.file.max_megapixels)
        except Exception:  # noqa: BLE001 - a bug in one job must not stop the others
            return replace(prepared, pixels=least)  # the worker meets the same error, and reports it
        return replace(prepared, pixels=max(least, height * width))

    def begin(self, prepared: PreparedJob) -> JobTask | JobFailed | JobSkipped:
        """Make the folders, and note in the journal that the files of this job are its own from now on.

        Called again for a job whose worker was lost: what that has written is replaced. With a foreign file under one
        of the names this job is not run, unless the options say that it is replaced.
        """
        job = prepared.job
        paths = self._outputs(job)
        try:
            for path in paths:
                storage_of(path).make_folder(path.parent)
            present = frozenset(path for path in paths if storage_of(path).is_there(path))
            foreign = [] if self.options.on_conflict == "overwrite" else list(filter(self._is_foreign, present))
            if foreign:
                return JobSkipped(job, tr(_IN_THE_WAY, paths=", ".join(sorted(map(str, foreign)))), is_conflict=True)
            options = self._file_options(job)
            self.journal.append("started", prepared.key)
        except PortraitError as exc:
            return _failed(job, exc)
        except Exception as exc:  # noqa: BLE001 - a bug is reported, and must not stop the other jobs
            return _failed(job, report_bug(job.source, exc))
        return JobTask(prepared, options, paths, present)

    def finish(self, outcome: JobOutcome) -> JobDone | JobFailed:
        """Note in the journal what became of a job, and give its event."""
        job, report = outcome.prepared.job, outcome.report
        signatures = {self._journal_name(path): signature for path, signature in outcome.signatures.items()}
        is_saved = report is not None and (report.status == "done" or self.options.file.no_person == "copy")
        error = outcome.error
        if outcome.bug:
            _logger.error("%s\n%s", error.message if error else job.source, outcome.bug)
        try:
            state = "failed" if report is None else "done" if is_saved else "nobody"
            self.journal.append(state, outcome.prepared.key, signatures)  # type: ignore[arg-type]
        except PortraitError as exc:
            error = error or exc
        if error is None and report is not None:
            return JobDone(job, report)
        return _failed(job, error or PortraitError(tr("unknown error")))

    def _prepare_under_another_name(self, job: BatchJob) -> PreparedJob | JobSkipped:
        """A job with the first name that is free or its own: ``a-2.jpg``, ``a-3.jpg`` … for ``a.jpg``."""
        entries = storage_of(job.source).entries(job.source.parent)
        others = {PurePath(entry.name).stem.casefold() for entry in entries}
        for number in itertools.count(2):
            stem = f"{job.target.stem}-{number}"
            renamed = replace(job, target=job.target.with_name(stem + job.target.suffix))
            if stem.casefold() in others or self._is_foreign(renamed.target):
                continue
            key = self._key(renamed)
            if (reason := self._reason_to_skip(renamed, key)) is not None:
                return JobSkipped(renamed, reason)
            return PreparedJob(renamed, key)
        raise AssertionError("numbers do not end")

    def _reason_to_skip(self, job: BatchJob, key: JournalKey) -> str | None:
        if self.options.only_failed and not self.journal.has_failed(key):
            return tr("did not fail before")
        if self.options.restart or not self.journal.is_done(key):
            return None
        if self.journal.is_without_output(key):
            return tr("no person was found before")
        return tr("done before") if all(self._look_at(path).is_there(path) for path in self._outputs(job)) else None

    def _key(self, job: BatchJob) -> JournalKey:
        given_matte_path = self._matte_path(job, self.options.file.matte_path)
        saved_matte_path = self._matte_path(job, self.options.file.save_matte_path)
        size_bytes, mtime_ns = self._look_at(job.source).version(job.source)
        files = (given_matte_path, self.options.file.background.path, self._edits_path(job))
        versions = "".join("-{}-{}".format(*file_version(path)) for path in files if path is not None)
        return JournalKey(
            source=job.source.relative_to(self.plan.input_dir).as_posix(),
            output=self._journal_name(job.target),
            matte="" if saved_matte_path is None else self._journal_name(saved_matte_path),
            size_bytes=size_bytes,
            mtime_ns=mtime_ns,
            fingerprint=self.fingerprint + versions,
        )

    def _journal_name(self, output: PurePath) -> str:
        """Name of a file in the journal: relative where the file moves with the output folder, else absolute."""
        if output.is_relative_to(self.plan.output_dir):
            return output.relative_to(self.plan.output_dir).as_posix()
        return storage_of(output).identity(output)

    def _is_foreign(self, output: PurePath) -> bool:
        """Whether the file exists and was not written by a batch, or was changed since."""
        is_ours = self.journal.owns(self._journal_name(output), output, of_any_input=self.options.restart)
        return storage_of(output).is_there(output) and not is_ours

    def _look_at(self, path: PurePath) -> Look:
        """A look of this run at the storage of a path."""
        storage = storage_of(path)
        return self._looks.setdefault(storage, storage.look())

    def _edits_path(self, job: BatchJob) -> Path | None:
        """The file of changes by hand in the folder of a photo; the window keeps none behind a URL."""
        if self.options.edits is None or not isinstance(job.source, Path):
            return None
        return self.options.edits.find(job.source)

    def _file_options(self, job: BatchJob) -> FileOptions:
        options = replace(
            self.options.file,
            matte_path=self._matte_path(job, self.options.file.matte_path),
            save_matte_path=self._matte_path(job, self.options.file.save_matte_path),
        )
        edits_path = self._edits_path(job)
        if self.options.edits is None or edits_path is None:
            return options
        return self.options.edits.apply(edits_path, Path(job.source), options)

    def _outputs(self, job: BatchJob) -> tuple[PurePath, ...]:
        matte_path = self._matte_path(job, self.options.file.save_matte_path)
        return (job.target,) if matte_path is None else (job.target, matte_path)

    def _matte_path(self, job: BatchJob, folder: Path | None) -> Path | None:
        return None if folder is None else folder / job.matte_name


def _failed(job: BatchJob, error: PortraitError) -> JobFailed:
    return JobFailed(job, error.message, error.hint, isinstance(error, DiskFullError))
