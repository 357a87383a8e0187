"""Planning of a batch: list the photos of a folder tree and choose the paths of their portraits; nothing is written."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from portrait.batch.events import BatchJob
from portrait.errors import PortraitError
from portrait.files.formats import OutputFormat, is_photo_path, output_suffix, require_transparent_format
from portrait.files.os_errors import is_folder, is_same_file, is_there, read_error
from portrait.language import mark, tr
from portrait.photo.targets import require_distinct_targets, tell_apart

_KINDS = {"output": mark("output"), "matte": mark("matte")}


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The jobs of a batch, and the files and folders that it leaves out.

    Attributes
    ----------
    input_dir, output_dir
        Roots of the two folder trees; neither lies in the other.
    jobs
        Jobs in the order of their paths.
    ignored
        Files whose suffix is not that of a photo.
    linked_folders
        Links to folders, which are not followed.
    """

    input_dir: Path
    output_dir: Path
    jobs: tuple[BatchJob, ...]
    ignored: tuple[Path, ...]
    linked_folders: tuple[Path, ...] = ()


def plan_batch(
    input_dir: Path, output_dir: Path, *, output_format: OutputFormat = "keep", is_transparent: bool = False
) -> BatchPlan:
    """Plan the portraits of a folder tree; nothing is written.

    Hidden files and folders are left out. The tree below ``output_dir`` mirrors the one below ``input_dir``; portraits
    that would get the same path are renamed by `tell_apart`.

    Parameters
    ----------
    input_dir
        Folder with photos, also in sub-folders.
    output_dir
        Folder for the portraits; it need not exist.
    output_format
        One format for all portraits; ``keep``: each has the format of its photo.
    is_transparent
        Whether the portraits are transparent; ``keep`` then gives PNG where the photo's format has no transparency.

    Raises
    ------
    PortraitError
        The input folder is missing, one folder lies inside the other, several portraits would get the same path, or the
        format cannot be transparent.
    """
    # Check folders and format.
    if not is_folder(input_dir):
        raise PortraitError(tr("{folder} is not a folder", folder=input_dir), tr("Name the folder with the photos."))
    require_separate(input_dir, output_dir, "output")
    if is_transparent:
        require_transparent_format(output_format)
    # Find the photos, and give each a path of its own in the mirrored tree.
    photos, ignored, linked_folders = _find_photos(input_dir)
    suffixes = [output_suffix(photo, output_format, is_transparent=is_transparent) for photo in photos]
    named_alike = [
        (output_dir / photo.relative_to(input_dir)).with_suffix(suffix)
        for photo, suffix in zip(photos, suffixes, strict=True)
    ]
    targets = tell_apart(photos, named_alike)
    require_distinct_targets(zip(photos, targets, strict=True))
    jobs = tuple(
        BatchJob(photo, target, index, len(photos))
        for index, (photo, target) in enumerate(zip(photos, targets, strict=True), start=1)
    )
    return BatchPlan(input_dir, output_dir, jobs, tuple(ignored), tuple(linked_folders))


def matte_names(plan: BatchPlan) -> dict[Path, Path]:
    """Relative path of each photo's matte in a folder of mattes: that of the photo, as ``.png``, made unique."""
    sources = [job.source for job in plan.jobs]
    named_alike = [source.relative_to(plan.input_dir).with_suffix(".png") for source in sources]
    return dict(zip(sources, tell_apart(sources, named_alike), strict=True))


def require_separate(input_dir: Path, folder: Path, kind: Literal["output", "matte"]) -> None:
    """Raise unless ``folder`` is apart from the input: an image saved among the photos would be input of the next run.

    Raises
    ------
    PortraitError
        ``folder`` is a file, or one of the two folders lies in the other.
    """
    if is_there(folder) and not is_folder(folder):
        raise PortraitError(
            tr("{folder} is not a folder", folder=folder), tr("Name a folder, one that is there or a new one.")
        )
    if contains(input_dir, folder):
        hint = tr("Choose a folder beside the photos, not among them.")
        raise PortraitError(
            tr(
                "The {kind} folder {folder} lies in the input folder {input_dir}",
                kind=tr(_KINDS[kind]),
                folder=folder,
                input_dir=input_dir,
            ),
            hint,
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


def contains(folder: Path, path: Path) -> bool:
    """Whether ``path`` is ``folder`` or lies below it, with links resolved."""
    resolved = Path(os.path.realpath(path))  # unlike Path.resolve() it does not raise for circular links
    return any(is_same_file(parent, folder) for parent in (resolved, *resolved.parents))


def _find_photos(input_dir: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """Walk a folder tree: photos, other files, and links to folders. Links are not followed: they may be circular."""
    photos: list[Path] = []
    others: list[Path] = []
    links: list[Path] = []
    for folder, folder_names, file_names in os.walk(input_dir, onerror=_refuse_unreadable_folder):
        folder_names[:] = [name for name in folder_names if not name.startswith(".")]
        links += [path for name in folder_names if (path := Path(folder, name)).is_symlink()]
        for path in (Path(folder, name) for name in file_names if not name.startswith(".")):
            (photos if is_photo_path(path) else others).append(path)
    return sorted(photos), sorted(others), sorted(links)


def _refuse_unreadable_folder(exc: OSError) -> NoReturn:
    raise read_error(Path(exc.filename), exc) from exc
