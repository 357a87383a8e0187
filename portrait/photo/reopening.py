"""A portrait that is opened again: what was kept with it, and the photo that it was made of."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from portrait.errors import ImageFileError, PortraitError
from portrait.files.formats import RawMode
from portrait.files.system.os_errors import is_there
from portrait.language import mark, tr, tr_n
from portrait.photo.edits_file import SUFFIX, EditsFile, load_edits_beside
from portrait.photo.edits_library import EditsLibrary
from portrait.photo.enclosing import enclosed_in, take_out
from portrait.photo.found_matte import OpenedPhoto
from portrait.photo.made_files import MadeFiles
from portrait.photo.record import edits_of_record, lost_edits
from portrait.photo.session import open_photo, with_depth_file

_ELSEWHERE_HINT = mark("Choose the file as it was when the portrait was made of it.")


@dataclass(frozen=True, slots=True, eq=False)
class Reopened:
    """A photo that was opened, or the one that a portrait was made of.

    Attributes
    ----------
    photo
        The photo; the portrait itself where its photo was not found, or where nothing was kept.
    portrait
        What was opened, where something was kept with it.
    kept
        What was kept.
    is_found
        Whether the photo that the portrait was made of was found.
    """

    photo: OpenedPhoto
    portrait: Path | None = None
    kept: EditsFile | None = None
    is_found: bool = False


def reopen(source: Path, max_megapixels: float, original: Path | None = None, raw: RawMode = "preview") -> Reopened:
    """Open a photo; or the photo that a portrait was made of, with what was kept of the portrait.

    What was kept lies beside the portrait, in the app's library, in the portrait together with its photo, or in its
    XMP.

    Parameters
    ----------
    source
        A photo, a portrait, or the file beside a portrait.
    max_megapixels
        Hard cap on what is opened.
    original
        Where the photo is now, or another portrait that holds it; None: it is looked for where it was, beside the
        portrait, where the app's record of the files that it has made says, and inside the portrait.
    raw
        What is taken of a camera raw file, where what was kept does not say it.

    Raises
    ------
    ImageFileError
        A file cannot be read, or ``original`` is another photo.
    """
    portrait = source.with_name(source.name.removesuffix(SUFFIX))
    kept, warnings, opened = _load_kept(source), list[str](), None
    if isinstance(kept, str):
        warnings, kept = [kept], None
    if kept is None:
        opened = open_photo(source, max_megapixels, raw)
        kept = edits_of_record(opened.metadata.record)
        if kept is None:
            return Reopened(_warned(opened, warnings))
        of_photo = EditsLibrary().find_by_photo(kept.photo_sha256, lost_edits(opened.metadata.record) or -1)
        warnings += [] if of_photo is not None else _told_as_lost(opened)
        kept = of_photo or kept
    photo = _find(kept, portrait, original)
    if photo is None:
        return Reopened(_open_portrait(portrait, kept, opened, max_megapixels, warnings), portrait, kept)
    opened = open_photo(photo, max_megapixels, _kept_raw(kept) or raw)
    found, missing = _with_kept_depth(opened, kept, (portrait.parent, photo.parent))
    return Reopened(_warned(found, [*warnings, *missing]), portrait, kept, is_found=True)


def _kept_raw(kept: EditsFile) -> RawMode | None:
    """How the raw file was read that a portrait was made of; None where that was not kept."""
    return next((mode for mode in get_args(RawMode) if mode == kept.look.get("raw")), None)


def _load_kept(source: Path) -> EditsFile | str | None:
    """What was kept of a portrait, beside it, in the app's library, or in it; or why it cannot be used."""
    try:
        kept = load_edits_beside(source)
    except PortraitError as exc:
        if source.name.endswith(SUFFIX):  # that file itself was to be opened
            raise
        return exc.message
    return kept or kept_elsewhere(source)


def kept_elsewhere(portrait: Path) -> EditsFile | None:
    """What was kept of a portrait in the app's library, or in the portrait itself together with its photo."""
    kept = EditsLibrary().find(portrait)
    if kept is None and (enclosed := enclosed_in(portrait)) is not None:
        kept = enclosed.kept
    return kept


def _find(kept: EditsFile, portrait: Path, original: Path | None) -> Path | None:
    """The photo: where it was, beside the portrait, where the app's record says, or inside a portrait."""
    if original is None:
        recorded = MadeFiles().source_of(portrait)
        return kept.find_photo(portrait.parent, [] if recorded is None else [recorded]) or _take_out(kept, portrait)
    if kept.is_of(original):
        return original
    if (inside := _take_out(kept, original)) is not None:
        return inside
    message = tr("{name} is not the photo that {portrait} was made of", name=original.name, portrait=portrait.name)
    raise ImageFileError(message, tr(_ELSEWHERE_HINT))


def _take_out(kept: EditsFile, portrait: Path) -> Path | None:
    """The photo out of a portrait that holds it; None where it holds none, or another."""
    enclosed = enclosed_in(portrait)
    return None if enclosed is None or enclosed.kept.photo_sha256 != kept.photo_sha256 else take_out(enclosed)


def _open_portrait(
    portrait: Path, kept: EditsFile, opened: OpenedPhoto | None, max_megapixels: float, warnings: list[str]
) -> OpenedPhoto:
    """The portrait itself, in place of its photo."""
    if opened is None and not is_there(portrait):
        raise PortraitError(
            tr(
                "the changes kept with {name} belong to {photo}, which is not there unchanged",
                name=portrait.name,
                photo=kept.photo_name,
            ),
            tr("Put the photo into the same folder."),
        )
    return _warned(opened or open_photo(portrait, max_megapixels), warnings)


def _told_as_lost(portrait: OpenedPhoto) -> list[str]:
    count = lost_edits(portrait.metadata.record)
    if not count:
        return []
    return [tr_n("{n} change by hand was not kept with it", "{n} changes by hand were not kept with it", count)]


def _with_kept_depth(photo: OpenedPhoto, kept: EditsFile, folders: tuple[Path, Path]) -> tuple[OpenedPhoto, list[str]]:
    """The photo with the depth map that was opened for it, in one of the folders, or why it has none."""
    reference = kept.depth
    if reference is None:
        return photo, []
    path = next(filter(None, map(reference.find, folders)), None)
    if path is None:
        return photo, [tr("the depth map {name} is not there unchanged", name=reference.name)]
    try:
        return with_depth_file(photo, path, near_is_dark=reference.near_is_dark), []
    except ImageFileError as exc:
        return photo, [exc.message]


def _warned(photo: OpenedPhoto, warnings: list[str]) -> OpenedPhoto:
    if not warnings:
        return photo
    return replace(photo, photo=replace(photo.photo, warnings=(*photo.photo.warnings, *warnings)))
