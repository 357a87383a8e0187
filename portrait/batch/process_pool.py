"""A pool of worker processes on this machine, for limits on the time and the memory of each file.

Threads share one engine and are faster to start, so they are the default (decision 009); but a thread that hangs in a
decoder cannot be stopped. A process that takes too long is killed, its file has failed, and another takes its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from time import monotonic

from portrait.batch.pool_executor import WorkerLost
from portrait.batch.ray_worker import EngineSource
from portrait.batch.work import JobOutcome, JobTask, make_job, outcome_of
from portrait.engine import open_engine
from portrait.errors import PortraitError
from portrait.files.system.worker_process import Handler, Ready, WorkerDiedError, WorkerProcess
from portrait.language import mark, tr

_STEP_S = 0.5
_LONGEST_START_S = 120.0
_LIMIT_HINT = mark("Allow more with --time-limit, or make it smaller.")


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Limits of a batch whose files are made in processes of their own.

    Attributes
    ----------
    time_limit_s
        Most time for one file, from decoding to saving; None: no limit.
    memory_bytes
        Most memory for one file, where the system has such a limit; None: no limit.
    model, subject
        Of the engine of each process, as `portrait.engine.open_engine` takes them.
    open_engine
        Opens it instead, in the process; can be pickled.
    """

    time_limit_s: float | None = None
    memory_bytes: int | None = None
    model: str | None = None
    subject: tuple[str, ...] = ()
    open_engine: EngineSource | None = None

    def open_handler(self) -> Handler:
        """In a worker: the engine, and the function that makes a job with it."""
        engine = self.open_engine or partial(open_engine, self.model, threads=1, subject=self.subject)
        return partial(make_job, engine())


@contextmanager
def open_process_pool(limits: WorkerLimits, workers: int) -> Iterator["ProcessPool"]:
    """Context of a pool of so many processes, started as they are needed."""
    pool = ProcessPool(limits, workers)
    try:
        yield pool
    finally:
        pool.close()


@dataclass(slots=True)
class _Running:
    """A task, the process that does it, and the end of its time."""

    worker: WorkerProcess
    task: JobTask
    is_ready: bool
    until_s: float


class ProcessPool:
    """Implements `portrait.batch.pool_executor.WorkerPool`."""

    def __init__(self, limits: WorkerLimits, workers: int) -> None:
        self._limits = limits
        self._workers = workers
        self._idle: list[WorkerProcess] = []
        self._running: dict[Connection, _Running] = {}

    @property
    def has_idle_worker(self) -> bool:
        """See `WorkerPool`."""
        return len(self._running) < self._workers

    def submit(self, task: JobTask) -> None:
        """See `WorkerPool`."""
        is_ready = bool(self._idle)
        worker = self._idle.pop() if self._idle else WorkerProcess(self._limits.open_handler, self._limits.memory_bytes)
        worker.send(task)
        until_s = monotonic() + (self._time_limit_s if is_ready else _LONGEST_START_S)
        self._running[worker.connection] = _Running(worker, task, is_ready, until_s)

    def wait(self) -> list[JobOutcome | WorkerLost]:
        """See `WorkerPool`; what took too long has failed."""
        first_end_s = min((running.until_s for running in self._running.values()), default=0.0)
        wait(list(self._running), min(_STEP_S, max(0.0, first_end_s - monotonic())))
        ended: list[JobOutcome | WorkerLost] = []
        for running in list(self._running.values()):
            result = self._message(running) if running.worker.connection.poll() else self._overdue(running)
            if result is not None:
                ended.append(result)
        return ended

    def close(self) -> None:
        """End all processes; one that is still at work is killed."""
        for running in self._running.values():
            running.worker.kill()
        for worker in self._idle:
            worker.close()
        self._running.clear()
        self._idle.clear()

    @property
    def _time_limit_s(self) -> float:
        limit_s = self._limits.time_limit_s
        return float("inf") if limit_s is None else limit_s

    def _message(self, running: _Running) -> JobOutcome | WorkerLost | None:
        """What a process has sent: its answer, or None when it is ready; or that it has died."""
        try:
            message = running.worker.receive()
        except WorkerDiedError:
            del self._running[running.worker.connection]
            running.worker.kill()
            return WorkerLost(running.task)
        if isinstance(message, Ready):
            if message.error is not None:
                raise message.error
            running.is_ready, running.until_s = True, monotonic() + self._time_limit_s
            return None
        del self._running[running.worker.connection]
        self._idle.append(running.worker)
        outcome: JobOutcome = message
        return outcome

    def _overdue(self, running: _Running) -> JobOutcome | None:
        """The outcome of a task whose time is over, and whose process is killed."""
        if monotonic() < running.until_s:
            return None
        del self._running[running.worker.connection]
        running.worker.kill()
        source = running.task.prepared.job.source
        limit_s = self._time_limit_s if running.is_ready else _LONGEST_START_S
        message = tr("{path} took more than {limit_s:g} s", path=source, limit_s=limit_s)
        return outcome_of(running.task, error=PortraitError(message, tr(_LIMIT_HINT)))
