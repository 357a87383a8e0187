"""A pool of workers on Ray: one actor with one engine on each core of a cluster, or of this machine.

Ray places the actors, watches over nodes and carries tasks and results, a few kilobytes each; images travel only
between the actors and the storage that all nodes share. Ray is imported when a pool is opened.
"""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from portrait.batch.pool_executor import WorkerLost
from portrait.batch.work import JobOutcome, JobTask, make_job, outcome_of
from portrait.engine import PortraitEngine, open_engine
from portrait.errors import PortraitError
from portrait.files.os_errors import is_folder
from portrait.language import mark, tr

INSTALL_HINT = mark("Install it with: pip install 'portrait[cluster]', on every machine of the cluster.")

WORKER_MEMORY_BYTES = 2**30
"""Memory that one actor asks Ray for: an engine, and a photo of 24 megapixels from decoding to saving."""

_OBJECT_STORE_BYTES = 100 * 2**20  # of a Ray of our own; tasks and results are too small to be placed there
_STEP_S = 0.5
_MOST_FAILED_STARTS = 3

EngineSource = Callable[[], PortraitEngine]


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where a batch runs on Ray.

    Attributes
    ----------
    address
        Of a running cluster, as `ray.init` takes it. None: that of the variable ``RAY_ADDRESS``; without it, a Ray that
        is started on this machine for this batch.
    model
        Name or path of the model, as `portrait.engine.open_engine` takes it; a path must be there on every node.
    subject
        Names of the classes that stay sharp, as `portrait.engine.open_engine` takes them.
    open_engine
        Opens the engine of a worker, in its process; None: that of ``model``, with one thread.
    """

    address: str | None = None
    model: str | None = None
    subject: tuple[str, ...] = ()
    open_engine: EngineSource | None = None


@contextmanager
def open_ray_pool(cluster: ClusterOptions, workers: int, folders: Sequence[Path]) -> Iterator["RayPool"]:
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
    ray = _import_ray()
    _connect(ray, cluster.address, workers)
    try:
        count, gpu_share = _size_of_pool(ray.cluster_resources(), workers)
        actor = ray.remote(num_cpus=1, num_gpus=gpu_share, memory=WORKER_MEMORY_BYTES)(RayWorker)

        def start_actor() -> Any:
            return actor.remote(cluster, tuple(folders), Path.cwd(), _installed_version())

        with RayPool(ray, start_actor, count) as pool:
            yield pool
    finally:
        ray.shutdown()


class RayWorker:
    """The actor: an engine of its own, which makes one portrait after the other.

    Parameters
    ----------
    cluster
        How its engine is opened.
    folders
        Folders that must be there.
    cwd
        Working directory of the batch, from which relative paths lead.
    version
        Version of this program that the batch has.
    """

    def __init__(self, cluster: ClusterOptions, folders: tuple[Path, ...], cwd: Path, version: str) -> None:
        self._cluster = cluster
        self._folders = folders
        self._cwd = cwd
        self._version = version
        self._engine: PortraitEngine | None = None

    def prepare(self) -> PortraitError | None:
        """Check this node and open the engine; an error where no portrait can be made here."""
        node = platform.node() or tr("a node")
        ours, theirs = self._version, _installed_version()
        if ours != theirs:
            message = tr("{node} has Portrait {theirs}, this machine has {ours}", node=node, theirs=theirs, ours=ours)
            return PortraitError(message, tr("Install the same version on every machine of the cluster."))
        if is_folder(self._cwd):
            os.chdir(self._cwd)
        for folder in self._folders:
            if not is_folder(folder):
                hint = tr("Photos and portraits must be on storage that every machine sees under the same path.")
                return PortraitError(tr("There is no folder {folder} on {node}", folder=folder, node=node), hint)
        try:
            self._engine = self._open_engine()
        except PortraitError as exc:
            return PortraitError(f"{node}: {exc.message}", exc.hint)
        return None

    def make(self, task: JobTask) -> JobOutcome:
        """Make one portrait; never raises. `prepare` comes first."""
        if self._engine is None:
            raise RuntimeError("prepare comes first")
        return make_job(self._engine, task)

    def _open_engine(self) -> PortraitEngine:
        if self._cluster.open_engine is not None:
            return self._cluster.open_engine()
        has_gpu = bool(_import_ray().get_gpu_ids())
        provider, subject = "cuda" if has_gpu else "cpu", self._cluster.subject
        return open_engine(self._cluster.model, threads=1, provider=provider, subject=subject)


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
        for reference in {*ready, *more}:
            if reference in self._starting:
                self._welcome(reference)
            else:
                results.append(self._result(reference))
        return results

    def _start(self) -> None:
        actor = self._start_actor()
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
            return WorkerLost(task)
        self._idle.append(actor)
        return outcome


def _installed_version() -> str:
    try:
        return version("portrait")
    except PackageNotFoundError:
        return tr("from a folder")


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # this program tells nobody what it is used for
    try:
        import ray
    except ImportError as exc:
        raise PortraitError(tr("Ray is not installed"), tr(INSTALL_HINT)) from exc
    return ray


def _connect(ray: Any, address: str | None, workers: int) -> None:
    """Connect to a cluster; without an address, start a Ray on this machine that ends with this process."""
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    address = address or os.environ.get("RAY_ADDRESS")
    try:
        if address:
            ray.init(address=address, **quiet)
        else:
            memory = max(workers, os.cpu_count() or 1) * WORKER_MEMORY_BYTES
            ray.init(
                address="local",
                include_dashboard=False,
                num_cpus=workers or None,
                _memory=memory if workers else None,
                object_store_memory=_OBJECT_STORE_BYTES,
                **quiet,
            )
    except (ConnectionError, RuntimeError, ValueError) as exc:
        place = tr("the Ray cluster at {address}", address=address) if address else tr("a Ray on this machine")
        hint = tr("Start one with: ray start --head, and give the address that it prints.")
        message = tr("Cannot reach {place}: {reason}", place=place, reason=exc)
        raise PortraitError(message, hint if address else "") from exc


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
