"""The actor of a batch on Ray, and the options that it is started with."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any

from portrait.batch.storage import storage_of
from portrait.batch.work import JobOutcome, JobTask, make_job
from portrait.engine import PortraitEngine, open_engine
from portrait.errors import PortraitError
from portrait.extras import how_to_get
from portrait.files.system.os_errors import is_folder
from portrait.language import set_language, tr

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
    language
        Code of the language of its messages.
    """

    def __init__(
        self, cluster: ClusterOptions, folders: tuple[PurePath, ...], cwd: Path, version: str, language: str = "en"
    ) -> None:
        set_language(language)
        self._cluster = cluster
        self._folders = folders
        self._cwd = cwd
        self._version = version
        self._engine: PortraitEngine | None = None

    def prepare(self) -> PortraitError | None:
        """Check this node and open the engine; an error where no portrait can be made here. Again: at once."""
        if self._engine is not None:
            return None
        node = platform.node() or tr("a node")
        ours, theirs = self._version, installed_version()
        if ours != theirs:
            message = tr("{node} has Portrait {theirs}, this machine has {ours}", node=node, theirs=theirs, ours=ours)
            return PortraitError(message, tr("Install the same version on every machine of the cluster."))
        if is_folder(self._cwd):
            os.chdir(self._cwd)
        try:
            for folder in self._folders:
                if not storage_of(folder).is_folder(folder):
                    hint = tr("Photos and portraits must be on storage that every machine sees under the same path.")
                    return PortraitError(tr("There is no folder {folder} on {node}", folder=folder, node=node), hint)
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
        has_gpu = bool(import_ray().get_gpu_ids())
        provider, subject = "cuda" if has_gpu else "cpu", self._cluster.subject
        return open_engine(self._cluster.model, threads=1, provider=provider, subject=subject)


def installed_version() -> str:
    """Version of this program, to compare with that of other machines."""
    try:
        return version("portrait")
    except PackageNotFoundError:
        return tr("from a folder")


def import_ray() -> Any:
    """The module; raise `PortraitError` where it is not installed."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # this program tells nobody what it is used for
    try:
        import ray
    except ImportError as exc:
        hint = f"{how_to_get('cluster')} {tr('It is needed on every machine of the cluster.')}"
        raise PortraitError(tr("Ray is not installed"), hint) from exc
    return ray
