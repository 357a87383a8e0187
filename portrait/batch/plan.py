"""Planning of a batch: list the photos of a folder tree and choose the paths of their portraits; nothing is written."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from portrait.batch.events import BatchJob
from portrait.batch.folder_walk import FolderOfPhotos, LeftOut, Selection, walk_photos
from portrait.batch.job_list import JobList
from portrait.batch.storage import storage_of
from portrait.errors import PortraitError
from portrait.files.formats import OutputFormat, output_suffix, require_transparent_format, writable_format
from portrait.language import mark, tr
from portrait.photo.targets import require_distinct_targets, spelling, tell_apart

NAME_FIELD = "{name}"

_KINDS = {"output": mark("output"), "matte": mark("matte")}


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The jobs of a batch, and what it leaves out.

    Attributes
    ----------
    input_dir, output_dir
        Roots of the two folder trees. The output may lie in the input, where it is left out; not the other way round.
    jobs
        Jobs in order: the photos of a folder by name, then those of its sub-folders.
    left_out
        Files and folders that are not part of the batch.
    folders
        Folders below ``output_dir`` that portraits are written to.
    input_bytes
        Size of all photos together.
    """

    input_dir: PurePath
    output_dir: PurePath
    jobs: JobList | Sequence[BatchJob]
    left_out: LeftOut = field(default_factory=LeftOut)
    folders: tuple[PurePath, ...] = ()
    input_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Naming:
    """How portraits are called.

    Attributes
    ----------
    output_format
        One format for all portraits; ``keep``: each has the format of its photo.
    is_transparent
        Whether the portraits are transparent; ``keep`` then gives PNG where the photo's format has no transparency.
    pattern
        Name without its suffix; ``{name}`` stands for that of the photo.
    """

    output_format: OutputFormat = "keep"
    is_transparent: bool = False
    pattern: str = NAME_FIELD

    def require_usable(self) -> None:
        """Raise `PortraitError` for a format that cannot be written or not be transparent, or one name for all."""
        if self.output_format != "keep":
            writable_format(PurePath(f"{NAME_FIELD}.{self.output_format}"))
        if self.is_transparent:
            require_transparent_format(self.output_format)
        rest = self.pattern.replace(NAME_FIELD, "")
        if NAME_FIELD not in self.pattern or any(sign in rest for sign in "/\\{}\0"):
            message = tr("The name pattern {pattern!r} cannot be used", pattern=self.pattern)
            raise PortraitError(
                message,
                tr("Write {field} where the photo's name shall stand, and no slash.", field=NAME_FIELD),
            )

    def target(self, photo: PurePath, folder: PurePath) -> PurePath:
        """Path of the portrait of ``photo`` in ``folder``."""
        suffix = output_suffix(photo, self.output_format, is_transparent=self.is_transparent)
        return folder / (self.pattern.replace(NAME_FIELD, photo.stem) + suffix)


def plan_batch(
    input_dir: PurePath,
    output_dir: PurePath,
    *,
    output_format: OutputFormat = "keep",
    is_transparent: bool = False,
    name_pattern: str = NAME_FIELD,
    selection: Selection = Selection(),  # noqa: B008  frozen
    closed: Collection[PurePath] = (),
) -> BatchPlan:
    """Plan the portraits of a folder tree; nothing is written. Memory grows with the folders, not with the photos.

    Hidden files and folders are left out. The tree below ``output_dir`` mirrors the one below ``input_dir``; portraits
    that would get the same path are renamed by `tell_apart`.

    Parameters
    ----------
    input_dir
        Folder with photos, also in sub-folders: a `Path` or, as for the other folders, a `RemotePath`.
    output_dir
        Folder for the portraits; it need not exist. In the input folder it is left out as input.
    output_format, is_transparent, name_pattern
        As in `Naming`.
    selection
        Which photos are taken.
    closed
        Further folders in the input folder that hold no input: mattes, say.

    Raises
    ------
    PortraitError
        The input folder is missing, cannot be reached or lies inside the output folder, several portraits would get the
        same path, the format cannot be transparent, or the pattern cannot be used.
    """
    # Check folders and format.
    if not storage_of(input_dir).is_folder(input_dir):
        raise PortraitError(tr("{folder} is not a folder", folder=input_dir), tr("Name the folder with the photos."))
    require_separate(input_dir, output_dir, "output")
    naming = Naming(output_format, is_transparent, name_pattern)
    naming.require_usable()
    # Find the photos, and give each a path of its own in the mirrored tree.
    jobs, left_out = JobList(input_dir, output_dir), LeftOut()
    folders: dict[str, list[PurePath]] = defaultdict(list)
    suspects: list[tuple[PurePath, PurePath]] = []
    input_bytes, output = 0, storage_of(output_dir)
    for found in walk_photos(input_dir, left_out, selection, closed=(output_dir, *closed)):
        folder = output_dir / found.path.relative_to(input_dir)
        folders[spelling(PurePath(output.identity(folder)))].append(folder)
        suspects += _add_jobs(jobs, found, folder, naming)
        input_bytes += found.size_bytes
    require_distinct_targets((*suspects, *_jobs_of_shared_folders(jobs, folders)))
    together = tuple(folder for alike in folders.values() for folder in alike)
    return BatchPlan(input_dir, output_dir, jobs, left_out, together, input_bytes)


def missing_bytes(plan: BatchPlan) -> int:
    """How much the photos are larger than the space that is free for the portraits, in bytes; 0 where they fit.

    A portrait is about as large as its photo where the format is kept.
    """
    free = storage_of(plan.output_dir).free_bytes(plan.output_dir)
    return 0 if free is None else max(0, plan.input_bytes - free)


def _add_jobs(
    jobs: JobList, found: FolderOfPhotos, folder: PurePath, naming: Naming
) -> Sequence[tuple[PurePath, PurePath]]:
    """Add the jobs of one folder, with names that meet no other; all of them where some still do."""
    photos = found.photos
    targets = tell_apart(photos, [naming.target(photo, folder) for photo in photos], naming.pattern)
    below = folder.relative_to(jobs.output_dir)
    mattes = tell_apart(photos, [below / f"{photo.stem}.png" for photo in photos])
    for photo, target, matte in zip(photos, targets, mattes, strict=True):
        jobs.add(photo, target, matte)
    is_distinct = len({spelling(target) for target in targets}) == len(targets)
    return () if is_distinct else tuple(zip(photos, targets, strict=True))


def _jobs_of_shared_folders(jobs: JobList, folders: dict[str, list[PurePath]]) -> Iterator[tuple[PurePath, PurePath]]:
    """Source and target of the jobs in folders that some disk, or a link, holds for one."""
    shared = {folder for alike in folders.values() if len(alike) > 1 for folder in alike}
    if shared:
        yield from ((job.source, job.target) for job in jobs if job.target.parent in shared)


def require_separate(input_dir: PurePath, folder: PurePath, kind: Literal["output", "matte"]) -> None:
    """Raise unless ``folder`` can be told from the input: a portrait among the photos would be input of the next run.

    Raises
    ------
    PortraitError
        ``folder`` is a file, is the input folder or holds it.
    """
    storage = storage_of(folder)
    if storage.is_there(folder) and not storage.is_folder(folder):
        raise PortraitError(
            tr("{folder} is not a folder", folder=folder), tr("Name a folder, one that is there or a new one.")
        )
    if storage is not storage_of(input_dir):
        return
    if storage.is_same(folder, input_dir):
        hint = tr("Choose a folder of its own for them; it may lie in the input folder.")
        raise PortraitError(
            tr("The {kind} folder {folder} is the input folder", kind=tr(_KINDS[kind]), folder=folder), hint
        )
    if contains(folder, input_dir):
        hint = tr("Choose a folder that does not hold the photos.")
        raise PortraitError(
            tr(
                "The input folder {input_dir} lies in the {kind} folder {folder}",
                input_dir=input_dir,
                kind=tr(_KINDS[kind]),
                folder=folder,
            ),
            hint,
        )


def contains(folder: PurePath, path: PurePath) -> bool:
    """Whether ``path`` is ``folder`` or lies below it, with links resolved."""
    storage = storage_of(folder)
    if storage is not storage_of(path):
        return False
    resolved = type(folder)(storage.identity(path))
    return any(storage.is_same(parent, folder) for parent in (resolved, *resolved.parents))
