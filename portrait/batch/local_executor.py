"""A thread pool for jobs, with bounded memory.

Threads are used, not processes: decoding, encoding, onnxruntime and OpenCV release the interpreter lock, all workers
share one engine, and results need no pickling. Each process would load the model and cost 200 MB more. Memory is
bounded by the number of running jobs and by the sum of their pixels; no queue holds decoded images.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from portrait.batch.events import BatchJob, JobDone, JobFailed, JobSkipped, JobStarted
from portrait.batch.work import PreparedJob

_STEP_S = 0.5

JobEvent = JobStarted | JobDone | JobSkipped | JobFailed
_JobEnd = JobDone | JobSkipped | JobFailed


class Cancellation(Protocol):
    """Something that tells whether no more jobs are to be begun; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether it is so."""


def run_locally(
    jobs: Iterable[BatchJob],
    prepare: Callable[[BatchJob], PreparedJob | JobSkipped],
    work: Callable[[PreparedJob], _JobEnd],
    *,
    workers: int,
    pixel_budget: int,
    cancel: Cancellation,
) -> Generator[JobEvent, None, None]:
    """Run jobs on threads, begun in order, and yield an event when one starts, is skipped or ends.

    Parameters
    ----------
    jobs
        Taken one by one, as the limits allow.
    prepare
        Decides whether a job is run; cheap, called in the caller's thread.
    work
        Does the job; called on a worker thread, must not raise.
    workers
        Most jobs that run at once.
    pixel_budget
        Most pixels of all running jobs; a job above it runs alone.
    cancel
        When set, no more jobs are begun. Running jobs are always finished, also if the caller closes the generator.
    """
    running: dict[Future[_JobEnd], int] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="batch") as pool:
        for job in jobs:
            if cancel.is_set():
                break
            # Skip what need not be done.
            prepared = prepare(job)
            if isinstance(prepared, JobSkipped):
                yield prepared
                continue
            # Wait for room, then begin the job.
            while running and not _has_room(running, prepared.pixels, workers, pixel_budget):
                yield from _wait_for_any(running)
            if cancel.is_set():
                break
            running[pool.submit(work, prepared)] = prepared.pixels
            yield JobStarted(job)
        while running:
            yield from _wait_for_any(running)


def _has_room(running: dict[Future[_JobEnd], int], pixels: int, workers: int, pixel_budget: int) -> bool:
    """Whether one more job of this size stays within both limits."""
    return len(running) < workers and sum(running.values()) + pixels <= pixel_budget


def _wait_for_any(running: dict[Future[_JobEnd], int]) -> Iterator[_JobEnd]:
    """Wait until at least one job has ended; remove the ended ones from ``running`` and yield their events."""
    ended: set[Future[_JobEnd]] = set()
    while not ended:  # in short steps, because Windows does not interrupt a waiting lock with Ctrl-C
        ended, _ = wait(running, timeout=_STEP_S, return_when=FIRST_COMPLETED)
    for future in sorted(ended, key=lambda future: future.result().job.index):
        del running[future]
        yield future.result()
