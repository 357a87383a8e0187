"""A project: the photos that are open, with look, changes by hand and depth map of each, in one JSON file.

Photos are named by path and SHA-256; no pixel of them is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portrait.errors import ImageFileError
from portrait.files.system.json_lines import read_document, to_json
from portrait.files.system.os_errors import read_error
from portrait.language import mark, tr
from portrait.photo.edits_file import EditsFile, from_values

_KIND, _VERSION = "portrait project", 1  # not shown
_MOST_BYTES = 256_000_000
_DAMAGED_HINT = mark("It is damaged, or was made by a newer version. The photos themselves are not concerned.")


@dataclass(frozen=True, slots=True)
class ProjectPhoto:
    """A photo of a project: what was kept of it, its folder as seen from the project's, and its whole path."""

    kept: EditsFile
    path: Path


@dataclass(frozen=True, slots=True)
class Project:
    """Photos, and the number of the one that was shown, from 0 on."""

    photos: tuple[ProjectPhoto, ...]
    chosen: int = 0

    def to_bytes(self) -> bytes:
        """The content of the file."""
        photos = [{**photo.kept.to_values(), "path": str(photo.path)} for photo in self.photos]
        return to_json({"kind": _KIND, "version": _VERSION, "chosen": self.chosen, "photos": photos}) + b"\n"

    def find_photos(self, folder: Path) -> Iterator[Path | None]:
        """Where each photo is now: as seen from the project's folder, beside the project, or where it was; or None."""
        return (photo.kept.find_photo(folder, [photo.path]) for photo in self.photos)


def load_project(path: Path) -> Project:
    """Read a project.

    Raises
    ------
    ImageFileError
        It cannot be read, or is none of the app's.
    """
    try:
        return _parse(read_document(path, _KIND, _VERSION, _MOST_BYTES))
    except OSError as exc:
        raise read_error(path, exc) from exc
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as exc:
        message = tr("The project {name} cannot be used: {reason}", name=path.name, reason=exc)
        raise ImageFileError(message, tr(_DAMAGED_HINT)) from exc


def _parse(values: Any) -> Project:
    photos = tuple(ProjectPhoto(from_values(one), _path(one["path"])) for one in values["photos"])
    return Project(photos, min(max(int(values["chosen"]), 0), max(0, len(photos) - 1)))


def _path(text: object) -> Path:
    if not isinstance(text, str) or "\0" in text:
        raise ValueError("a path that is none")
    return Path(text)
