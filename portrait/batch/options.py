"""Options of a batch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, get_args

from portrait.batch.process_pool import WorkerLimits
from portrait.batch.ray_worker import ClusterOptions
from portrait.photo.options import FileOptions

OnConflict = Literal["skip", "rename", "overwrite"]
"""What becomes of a photo whose portrait would replace a file that this batch did not make, or that was changed since:
it is left out, its portrait gets another name, or the file is replaced."""


class EditsSource(Protocol):
    """Finds the changes by hand, and the look, that were kept for a photo. Called from several threads."""

    def find(self, photo: Path) -> Path | None:
        """The file with the changes of a photo; None: there is none."""
        ...

    def apply(self, path: Path, photo: Path, options: FileOptions) -> FileOptions:
        """The options of a photo with what that file keeps; may raise `PortraitError`."""
        ...


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run.

    Attributes
    ----------
    file
        Options of each photo. ``matte_path`` and ``save_matte_path`` are folders here, in which mattes are named like
        the photos.
    workers
        Photos processed at once; 0: as many as cores and memory allow.
    restart
        Make all portraits again, even those that the journal lists as done.
    cluster
        Run on Ray, on the machines of this cluster; None: on threads of this process.
    limits
        Make each file in a process of its own, with these limits; None: on threads.
    on_conflict
        What becomes of files that are in the way.
    only_failed
        Only the photos that failed in the last run in which they had their turn.
    fail_fast
        Begin no more photos after one has failed.
    edits
        Gives photos the changes that were kept for them; None: all photos are made by ``file`` alone.
    """

    file: FileOptions = field(default_factory=FileOptions)
    workers: int = 0
    restart: bool = False
    cluster: ClusterOptions | None = None
    limits: WorkerLimits | None = None
    on_conflict: OnConflict = "skip"
    only_failed: bool = False
    fail_fast: bool = False
    edits: EditsSource | None = None

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ValueError(f"workers must be 0 or more, got {self.workers!r}")
        if self.on_conflict not in get_args(OnConflict):
            raise ValueError(f"on_conflict must be one of {get_args(OnConflict)}, got {self.on_conflict!r}")
