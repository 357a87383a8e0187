"""The photo inside its portrait, on request: written behind the image of a JPEG, found there, and taken out again.

With it stand the changes by hand and the look, and the depth map that was opened for it, so that the portrait alone can
be changed further, on another machine too.
"""

import hashlib
import mimetypes
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from portrait.errors import ImageFileError, PortraitError
from portrait.files.metadata.items_behind import read_items_behind
from portrait.files.metadata.xmp_container import ORIGINAL, ContainerItem
from portrait.files.system.atomic import write_atomically
from portrait.files.system.os_errors import read_error
from portrait.language import mark, tr
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import DepthReference, EditsFile, edits_from_bytes
from portrait.photo.options import FileOptions
from portrait.photo.own_folders import delete_oldest, files_in, own_folder, size_bytes
from portrait.photo.record import edits_of_look

_EDITS, _DEPTH = "PortraitEdits", "PortraitDepthFile"  # not shown
_MOST_FILES, _MOST_BYTES = 200, 1_000_000_000
_SUFFIXES = (".jpg", ".jpeg")
_JPEG_HINT = mark("Save it as .jpg, or without the original.")
_PRIVATE_HINT = mark("Leave one of the two out.")

WHAT_IT_REVEALS = mark(
    "The file then holds the whole photo as it was taken: the background unblurred, and all that the camera wrote into "
    "it, the place too. Whoever gets the file can take it out."
)
"""What a user is told before the original goes into a portrait."""


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """What a portrait holds: what was kept with it, the bytes of its photo, and those of its depth map, if any."""

    kept: EditsFile
    original: bytes
    depth: bytes | None = None


def original_items(
    photo: Path, options: FileOptions, depth: tuple[Path, bool] | None = None
) -> tuple[ContainerItem, ...]:
    """The photo, its look and its changes by hand, for `portrait.files.metadata.photo_metadata.PhotoMetadata.items`.

    Parameters
    ----------
    photo
        As it was opened.
    options
        The look, and the changes by hand. No folder is named, and of a background image only that there was one.
    depth
        The depth map that was opened for the photo, and whether dark is near in it.

    Raises
    ------
    ImageFileError
        A file cannot be read.
    """
    content, edits = _read(photo), options.edits or PhotoEdits()
    named = edits_of_look(options, photo.name, _digest(content))
    people = named.edits.people if edits.people is None else edits.people
    kept, of_depth = replace(named, edits=replace(edits, people=people)), list[ContainerItem]()
    if depth is not None:
        path, near_is_dark = depth
        map_content = _read(path)
        reference = DepthReference(path.name, ".", _digest(map_content), near_is_dark)
        kept = replace(kept, depth=reference)
        of_depth.append(ContainerItem(_DEPTH, _mime(path), map_content))
    edits_item = ContainerItem(_EDITS, "application/json", kept.to_bytes())
    return (ContainerItem(ORIGINAL.capitalize(), _mime(photo), content), edits_item, *of_depth)


def items_to_embed(
    photo: Path | None, target: Path, options: FileOptions, depth: tuple[Path, bool] | None
) -> tuple[ContainerItem, ...]:
    """As `original_items` where the options ask for the original; none where they do not.

    Raises
    ------
    PortraitError
        The photo cannot go into a portrait of this name, or should not, or cannot be read.
    """
    if not options.embed_original:
        return ()
    _require_possible(target, options)
    if photo is None:
        raise PortraitError(tr("A pasted picture has no file that could go into the portrait"))
    return original_items(photo, options, depth)


def _require_possible(target: Path, options: FileOptions) -> None:
    if target.suffix.lower() not in _SUFFIXES or options.save.content == "matte":
        raise ImageFileError(tr("Only a portrait in JPEG can hold the original photo"), tr(_JPEG_HINT))
    if options.save.private == "strip":
        message = tr("The original photo holds the private data that are to be left out")
        raise PortraitError(message, tr(_PRIVATE_HINT))


def enclosed_in(portrait: Path) -> Enclosed | None:
    """What a portrait holds; None where it holds nothing, cannot be read, or is damaged."""
    try:
        items = read_items_behind(portrait, (ORIGINAL, _EDITS, _DEPTH))
        return _parse(items)
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None


def take_out(enclosed: Enclosed) -> Path:
    """Write the photo into the app's own folder, with its depth map, and forget what was taken out long ago.

    Raises
    ------
    ImageFileError
        It cannot be written.
    """
    folder = _folder() / enclosed.kept.photo_sha256[:16]
    files = {enclosed.kept.photo_name: enclosed.original}
    if enclosed.kept.depth is not None and enclosed.depth is not None:
        files[enclosed.kept.depth.name] = enclosed.depth
    delete_oldest(_folder(), _MOST_FILES, max(0, _MOST_BYTES - sum(map(len, files.values()))))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ImageFileError(tr("{path} cannot be written: {reason}", path=folder, reason=exc.strerror or exc)) from exc
    for name, content in files.items():
        write_atomically(folder / name, content)
    return folder / enclosed.kept.photo_name


def is_taken_out(photo: Path) -> bool:
    """Whether a photo lies where `take_out` writes them: where nothing of the user's belongs."""
    return photo.is_relative_to(_folder())


def taken_out_bytes() -> int:
    """What the photos hold that were taken out."""
    return size_bytes(_folder())


def forget_taken_out(but: Collection[Path] = ()) -> None:
    """Delete the photos that were taken out, but for some that are in use."""
    folders = {path.parent for path in but}
    for path in files_in(_folder()):
        if path.parent not in folders:
            with suppress(OSError):  # it is open elsewhere
                path.unlink()


def _folder() -> Path:
    return own_folder("originals")


def _parse(items: Mapping[str, bytes]) -> Enclosed | None:
    if ORIGINAL not in items or _EDITS not in items:
        return None
    kept, original, depth = edits_from_bytes(items[_EDITS]), items[ORIGINAL], items.get(_DEPTH)
    if _digest(original) != kept.photo_sha256:
        return None
    if kept.depth is not None and (depth is None or _digest(depth) != kept.depth.sha256):
        kept = replace(kept, depth=None)
    return Enclosed(kept, original, depth)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise read_error(path, exc) from exc


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mime(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
