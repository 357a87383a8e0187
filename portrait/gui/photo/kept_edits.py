"""Changes by hand that are kept beside a portrait: written with it, and found again when it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portrait.errors import PortraitError
from portrait.files.os_errors import is_there
from portrait.language import tr
from portrait.photo.edits_file import SUFFIX, EditsFile, edits_path, load_edits_beside
from portrait.photo.mending import PhotoEdits
from portrait.photo.outputs import Outputs
from portrait.settings import FIELDS, Settings, read_setting

_LOOK_PREFIXES = ("background", "backdrop.", "blur.", "grain", "ground", "depth", "quality", "people")


@dataclass(frozen=True, slots=True, eq=False)
class KeptEdits:
    """What was kept with a portrait: its name, the photo that it was made of, the changes, and settings by key."""

    portrait_name: str
    photo: Path
    edits: PhotoEdits
    look: Mapping[str, object]


def look_keys() -> tuple[str, ...]:
    """Keys of the settings that make the look of a photo."""
    return tuple(row.key for row in FIELDS if row.key.startswith(_LOOK_PREFIXES))


def reopen(source: Path) -> tuple[KeptEdits | None, str]:
    """What was kept with a portrait, or else what is missing to use it; neither for a photo without such a file.

    Parameters
    ----------
    source
        A portrait, or the file beside it.

    Raises
    ------
    ImageFileError
        The file itself was to be opened, and cannot be used.
    """
    is_file_itself = source.name.endswith(SUFFIX)
    try:
        kept = load_edits_beside(source)
    except PortraitError as exc:
        if is_file_itself:
            raise
        return None, exc.message
    if kept is None:
        return None, ""
    portrait_name = source.name.removesuffix(SUFFIX)
    photo = kept.find_photo(source.parent)
    if photo is not None:
        return KeptEdits(portrait_name, photo, kept.edits, kept.look), ""
    missing = tr(
        "the changes kept with {name} belong to {photo}, which is not there unchanged",
        name=portrait_name,
        photo=kept.photo_name,
    )
    if is_file_itself:
        raise PortraitError(missing, tr("Put the photo into the same folder."))
    return None, missing


def keep_edits(
    edits: PhotoEdits, photo: Path | None, settings: Settings, portrait: Path, outputs: Outputs
) -> tuple[str, ...]:
    """Write the file beside a portrait, or delete that of an earlier one; what could not be done, one sentence each.

    Nothing is kept of a pasted image, or without changes by hand. A file of that name that is none of the app's stays.
    """
    path = edits_path(portrait)
    if is_there(path) and not _is_ours(path):
        return (tr("{name} is none of Portrait's: the changes by hand were not kept", name=path.name),)
    if photo is None or settings.edits == "off" or edits == PhotoEdits():
        return _delete(path)
    look = {key: read_setting(settings, key) for key in look_keys()}
    try:
        outputs.write(path, EditsFile.of(photo, portrait.parent, edits, look).to_bytes())
    except PortraitError as exc:
        return (tr("the changes by hand were not kept: {message}", message=exc.message),)
    except OSError as exc:
        return (tr("the changes by hand were not kept: {reason}", reason=exc.strerror or exc),)
    return ()


def _is_ours(path: Path) -> bool:
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
