"""Walk of a folder tree, one folder at a time: which photos are taken, and what is left out and why."""

import fnmatch
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from portrait.batch.storage import storage_of
from portrait.batch.storage.interface import Entry, Storage
from portrait.files.formats import is_photo_path
from portrait.photo.made_files import JOURNAL_NAME

LeftOutKind = Literal["other", "link", "hidden", "not chosen", "portraits"]
"""Why something is left out: no photo; a link to a folder, which is not followed because it may be
circular; hidden; not chosen by globs or date; a folder of portraits."""

_MOST_NAMED = 100


@dataclass(slots=True)
class LeftOut:
    """What a walk leaves out: how much of each kind, and the first hundred paths of each."""

    counts: dict[LeftOutKind, int] = field(default_factory=dict)
    first: dict[LeftOutKind, list[PurePath]] = field(default_factory=dict)

    def add(self, kind: LeftOutKind, path: PurePath) -> None:
        """Count a path, and keep it while it is one of the first."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        named = self.first.setdefault(kind, [])
        if len(named) < _MOST_NAMED:
            named.append(path)

    def count(self, kind: LeftOutKind) -> int:
        """Number of paths of this kind."""
        return self.counts.get(kind, 0)

    def named(self, kind: LeftOutKind) -> tuple[PurePath, ...]:
        """The first paths of this kind, in order."""
        return tuple(self.first.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a tree are taken.

    Attributes
    ----------
    include, exclude
        Globs, regardless of case. One without a slash is compared with names, one with a slash with paths below the
        input folder; ``*`` also matches slashes. An excluded folder is not entered. Empty ``include``: all.
    since_s
        Only files changed at this time or later, in seconds since 1970; None: all.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since_s: float | None = None

    def takes(self, path: str, changed_s: float) -> bool:
        """Whether a file is taken, by its path below the input folder with forward slashes."""
        is_recent = self.since_s is None or changed_s >= self.since_s
        return is_recent and (not self.include or _matches(self.include, path)) and not _matches(self.exclude, path)

    def enters(self, path: str) -> bool:
        """Whether a folder is entered."""
        return not _matches(self.exclude, path)


@dataclass(frozen=True, slots=True)
class FolderOfPhotos:
    """The photos of one folder without its sub-folders, in the order of their names, and their sizes together."""

    path: PurePath
    photos: tuple[PurePath, ...]
    size_bytes: int


def walk_photos(
    input_dir: PurePath, left_out: LeftOut, selection: Selection, *, closed: Collection[PurePath] = ()
) -> Iterator[FolderOfPhotos]:
    """Walk a folder tree; a folder with photos comes before its sub-folders. One folder at a time is in memory.

    Parameters
    ----------
    input_dir
        Root of the tree.
    left_out
        Takes what is left out, while the walk goes on.
    selection
        Which files are taken.
    closed
        Folders that are not entered, beside those that hold the journal of a batch.

    Raises
    ------
    ImageFileError
        A folder cannot be listed.
    """
    storage = storage_of(input_dir)
    waiting = [input_dir]
    while waiting:
        folder = waiting.pop()
        entries = storage.entries(folder)
        if folder != input_dir and (
            _is_one_of(storage, folder, closed) or any(entry.name == JOURNAL_NAME for entry in entries)
        ):
            left_out.add("portraits", folder)
            continue
        below = _path_below(input_dir, folder)
        sub_folders, photos, size_bytes = [], [], 0
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                if entry.name != JOURNAL_NAME:
                    left_out.add("hidden", path)
            elif _is_folder(entry):
                if _is_to_be_entered(entry, path, below + entry.name, left_out, selection):
                    sub_folders.append(path)
            elif (status := _choose(entry, path, below + entry.name, left_out, selection)) is not None:
                photos.append(path)
                size_bytes += status
        waiting += reversed(sub_folders)
        if photos:
            yield FolderOfPhotos(folder, tuple(photos), size_bytes)


def _path_below(input_dir: PurePath, folder: PurePath) -> str:
    return "" if folder == input_dir else f"{folder.relative_to(input_dir).as_posix()}/"


def _is_folder(entry: Entry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to what may not be seen
        return False


def _is_to_be_entered(entry: Entry, path: PurePath, below: str, left_out: LeftOut, selection: Selection) -> bool:
    if entry.is_symlink():
        left_out.add("link", path)
        return False
    if not selection.enters(below):
        left_out.add("not chosen", path)  # not shown
        return False
    return True


def _choose(entry: Entry, path: PurePath, below: str, left_out: LeftOut, selection: Selection) -> int | None:
    """The size of a photo that is taken; None for any other file, which is counted."""
    if not is_photo_path(path):
        left_out.add("other", path)
        return None
    try:
        status = entry.stat()
        size_bytes, changed_s = max(0, status.st_size), status.st_mtime
    except OSError:  # taken: its own job tells what is wrong with it
        size_bytes, changed_s = 0, float("inf")
    if selection.takes(below, changed_s):
        return size_bytes
    left_out.add("not chosen", path)  # not shown
    return None


def _is_one_of(storage: Storage, folder: PurePath, closed: Collection[PurePath]) -> bool:
    return any(storage is storage_of(other) and storage.is_same(folder, other) for other in closed)


def _matches(globs: tuple[str, ...], path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(_matches_glob(glob.rstrip("/"), path if "/" in glob.rstrip("/") else name) for glob in globs)


def _matches_glob(glob: str, text: str) -> bool:
    return re.match(fnmatch.translate(glob.removeprefix("./")), text, re.IGNORECASE) is not None
