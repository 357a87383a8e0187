"""Changes by hand and looks that were kept with portraits, as options of portrait files."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from portrait.errors import ImageFileError, PortraitError
from portrait.language import mark, tr
from portrait.settings.file_options import file_options
from portrait.settings.look import parse_look
from portrait.settings.model import Settings, SettingValue
from portrait.settings.table import replace_settings

if TYPE_CHECKING:
    from portrait.core.people.people_choice import PeopleChoice
    from portrait.photo.edits_file import EditsFile
    from portrait.photo.options import FileOptions

_OTHER_PHOTO_HINT = mark("Strokes fit the photo that they were drawn on. Give that one, unchanged.")
_NOTHING_HINT = mark("Give the file that the window keeps beside a portrait, or a portrait made by Portrait.")


def load_kept(path: Path) -> "EditsFile":
    """What was kept beside a portrait, in the app's library or in it; or of the file itself that lies beside one.

    Raises
    ------
    ImageFileError
        A file cannot be read, or nothing was kept.
    """
    from portrait.files.image_io import load_photo
    from portrait.photo.edits_file import load_edits_beside
    from portrait.photo.record import edits_of_record
    from portrait.photo.reopening import kept_elsewhere

    kept = load_edits_beside(path) or kept_elsewhere(path)
    if kept is None:
        kept = edits_of_record(load_photo(path).metadata.record)
    if kept is None:
        raise ImageFileError(tr("No changes are kept with {path}", path=path), tr(_NOTHING_HINT))
    return kept


def with_kept(
    options: "FileOptions",
    kept: "EditsFile",
    path: Path,
    photo: Path,
    chosen: Mapping[str, SettingValue],
    people: "PeopleChoice | None" = None,
) -> "FileOptions":
    """Options with the look, the changes by hand and the depth map that were kept.

    Parameters
    ----------
    options
        Those that no look changes stay.
    kept, path
        What was kept, and the file that it was read from.
    photo
        That the portrait is made of. A look fits any photo, changes by hand their own.
    chosen
        Settings by key that count more than the look.
    people
        Who stays sharp whatever was kept; None: as was kept.

    Raises
    ------
    ImageFileError
        The changes by hand belong to another photo, or the depth map is gone.
    """
    from portrait.photo.edits import PhotoEdits

    if (kept.edits != PhotoEdits() or kept.depth is not None) and not kept.is_of(photo):
        raise ImageFileError(
            tr("The changes in {path} belong to another photo: {name}", path=path, name=kept.photo_name),
            tr(_OTHER_PHOTO_HINT),
        )
    look = file_options(replace_settings(Settings(), {**parse_look(kept.look), **chosen}))
    options = replace(
        options,
        blur=look.blur,
        background=look.background,
        grain=look.grain,
        ground=look.ground,
        depth=look.depth,
        depth_model=look.depth_model,
        backdrop=look.backdrop,
        focus=look.focus,
        focal_range=look.focal_range,
        quality=look.quality,
        camera_matte=look.camera_matte,
        raw=look.raw,
        people=people or look.people,
        edits=kept.edits if people is None else replace(kept.edits, people=None),
    )
    if kept.depth is None:
        return options
    depth_path = kept.depth.find(path.parent)
    if depth_path is None:
        raise ImageFileError(tr("the depth map {name} is not there unchanged", name=kept.depth.name))
    return replace(options, depth_path=depth_path, depth_near_is_dark=kept.depth.near_is_dark)


class EditsBesidePhotos:
    """Finds what the window kept in the folder of each photo, or in the app's library.

    See `portrait.batch.options.EditsSource`. Every folder is read once. ``chosen`` are settings by key, and ``people``
    a choice, that count more than what was kept.
    """

    def __init__(self, chosen: Mapping[str, SettingValue], people: "PeopleChoice | None" = None) -> None:
        self._chosen = chosen
        self._people = people
        self._kept_in_folder = cache(_kept_in_folder)

    def find(self, photo: Path) -> Path | None:
        """The newest file of changes that belongs to a photo, unchanged; None: there is none."""
        from portrait.photo.edits_library import EditsLibrary

        files = self._kept_in_folder(photo.parent).get(photo.name, ())
        beside = next((path for path, kept in files if kept.is_of(photo)), None)
        return beside or EditsLibrary().newest_of(photo)

    def apply(self, path: Path, photo: Path, options: "FileOptions") -> "FileOptions":
        """Options of a photo with what a file keeps; raises `ImageFileError` as `load_kept` and `with_kept`."""
        return with_kept(options, load_kept(path), path, photo, self._chosen, self._people)


def _kept_in_folder(folder: Path) -> "Mapping[str, list[tuple[Path, EditsFile]]]":
    """The files of changes in a folder by the names of their photos, the newest first; damaged ones are left out."""
    from portrait.photo.edits_file import SUFFIX, load_edits_beside

    found: defaultdict[str, list[tuple[Path, EditsFile]]] = defaultdict(list)
    paths = (path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        try:
            kept = load_edits_beside(path)
        except PortraitError:
            continue
        if kept is not None:
            found[kept.photo_name].append((path, kept))
    return found
