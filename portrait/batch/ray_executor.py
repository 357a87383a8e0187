"""A pool of workers on Ray: one actor with one engine on each core of a cluster, or of this machine.

Ray places the actors, watches over nodes and carries tasks and results, a few kilobytes each; images travel only
between the actors and the storage that all nodes share. Ray is imported when a pool is opened.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from portrait.batch.pool_executor import WorkerLost
from portrait.batch.ray_worker import ClusterOptions, RayWorker, import_ray, installed_version
from portrait.batch.work import JobOutcome, JobTask, outcome_of
from portrait.errors import PortraitError
from portrait.language import current_language, mark, tr

WORKER_MEMORY_BYTES = 2**30
"""Memory that one actor asks Ray for: an engine, and a photo of 24 megapixels from decoding to saving."""

_OBJECT_STORE_BYTES = 100 * 2**20  # of a Ray of our own; tasks and results are too small to be placed there
_STEP_S = 0.5
_MOST_FAILED_STARTS = 3
_QUIET = {"log_to_driver": False, "logging_level": "ERROR"}
_BUSY_HINT = mark("Try again when the machine is less busy, or leave out --engine ray.")


@contextmanager
def open_ray_pool(cluster: ClusterOptions, workers: int, folders: Sequence[PurePath]) -> Iterator["RayPool"]:
    """Connect to a cluster, or start one on this machine, and start workers on it.

    Parameters
    ----------
    cluster
        Where.
    workers
        Number of actors, each on a core of its own; 0: as many as there are cores with `WORKER_MEMORY_BYTES` each.
    folders
        Folders that every node must see.

    Raises
    ------
    PortraitError
        Ray is not installed, the cluster cannot be reached, or no node has room for a worker.
    """
    ray = import_ray()
    _connect(ray, cluster.address, workers)
    try:
        count, gpu_share = _size_of_pool(ray.cluster_resources(), workers)
        actor = ray.remote(num_cpus=1, num_gpus=gpu_share, memory=WORKER_MEMORY_BYTES)(RayWorker)

        def start_actor() -> Any:
            return actor.remote(cluster, tuple(folders), Path.cwd(), installed_version(), current_language())

        with RayPool(ray, start_actor, count) as pool:
            yield pool
    finally:
        ray.shutdown()


class RayPool:
    """A `WorkerPool` of Ray actors. A lost actor is replaced by a new one, which Ray places where there is room.

    Parameters
    ----------
    ray
        The module.
    start_actor
        Gives the handle of a new actor.
    count
        Number of actors to keep.
    """

    def __init__(self, ray: Any, start_actor: Callable[[], Any], count: int) -> None:
        self._ray = ray
        self._start_actor = start_actor
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Any, JobTask]] = {}
        self._failed_starts = 0
        for _ in range(count):
            self._start()

    def __enter__(self) -> "RayPool":
        return self

    def __exit__(self, *_: object) -> None:
        actors = [*self._starting.values(), *self._idle, *(actor for actor, _ in self._running.values())]
        for actor in actors:
            self._ray.kill(actor)

    @property
    def has_idle_worker(self) -> bool:
        """Whether an actor that has its engine waits for a task."""
        return bool(self._idle)

    def submit(self, task: JobTask) -> None:
        """Hand a task to an idle actor."""
        actor = self._idle.pop()
        self._running[actor.make.remote(task)] = (actor, task)

    def wait(self) -> list[JobOutcome | WorkerLost]:
        """Wait half a second at most for actors; the results of the tasks that have ended.

        Raises
        ------
        PortraitError
            The last actor could not start.
        """
        pending = [*self._starting, *self._running]
        # In short steps, so that Ctrl-C is heard. All that are ready are taken at once.
        ready, _ = self._ray.wait(pending, num_returns=1, timeout=_STEP_S)
        more, _ = self._ray.wait(pending, num_returns=len(pending), timeout=0)
        results = []
        for reference in dict.fromkeys((*ready, *more)):
            if reference in self._starting:
                self._welcome(reference)
            else:
                results.append(self._result(reference))
        return results

    def _start(self) -> None:
        actor = self._start_actor()
        self._starting[actor.prepare.remote()] = actor

    def _check_idle(self) -> None:
        while self._idle:
            actor = self._idle.pop()
            self._starting[actor.prepare.remote()] = actor

    def _welcome(self, reference: Any) -> None:
        """An actor has started, or could not."""
        actor = self._starting.pop(reference)
        try:
            error: PortraitError | None = self._ray.get(reference)
        except self._ray.exceptions.RayError as exc:  # its node was lost, or its process ended
            hint = tr("See Ray's own logs, in /tmp/ray/session_latest/logs on each machine.")
            error = PortraitError(tr("No worker of the cluster can start: {reason}", reason=exc), hint)
            self._failed_starts += 1
            if self._failed_starts <= _MOST_FAILED_STARTS:
                self._start()
        if error is None:
            self._idle.append(actor)
            return
        self._ray.kill(actor)
        if not (self._starting or self._idle or self._running):
            raise error

    def _result(self, reference: Any) -> JobOutcome | WorkerLost:
        actor, task = self._running.pop(reference)
        try:
            outcome: JobOutcome = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as exc:  # the task itself never raises, so its result cannot travel
            self._idle.append(actor)
            return outcome_of(task, error=PortraitError(f"{task.prepared.job.source}: {exc}"), bug=str(exc))
        except self._ray.exceptions.RayError:
            self._ray.kill(actor)  # it may still be alive behind a broken network, and its job is begun again
            self._start()
            self._check_idle()  # they may have been lost with the same node
            return WorkerLost(task)
        self._idle.append(actor)
        return outcome


def _connect(ray: Any, address: str | None, workers: int) -> None:
    """Connect to a cluster; without an address, start a Ray on this machine that ends with this process."""
    address = address or os.environ.get("RAY_ADDRESS")
    try:
        if address:
            ray.init(address=address, **_QUIET)
        else:
            _start(ray, workers)
    except Exception as exc:
        place = tr("the Ray cluster at {address}", address=address) if address else tr("a Ray on this machine")
        hint = tr("Start one with: ray start --head, and give the address that it prints.")
        message = tr("Cannot reach {place}: {reason}", place=place, reason=exc)
        raise PortraitError(message, hint if address else tr(_BUSY_HINT)) from exc


def _start(ray: Any, workers: int) -> None:
    """Start a Ray on this machine; twice where the first start takes longer than Ray waits, as on a busy machine."""
    memory = workers * WORKER_MEMORY_BYTES if workers else None
    options = {"num_cpus": workers or None, "_memory": memory, "object_store_memory": _OBJECT_STORE_BYTES}
    for is_last in (False, True):
        try:
            ray.init(address="local", include_dashboard=False, **options, **_QUIET)
            return
        except Exception:  # as above
            ray.shutdown()
            if is_last:
                raise


def _size_of_pool(resources: dict[str, float], workers: int) -> tuple[int, float]:
    """Number of actors, and the share of a GPU that each has: 1/k, so that k actors use one GPU in turn.

    Raises
    ------
    PortraitError
        No core or not the memory for a single one.
    """
    fitting = int(min(resources.get("CPU", 0.0), resources.get("memory", 0.0) // WORKER_MEMORY_BYTES))
    count = workers or fitting
    if count < 1:
        message = tr("The cluster has no core with 1 GiB of memory for a worker")
        raise PortraitError(message, tr("Add machines, or give --workers where the cluster grows by itself."))
    gpus = resources.get("GPU", 0.0)
    return count, 0.0 if gpus < 1.0 else 1.0 / max(1, -(-count // int(gpus)))
