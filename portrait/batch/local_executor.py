"""Jobs on the threads of this machine, in bounded memory.

Threads, not processes: decoding, encoding, onnxruntime and OpenCV all release the interpreter lock, one engine and one
model serve all workers, and a result needs no pickling. Processes would load the model once each and cost 200 MB more
apiece. What bounds memory is the number of jobs and of pixels in work: no queue holds decoded pictures.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from portrait.batch.events import BatchJob, JobDone, JobFailed, JobSkipped, JobStarted
from portrait.batch.journal import JournalKey

_STEP_S = 0.5

JobEvent = JobStarted | JobDone | JobSkipped | JobFailed


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A job that is to be done, and what it weighs."""

    job: BatchJob
    key: JournalKey
    pixels: int


def run_locally(
    jobs: Iterable[BatchJob],
    prepare: Callable[[BatchJob], PreparedJob | JobSkipped],
    work: Callable[[PreparedJob], JobDone | JobFailed],
    *,
    workers: int,
    pixel_budget: int,
    cancel: threading.Event,
) -> Generator[JobEvent, None, None]:
    """Run jobs in order, and yield what becomes of them as it happens.

    Parameters
    ----------
    jobs
        Taken one by one, as there is room.
    prepare
        Cheap; called here, in the caller's thread.
    work
        Called on a worker thread; must not raise.
    workers
        Most jobs in work at once.
    pixel_budget
        Most pixels in work at once; a job above it runs alone.
    cancel
        When set, no job is begun any more; those in work are finished, as they are when the caller leaves.
    """
    running: dict[Future[JobDone | JobFailed], int] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="batch") as pool:
        for job in jobs:
            if cancel.is_set():
                break
            prepared = prepare(job)
            if isinstance(prepared, JobSkipped):
                yield prepared
                continue
            while running and not _has_room(running, prepared.pixels, workers, pixel_budget):
                yield from _finished(running)
            if cancel.is_set():
                break
            running[pool.submit(work, prepared)] = prepared.pixels
            yield JobStarted(job)
        while running:
            yield from _finished(running)


def _has_room(running: dict[Future[JobDone | JobFailed], int], pixels: int, workers: int, pixel_budget: int) -> bool:
    return len(running) < workers and sum(running.values()) + pixels <= pixel_budget


def _finished(running: dict[Future[JobDone | JobFailed], int]) -> Iterator[JobDone | JobFailed]:
    """Wait for at least one job, and take out those that have ended."""
    ended: set[Future[JobDone | JobFailed]] = set()
    while not ended:  # in short steps, because Windows does not interrupt a waiting lock with Ctrl-C
        ended, _ = wait(running, timeout=_STEP_S, return_when=FIRST_COMPLETED)
    for future in sorted(ended, key=lambda future: future.result().job.index):
        del running[future]
        yield future.result()
