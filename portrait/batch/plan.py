"""From a folder tree to a list of jobs. What cannot work is found here, before anything is written."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from portrait.batch.events import BatchJob
from portrait.errors import PortraitError
from portrait.files.formats import OutputFormat, is_photo_path, output_suffix
from portrait.files.os_errors import is_folder, is_same_file, is_there, read_error


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
        Files that are no photos by their suffix, and links to folders, which are not followed.
    """

    input_dir: Path
    output_dir: Path
    jobs: tuple[BatchJob, ...]
    ignored: tuple[Path, ...]


def plan_batch(
    input_dir: Path, output_dir: Path, *, output_format: OutputFormat = "keep", is_transparent: bool = False
) -> BatchPlan:
    """Plan the portraits of a folder tree; nothing is written.

    Hidden files and folders are left out. The tree below ``output_dir`` mirrors the one below ``input_dir``.

    Parameters
    ----------
    input_dir
        Folder with photos, in sub-folders too.
    output_dir
        Need not exist.
    output_format
        ``keep``, or one format for all.
    is_transparent
        Whether ``keep`` must give way to PNG where the photo's own format has no transparency.

    Raises
    ------
    PortraitError
        No such folder, one folder inside the other, or several photos that would get the same name.
    """
    if not is_folder(input_dir):
        raise PortraitError(f"{input_dir} is not a folder", "Name the folder with the photos.")
    if is_there(output_dir) and not is_folder(output_dir):
        raise PortraitError(f"{output_dir} is not a folder", "Name a folder for the portraits.")
    _require_separate(input_dir, output_dir)
    photos, ignored = _find_photos(input_dir)
    suffixes = [output_suffix(photo, output_format, is_transparent=is_transparent) for photo in photos]
    targets = [
        (output_dir / photo.relative_to(input_dir)).with_suffix(suffix)
        for photo, suffix in zip(photos, suffixes, strict=True)
    ]
    require_distinct_targets(zip(photos, targets, strict=True))
    jobs = tuple(
        BatchJob(photo, target, index, len(photos))
        for index, (photo, target) in enumerate(zip(photos, targets, strict=True), start=1)
    )
    return BatchPlan(input_dir, output_dir, jobs, tuple(ignored))


def require_distinct_targets(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Raise when two sources would be saved under one name, by the rules of any file system.

    Names that differ only in case or in Unicode composition are one file on macOS and Windows.

    Raises
    ------
    PortraitError
        Names all of them.
    """
    sources_by_key: dict[str, list[Path]] = defaultdict(list)
    target_by_key: dict[str, Path] = {}
    for source, target in pairs:
        key = unicodedata.normalize("NFC", str(target)).casefold()
        sources_by_key[key].append(source)
        target_by_key[key] = target
    collisions = [
        f"{', '.join(map(str, sources))} → {target_by_key[key]}"
        for key, sources in sources_by_key.items()
        if len(sources) > 1
    ]
    if collisions:
        hint = "Rename all but one of them, or choose another output format (keep keeps the endings apart)."
        raise PortraitError("Several photos would be saved under one name: " + "; ".join(collisions), hint)


def _require_separate(input_dir: Path, output_dir: Path) -> None:
    if _contains(input_dir, output_dir):
        hint = "Choose an output folder beside the photos, not among them."
        raise PortraitError(f"The output folder {output_dir} lies in the input folder {input_dir}", hint)
    if _contains(output_dir, input_dir):
        hint = "Choose an output folder that does not hold the photos."
        raise PortraitError(f"The input folder {input_dir} lies in the output folder {output_dir}", hint)


def _contains(folder: Path, path: Path) -> bool:
    """Whether ``path`` is ``folder`` or lies below it, whatever the spelling or links."""
    resolved = path.resolve()
    return any(is_same_file(parent, folder) for parent in (resolved, *resolved.parents))


def _find_photos(input_dir: Path) -> tuple[list[Path], list[Path]]:
    photos: list[Path] = []
    ignored: list[Path] = []
    for path in _walk(input_dir):
        (ignored if path.is_dir() or not is_photo_path(path) else photos).append(path)
    return sorted(photos), sorted(ignored)


def _walk(input_dir: Path) -> Iterator[Path]:
    """Files, and links to folders: those are not entered, since they may lead back."""
    for folder, folder_names, file_names in os.walk(input_dir, onerror=_refuse_unreadable_folder):
        folder_names[:] = [name for name in folder_names if not name.startswith(".")]
        linked = [name for name in folder_names if Path(folder, name).is_symlink()]
        for name in (*file_names, *linked):
            if not name.startswith("."):
                yield Path(folder, name)


def _refuse_unreadable_folder(exc: OSError) -> NoReturn:
    raise read_error(Path(exc.filename), exc) from exc
