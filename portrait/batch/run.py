"""Run a batch plan and yield an event for each job. Resumable, cancellable, and never stopped by one bad file."""

import hashlib
import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass, field

from portrait.batch.events import BatchEvent, BatchSummary, JobDone, JobFailed, JobSkipped
from portrait.batch.job_steps import JobSteps
from portrait.batch.journal import open_journal
from portrait.batch.local_executor import Cancellation, JobEvent, run_locally
from portrait.batch.options import BatchOptions as BatchOptions
from portrait.batch.plan import BatchPlan
from portrait.batch.pool_executor import WorkerPool, run_on_pool
from portrait.batch.process_pool import open_process_pool
from portrait.batch.ray_executor import open_ray_pool
from portrait.batch.resources import pixel_budget, worker_count
from portrait.batch.work import JobTask, PreparedJob, make_job
from portrait.engine import PortraitEngine
from portrait.photo.options import FileOptions
from portrait.photo.saving import require_background


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
        Every job ends in one `JobDone`, `JobSkipped` or `JobFailed`, unless the batch was cancelled or stopped
        before: of a full disk one `JobFailed` tells. The last event is always a `BatchSummary`.

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
        steps = JobSteps(plan, options, journal, _fingerprint(engine, options.file))
        steps.refuse_collisions()
        steps.remove_leftovers()
        # Run the jobs and count their events on the way to the caller.
        halt = _Halt(cancel)
        with closing(_run_jobs(plan, engine, options, steps, halt)) as events:
            # Closed even if the caller stops early: the workers end before the journal is closed.
            for event in events:
                if tally.is_full and isinstance(event, JobFailed) and event.is_disk_full:
                    continue  # told once: what else was in hand is left for the next run
                if isinstance(event, JobFailed) and (event.is_disk_full or options.fail_fast):
                    halt.reason = halt.reason or event
                tally.count(event)
                yield event
    yield tally.summary(cancel, halt.reason)


def _run_jobs(
    plan: BatchPlan, engine: PortraitEngine, options: BatchOptions, steps: JobSteps, cancel: Cancellation
) -> Generator[JobEvent, None, None]:
    """Run the jobs where the options say: on threads of this process, in processes of their own, or on Ray."""
    opening = _pool_of(plan, options)
    if opening is not None:
        try:
            with opening as pool:
                yield from run_on_pool(plan.jobs, steps.prepare, steps.begin, steps.finish, pool=pool, cancel=cancel)
        finally:
            steps.remove_leftovers()  # of workers that were lost; all have ended
        return

    def work(prepared: PreparedJob) -> JobDone | JobFailed | JobSkipped:
        task = steps.begin(prepared)
        return steps.finish(make_job(engine, task)) if isinstance(task, JobTask) else task

    yield from run_locally(
        plan.jobs,
        steps.prepare_with_size,
        work,
        workers=worker_count(options.workers),
        pixel_budget=pixel_budget(),
        cancel=cancel,
    )


def _pool_of(plan: BatchPlan, options: BatchOptions) -> AbstractContextManager[WorkerPool] | None:
    """The pool of workers that may be lost, where one is asked for; not open yet."""
    if options.cluster is not None:
        return open_ray_pool(options.cluster, options.workers, (plan.input_dir, plan.output_dir))
    if options.limits is not None:
        return open_process_pool(options.limits, worker_count(options.workers))
    return None


@dataclass(slots=True)
class _Halt:
    """Set when the caller cancels, or when a failure stops the batch."""

    cancel: threading.Event
    reason: JobFailed | None = None

    def is_set(self) -> bool:
        return self.reason is not None or self.cancel.is_set()


@dataclass(slots=True)
class _Tally:
    """Counts the events, so that they need not be kept."""

    total: int
    done: int = 0
    no_person: int = 0
    skipped: int = 0
    failures: list[JobFailed] = field(default_factory=list)
    conflicts: list[JobSkipped] = field(default_factory=list)
    is_full: bool = False
    started_s: float = field(default_factory=time.monotonic)

    def count(self, event: JobEvent) -> None:
        if isinstance(event, JobDone):
            self.done += 1
            self.no_person += event.report.status == "no-person"
        elif isinstance(event, JobSkipped):
            self.skipped += 1
            if event.is_conflict:
                self.conflicts.append(event)
        elif isinstance(event, JobFailed):
            self.failures.append(event)
            self.is_full = self.is_full or event.is_disk_full

    def summary(self, cancel: threading.Event, stopped_by: JobFailed | None) -> BatchSummary:
        ended = self.done + self.skipped + len(self.failures)
        return BatchSummary(
            total=self.total,
            done=self.done,
            no_person=self.no_person,
            skipped=self.skipped,
            failed=len(self.failures),
            cancelled=cancel.is_set() and ended < self.total,  # a cancel during the last job has no effect
            elapsed_s=time.monotonic() - self.started_s,
            failures=tuple(self.failures),
            conflicts=tuple(self.conflicts),
            stopped_by=stopped_by if ended < self.total else None,
        )


def _fingerprint(engine: PortraitEngine, options: FileOptions) -> str:
    """Hash of the options and the networks: it changes whenever the same source would give another portrait."""
    parts: list[object] = [asdict(options), engine.segmenter_of(options.quality).spec.to_json()]
    if options.depth_model:
        parts.append(engine.depth_network_version(options.depth_model))
    wanted = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(wanted.encode()).hexdigest()[:16]
