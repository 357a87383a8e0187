"""The file beside a portrait that keeps its changes by hand and its look, so that they can be changed later.

JSON. It names the photo by file name and SHA-256, and holds no pixel of it.
"""

import hashlib
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from portrait.core.matting.strokes import Edit, PartEdit, Point, Stroke
from portrait.errors import ImageFileError
from portrait.files.system.json_lines import parse_document, read_document, to_json
from portrait.files.system.os_errors import is_file, is_there, read_error
from portrait.language import mark, tr
from portrait.photo.edits import PhotoEdits

SUFFIX = ".edits.json"
_KIND, _VERSION = "portrait edits", 1  # not shown
_MOST_BYTES = 64_000_000
_DAMAGED_HINT = mark("It is damaged, or was made by a newer version. The portrait itself is not concerned.")


@dataclass(frozen=True, slots=True)
class DepthReference:
    """A depth map: its folder as seen from the file that names it, name, digest, and which end of it is near."""

    name: str
    folder: str
    sha256: str
    near_is_dark: bool = False

    @classmethod
    def of(cls, path: Path, folder: Path, *, near_is_dark: bool) -> "DepthReference":
        """For a depth map and the folder of the file that names it; raise `OSError` where it cannot be read."""
        return cls(path.name, seen_from(folder, path.parent), digest(path), near_is_dark)

    def find(self, folder: Path) -> Path | None:
        """The unchanged depth map: where it was, or beside the file that names it."""
        places = (folder / self.folder / self.name, folder / self.name)
        return next((Path(os.path.normpath(path)) for path in places if _has_digest(path, self.sha256)), None)


@dataclass(frozen=True, slots=True)
class EditsFile:
    """Changes by hand, and what they belong to.

    Attributes
    ----------
    photo_name, photo_folder, photo_sha256
        File name of the photo, its folder as seen from the portrait's, and its digest in hexadecimal.
    edits
        The changes.
    look
        Settings of the look by their keys; any values, which are to be checked.
    depth
        The depth map that was opened for the photo.
    """

    photo_name: str
    photo_folder: str
    photo_sha256: str
    edits: PhotoEdits
    look: Mapping[str, object] = field(default_factory=dict)
    depth: DepthReference | None = None

    @classmethod
    def of(
        cls,
        photo: Path,
        folder: Path,
        edits: PhotoEdits,
        look: Mapping[str, object],
        depth: DepthReference | None = None,
    ) -> "EditsFile":
        """For a photo file and the folder of its portrait; raise `OSError` where the photo cannot be read."""
        return cls(photo.name, seen_from(folder, photo.parent), digest(photo), edits, look, depth)

    @classmethod
    def in_place(
        cls, photo: Path, edits: PhotoEdits, look: Mapping[str, object], depth: tuple[Path, bool] | None = None
    ) -> "EditsFile":
        """With whole folders, for a file that lies elsewhere; ``depth`` is a depth map, and whether dark is near in it.

        Raise `OSError` where photo or depth map cannot be read.
        """
        reference = None
        if depth is not None:
            path, near_is_dark = depth
            reference = DepthReference(path.name, str(path.parent.absolute()), digest(path), near_is_dark)
        return cls(photo.name, str(photo.parent.absolute()), digest(photo), edits, look, reference)

    def to_bytes(self) -> bytes:
        """The content of the file."""
        return to_json({"kind": _KIND, "version": _VERSION, **self.to_values()}) + b"\n"

    def to_values(self) -> dict[str, object]:
        """The same as values that JSON knows."""
        photo = {"name": self.photo_name, "folder": self.photo_folder, "sha256": self.photo_sha256}
        people = None if self.edits.people is None else list(self.edits.people)
        mask = [_edit_to_values(edit) for edit in self.edits.mask]
        values: dict[str, object] = {"photo": photo, "look": dict(self.look), "people": people, "mask": mask}
        return values if self.depth is None else {**values, "depth": asdict(self.depth)}

    def find_photo(self, folder: Path, others: Iterable[Path] = ()) -> Path | None:
        """The unchanged photo of a portrait in a folder: where it was, beside the portrait, or one of some others."""
        for path in (folder / self.photo_folder / self.photo_name, folder / self.photo_name, *others):
            if self.is_of(path):
                return Path(os.path.normpath(path))
        return None

    def is_of(self, photo: Path) -> bool:
        """Whether a file is there, and is the photo, unchanged."""
        return _has_digest(photo, self.photo_sha256)


def edits_path(portrait: Path) -> Path:
    """Path of the file that belongs to a portrait: ``NAME.jpg.edits.json`` beside it."""
    return portrait.with_name(portrait.name + SUFFIX)


def load_edits_beside(path: Path) -> EditsFile | None:
    """Read the file that belongs to a portrait, or the file itself where ``path`` names one; None: there is none.

    Raises
    ------
    ImageFileError
        It cannot be read, or is none of the app's.
    """
    path = path if path.name.endswith(SUFFIX) else edits_path(path)
    if not is_there(path):
        return None
    try:
        return from_values(read_document(path, _KIND, _VERSION, _MOST_BYTES))
    except OSError as exc:
        raise read_error(path, exc) from exc
    except (ValueError, TypeError, KeyError, OverflowError) as exc:
        raise ImageFileError(
            tr("The changes in {name} cannot be used: {reason}", name=path.name, reason=exc), tr(_DAMAGED_HINT)
        ) from exc


def edits_from_bytes(content: bytes) -> EditsFile:
    """The reverse of `EditsFile.to_bytes`; raise what Python raises where it is none."""
    return from_values(parse_document(content, _KIND, _VERSION))


def from_values(values: Mapping[str, Any]) -> EditsFile:
    """The reverse of `EditsFile.to_values`; raise what Python raises where something is missing or wrong."""
    photo, look, people = values["photo"], values["look"], values["people"]
    name, folder, sha256 = str(photo["name"]), str(photo["folder"]), str(photo["sha256"])
    if not isinstance(look, dict) or not _is_file_name(name) or "\0" in folder:
        raise ValueError("no file name, or no look")
    mask = tuple(_edit_from_values(one) for one in values["mask"])
    chosen = None if people is None else tuple(sorted({int(number) for number in people}))
    return EditsFile(name, folder, sha256, PhotoEdits(mask, chosen), look, _depth_from_values(values.get("depth")))


def _depth_from_values(values: Mapping[str, Any] | None) -> DepthReference | None:
    if values is None:
        return None
    name, folder = str(values["name"]), str(values["folder"])
    if not _is_file_name(name) or "\0" in folder:
        raise ValueError("no file name of a depth map")
    return DepthReference(name, folder, str(values["sha256"]), bool(values["near_is_dark"]))


def _is_file_name(name: str) -> bool:
    return name == Path(name).name and name not in ("", "..") and not {"\\", "\0"} & set(name)


def _edit_to_values(edit: Edit) -> dict[str, object]:
    if isinstance(edit, PartEdit):
        return {"kind": edit.kind, "point": list(edit.point)}
    shape = {"radius_fraction": edit.radius_fraction, "hardness": edit.hardness}
    return {"kind": edit.kind, "points": edit.points, **shape, "pressures": edit.pressures}


def _edit_from_values(values: Mapping[str, Any]) -> Edit:
    if "point" in values:
        return PartEdit(values["kind"], _point(values["point"]))
    points = tuple(_point(pair) for pair in values["points"])
    pressures = tuple(float(pressure) for pressure in values["pressures"])
    return Stroke(values["kind"], points, float(values["radius_fraction"]), float(values["hardness"]), pressures)


def _point(pair: Any) -> Point:
    x, y = (float(share) for share in pair)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError("a place that is no number")
    return x, y


def seen_from(folder: Path, other: Path) -> str:
    """A folder as seen from another; ``.`` on another drive."""
    try:
        return Path(os.path.relpath(other, folder)).as_posix()
    except ValueError:
        return "."


def _has_digest(path: Path, sha256: str) -> bool:
    try:
        return is_file(path) and digest(path) == sha256
    except OSError:
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; raise `OSError` where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
