"""What is kept beside a portrait: written with it, and made again when it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portrait.errors import PortraitError
from portrait.files.system.os_errors import is_there
from portrait.language import tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, look_keys, parse_look, read_setting

if TYPE_CHECKING:
    from portrait.photo.edits_file import DepthReference
    from portrait.photo.outputs import Outputs
    from portrait.photo.reopening import Reopened


@dataclass(frozen=True, slots=True, eq=False)
class KeptEdits:
    """What was kept with a portrait: its path, the name of its photo, the changes, and settings by key.

    ``photo`` is None where the photo itself was not found.
    """

    portrait: Path
    photo: Path | None
    photo_name: str
    edits: PhotoEdits
    look: Mapping[str, object]

    @property
    def portrait_name(self) -> str:
        """File name of the portrait."""
        return self.portrait.name


def kept_in(reopened: "Reopened") -> KeptEdits | None:
    """What was kept with a portrait that is opened again; None for a photo."""
    kept = reopened.kept
    if kept is None or reopened.portrait is None:
        return None
    photo = reopened.photo.path if reopened.is_found else None
    return KeptEdits(reopened.portrait, photo, kept.photo_name, kept.edits, parse_look(kept.look))


def keep_edits(
    edits: PhotoEdits,
    photo: Path | None,
    depth: tuple[Path, bool] | None,
    settings: Settings,
    portrait: Path,
    outputs: "Outputs",
) -> tuple[str, ...]:
    """Keep what made a portrait, beside it or in the app's library; what could not be done, one sentence each.

    A file of an earlier portrait beside it is replaced or deleted; one of that name that is none of the app's stays.
    ``depth`` is the depth map that was opened for the photo, and whether dark is near in it. Nothing is kept of a
    pasted image, or where the settings alone, which the portrait says itself, make the portrait.
    """
    from portrait.photo.edits_file import EditsFile, edits_path
    from portrait.photo.edits_library import EditsLibrary

    path = edits_path(portrait)
    if is_there(path) and not _is_ours(path):
        return (tr("{name} is none of Portrait's: the changes by hand were not kept", name=path.name),)
    if photo is None or settings.edits == "off" or (edits == PhotoEdits() and depth is None):
        return _delete(path)
    look = {key: read_setting(settings, key) for key in look_keys()}
    try:
        if settings.edits == "library":
            EditsLibrary().keep(portrait, EditsFile.in_place(photo, edits, look, depth))
            return _delete(path)
        reference = depth_reference(depth, portrait.parent)
        outputs.write(path, EditsFile.of(photo, portrait.parent, edits, look, reference).to_bytes())
    except PortraitError as exc:
        return (tr("the changes by hand were not kept: {message}", message=exc.message),)
    except OSError as exc:
        return (tr("the changes by hand were not kept: {reason}", reason=exc.strerror or exc),)
    return ()


def depth_reference(depth: tuple[Path, bool] | None, folder: Path) -> "DepthReference | None":
    """A depth map as a file in a folder names it; raise `OSError` where it is gone."""
    from portrait.photo.edits_file import DepthReference

    return None if depth is None else DepthReference.of(depth[0], folder, near_is_dark=depth[1])


def _is_ours(path: Path) -> bool:
    from portrait.photo.edits_file import load_edits_beside

    try:
        return load_edits_beside(path) is not None
    except PortraitError:
        return False


def _delete(path: Path) -> tuple[str, ...]:
    """Delete the changes of a portrait that was replaced: they are not those of the new one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        return (
            tr("{name} is out of date, and could not be deleted: {reason}", name=path.name, reason=exc.strerror or exc),
        )
    return ()
