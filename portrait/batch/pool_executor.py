"""An executor for workers in other processes, which may be lost while they work: a lost job is begun again.

The journal is written here, in the one process that holds its lock, and workers only make files. ``started`` is on the
disk before a worker has the job, ``done`` after its result has arrived. A job whose worker was lost is begun again as
after a kill: what the lost worker had written under the job's names counts as the batch's own, and is replaced.
"""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

from portrait.batch.events import BatchJob, JobDone, JobFailed, JobSkipped, JobStarted
from portrait.batch.local_executor import Cancellation, JobEvent
from portrait.batch.work import JobOutcome, JobTask, PreparedJob, outcome_of
from portrait.errors import PortraitError
from portrait.language import mark, tr

MOST_LOSSES = 3
"""A job whose worker was lost this often has failed: a photo that kills every worker must not do so for ever."""

_LOST_HINT = mark("It may need more memory than a worker has. Run it alone, on a machine with more memory.")


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker has died, with its node or alone, before it told what became of its job."""

    task: JobTask


class WorkerPool(Protocol):
    """Workers with an engine each, which do one task at a time."""

    @property
    def has_idle_worker(self) -> bool:
        """Whether a worker waits for a task."""

    def submit(self, task: JobTask) -> None:
        """Hand a task to an idle worker."""

    def wait(self) -> list[JobOutcome | WorkerLost]:
        """Wait a moment for workers; what has ended in the meantime, or nothing.

        Raises
        ------
        PortraitError
            No worker is left, and none can be started.
        """


def run_on_pool(
    jobs: Iterable[BatchJob],
    prepare: Callable[[BatchJob], PreparedJob | JobSkipped],
    begin: Callable[[PreparedJob], JobTask | JobFailed | JobSkipped],
    finish: Callable[[JobOutcome], JobDone | JobFailed],
    *,
    pool: WorkerPool,
    cancel: Cancellation,
) -> Generator[JobEvent, None, None]:
    """Run jobs on a pool of workers, begun in order, and yield an event when one starts, is skipped or ends.

    No more jobs are in flight than there are workers, so that a slow worker or a slow listener slows the rest down.

    Parameters
    ----------
    jobs
        Taken one by one, as workers become idle.
    prepare, begin, finish
        As in `portrait.batch.job_steps.JobSteps`; called in the caller's thread.
    pool
        The workers.
    cancel
        When set, no more jobs are begun. Running jobs are always finished, also if the caller closes the generator.

    Raises
    ------
    PortraitError
        No worker can be started.
    """
    run = _PoolRun(begin, finish, pool)
    try:
        for job in jobs:
            if cancel.is_set():
                break
            # Skip what need not be done.
            prepared = prepare(job)
            if isinstance(prepared, JobSkipped):
                yield prepared
                continue
            # Wait for an idle worker, then begin the job.
            while not pool.has_idle_worker and not cancel.is_set():
                yield from run.collect()
            if cancel.is_set():
                break
            yield run.start(prepared)
        while run.in_flight:
            yield from run.collect()
    finally:
        run.finish_silently()


class _PoolRun:
    """The jobs in flight, and how often each has lost its worker."""

    def __init__(
        self,
        begin: Callable[[PreparedJob], JobTask | JobFailed | JobSkipped],
        finish: Callable[[JobOutcome], JobDone | JobFailed],
        pool: WorkerPool,
    ) -> None:
        self._begin = begin
        self._finish = finish
        self._pool = pool
        self._running = 0
        self._lost: deque[PreparedJob] = deque()
        self._losses: Counter[int] = Counter()

    @property
    def in_flight(self) -> int:
        """Number of jobs that have started and not ended."""
        return self._running + len(self._lost)

    def start(self, prepared: PreparedJob) -> JobStarted | JobFailed | JobSkipped:
        """Begin a job on an idle worker."""
        task = self._begin(prepared)
        if not isinstance(task, JobTask):
            return task
        self._pool.submit(task)
        self._running += 1
        return JobStarted(prepared.job)

    def collect(self) -> list[JobEvent]:
        """Wait a moment; the events of the jobs that have ended. Lost jobs are begun again as workers become idle."""
        ended = self._pool.wait()
        self._running -= len(ended)
        events = [event for result in ended if (event := self._end(result)) is not None]
        while self._lost and self._pool.has_idle_worker:
            if not isinstance(event := self.start(self._lost.popleft()), JobStarted):
                events.append(event)
        return sorted(events, key=lambda event: event.job.index)

    def finish_silently(self) -> None:
        """Wait for the running jobs where nobody listens any more, so that the journal tells of them.

        Lost ones stay begun in the journal, and are made by the next run.
        """
        while self._running:
            for result in self._pool.wait():
                self._running -= 1
                if isinstance(result, JobOutcome):
                    self._finish(result)

    def _end(self, result: JobOutcome | WorkerLost) -> JobEvent | None:
        """The event of a job that has ended; None for one that is begun again."""
        if isinstance(result, JobOutcome):
            return self._finish(result)
        prepared = result.task.prepared
        self._losses[prepared.job.index] += 1
        if self._losses[prepared.job.index] < MOST_LOSSES:
            self._lost.append(prepared)
            return None
        message = tr(
            "{source}: {n} workers were lost while they worked on it",
            source=prepared.job.source,
            n=MOST_LOSSES,
        )
        return self._finish(outcome_of(result.task, error=PortraitError(message, tr(_LOST_HINT))))
