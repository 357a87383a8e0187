"""From a folder tree to a list of jobs. What cannot work is found here, before anything is written."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from portrait.batch.events import BatchJob
from portrait.errors import PortraitError
from portrait.files.formats import OutputFormat, is_photo_path, output_suffix, require_transparent_format
from portrait.files.os_errors import is_folder, is_same_file, is_there, read_error
from portrait.photo.targets import require_distinct_targets, tell_apart


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Which files become which.

    Attributes
    ----------
    input_dir, output_dir
        The two trees; neither lies in the other.
    jobs
        In the order of their names.
    ignored
        Files that are no photos by their suffix.
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

    Hidden files and folders are left out. The tree below ``output_dir`` mirrors the one below ``input_dir``; where that
    gives several photos one name, see `tell_apart`.

    Parameters
    ----------
    input_dir
        Folder with photos, in sub-folders too.
    output_dir
        Need not exist.
    output_format
        ``keep``, or one format for all.
    is_transparent
        Whether the portraits are; ``keep`` then gives way to PNG where the photo's own format has no transparency.

    Raises
    ------
    PortraitError
        No such folder, one folder inside the other, several photos that would get the same name, or one format for all
        in which they cannot be transparent.
    """
    if not is_folder(input_dir):
        raise PortraitError(f"{input_dir} is not a folder", "Name the folder with the photos.")
    require_separate(input_dir, output_dir, "output")
    if is_transparent:
        require_transparent_format(output_format)
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
    """Where the matte of each photo lies below a folder of mattes, by `tell_apart` as the portraits."""
    sources = [job.source for job in plan.jobs]
    named_alike = [source.relative_to(plan.input_dir).with_suffix(".png") for source in sources]
    return dict(zip(sources, tell_apart(sources, named_alike), strict=True))


def require_separate(input_dir: Path, folder: Path, kind: Literal["output", "matte"]) -> None:
    """Raise unless pictures can be saved to ``folder``: one saved among the photos is a photo in the next run.

    Raises
    ------
    PortraitError
        It is a file, or one of the two lies in the other.
    """
    if is_there(folder) and not is_folder(folder):
        raise PortraitError(f"{folder} is not a folder", "Name a folder, one that is there or a new one.")
    if contains(input_dir, folder):
        hint = "Choose a folder beside the photos, not among them."
        raise PortraitError(f"The {kind} folder {folder} lies in the input folder {input_dir}", hint)
    if contains(folder, input_dir):
        hint = "Choose a folder that does not hold the photos."
        raise PortraitError(f"The input folder {input_dir} lies in the {kind} folder {folder}", hint)


def contains(folder: Path, path: Path) -> bool:
    """Whether ``path`` is ``folder`` or lies below it, whatever the spelling or links."""
    resolved = Path(os.path.realpath(path))  # as resolve(), which raises where links go round in a circle
    return any(is_same_file(parent, folder) for parent in (resolved, *resolved.parents))


def _find_photos(input_dir: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """Photos, other files, and links to folders: those are not entered, since they may lead back."""
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
