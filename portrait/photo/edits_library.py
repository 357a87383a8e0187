"""The app's own library of changes by hand, in place of files beside the portraits.

An entry is named by the digests of photo and portrait, so that it is found again wherever the two are moved, and under
whatever names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from portrait.errors import ImageFileError
from portrait.files.system.atomic import write_atomically
from portrait.photo.edits_file import SUFFIX, EditsFile, digest, load_edits_beside
from portrait.photo.own_folders import delete_oldest, files_in, own_folder, size_bytes

MOST_ENTRIES, MOST_BYTES = 5_000, 200_000_000
"""Beyond these the oldest entries are deleted."""

_DIGITS = 32  # of each digest


@dataclass(frozen=True, slots=True)
class EditsLibrary:
    """The entries in a folder; see `portrait.photo.own_folders.own_folder`."""

    folder: Path = field(default_factory=lambda: own_folder("edits"))

    def keep(self, portrait: Path, kept: EditsFile) -> None:
        """Keep the changes of a portrait that was written.

        Raises
        ------
        OSError
            The portrait cannot be read, or the folder not be made.
        ImageFileError
            The entry cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{kept.photo_sha256[:_DIGITS]}-{digest(portrait)[:_DIGITS]}{SUFFIX}"
        write_atomically(self.folder / name, kept.to_bytes())
        delete_oldest(self.folder, MOST_ENTRIES, MOST_BYTES)

    def find(self, portrait: Path) -> EditsFile | None:
        """The changes of an unchanged portrait, by its digest."""
        if not self.folder.is_dir():
            return None
        try:
            return _first(self._entries(f"*-{digest(portrait)[:_DIGITS]}"))
        except OSError:
            return None

    def find_by_photo(self, photo_sha256: str, strokes: int) -> EditsFile | None:
        """The newest changes of a photo, so many of them: for a portrait that another program has written anew."""
        entries = (_load(path) for path in self._entries(f"{photo_sha256[:_DIGITS]}-*"))
        return next((kept for kept in entries if kept is not None and len(kept.edits.mask) == strokes), None)

    def newest_of(self, photo: Path) -> Path | None:
        """The newest entry of a photo, by its digest."""
        if not self.folder.is_dir():
            return None
        return next(self._entries(f"{digest(photo)[:_DIGITS]}-*"), None)

    @property
    def count(self) -> int:
        """Number of entries."""
        return len(files_in(self.folder))

    @property
    def size_bytes(self) -> int:
        """What they hold."""
        return size_bytes(self.folder)

    def clear(self) -> int:
        """Delete all entries; how many were deleted."""
        return delete_oldest(self.folder, 0, 0)

    def _entries(self, pattern: str) -> Iterator[Path]:
        """Entries by a pattern of their names, the newest first."""
        return (path for path in files_in(self.folder) if path.match(pattern + SUFFIX))


def _first(paths: Iterator[Path]) -> EditsFile | None:
    return next((kept for kept in map(_load, paths) if kept is not None), None)


def _load(path: Path) -> EditsFile | None:
    """An entry; None where it is damaged."""
    try:
        return load_edits_beside(path)
    except ImageFileError:
        return None
