"""What a portrait says in its XMP about its making: settings, software and model, name and digest of the photo."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from portrait.core.lens.focus import focus_text
from portrait.core.people.people_choice import PeopleChoice
from portrait.engine import PortraitEngine
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import Photo
from portrait.files.metadata.xmp_record import with_record
from portrait.photo.edits import PhotoEdits
from portrait.photo.edits_file import EditsFile, digest
from portrait.photo.options import FileOptions

_LOOK = (
    "background",
    "backdrop",
    "blur",
    "blur_radius_px",
    "grain",
    "ground",
    "depth",
    "focus",
    "focal_range",
    "quality",
    "camera_matte",
    "raw",
    "people",
)
_SUBJECT = "subject"  # not shown
_PHOTO, _SHA256, _EDITS = "photo", "photo.sha256", "edits"  # not shown
_NOBODY = "none"
_UNSET = {"blur.blur_radius_fraction", "blur_radius_px", "blur.lens.background_distance_m"}
"""Left out where they are not set."""


def portrait_record(
    engine: PortraitEngine, options: FileOptions, photo: Path | None, edits: PhotoEdits | None = None
) -> Mapping[str, str]:
    """The record of a portrait; empty where the options want none, or no private data.

    Nothing in it tells where files lie: an image as background is recorded as ``image`` alone.

    Parameters
    ----------
    photo
        File that the portrait is made of; None for a pasted image.
    edits
        Changes by hand: whom was chosen is recorded, and the number of the others.
    """
    if options.save.record == "off" or options.save.private == "strip":
        return {}
    spec = engine.segmenter_of(options.quality).spec
    values: dict[str, str] = {"software": "Portrait", "model": spec.name}
    if spec.subject_classes:
        values[_SUBJECT] = ",".join(spec.subject_classes)
    values |= _look_texts(options)
    if edits is not None and edits.people is not None:
        values["people"] = ",".join(map(str, edits.people)) or _NOBODY
    if edits is not None and edits.mask:
        values[_EDITS] = str(len(edits.mask))
    if photo is not None:
        with suppress(OSError):  # it was moved meanwhile
            values |= {_SHA256: digest(photo), _PHOTO: photo.name}
    return values


def record_in(photo: Photo, record: Mapping[str, str]) -> Photo:
    """An image that carries a record in its XMP."""
    if not record:
        return photo
    return replace(photo, metadata=replace(photo.metadata, xmp=with_record(photo.metadata.xmp, record)))


def edits_of_record(record: Mapping[str, str]) -> EditsFile | None:
    """What a record tells of the photo, and the texts of its look; None where it names no photo.

    Changes by hand are not in it, but for the people who were chosen.
    """
    if not record.get(_PHOTO) or not record.get(_SHA256):
        return None
    look = {key: text for key, text in record.items() if key.split(".")[0] in (*_LOOK, _SUBJECT)}
    if look.get("background") == "image":
        del look["background"]
    numbers: tuple[int, ...] | None = None
    if look.get("people") not in (None, "main", "all"):
        numbers = _parse_numbers(look.pop("people"))
    name = Path(record[_PHOTO].replace("\\", "/")).name
    return EditsFile(name, ".", record[_SHA256], PhotoEdits(people=numbers), look)


def edits_of_look(options: FileOptions, photo_name: str, photo_sha256: str) -> EditsFile:
    """The look of options as `edits_of_record` gives it, for a photo; without changes by hand."""
    kept = edits_of_record({**_look_texts(options), _PHOTO: photo_name, _SHA256: photo_sha256})
    if kept is None:
        raise ValueError(f"no name or digest: {photo_name!r}, {photo_sha256!r}")
    return kept


def lost_edits(record: Mapping[str, str]) -> int:
    """How many changes by hand are in a portrait, and not in its record."""
    text = record.get(_EDITS, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _look_texts(options: FileOptions) -> dict[str, str]:
    return {key: text for name in _LOOK for key, text in _flatten(name, getattr(options, name)).items()}


def _parse_numbers(text: str) -> tuple[int, ...] | None:
    if text == _NOBODY:
        return ()
    try:
        return PeopleChoice.parse(text).numbers
    except ValueError:  # somebody else wrote it
        return None


def _flatten(name: str, value: object) -> dict[str, str]:
    """Texts by the dotted keys of the settings."""
    if isinstance(value, BackgroundChoice):
        return {name: value.kind if value.kind == "image" else str(value)}
    if name == "focus":
        return {name: focus_text(value)}  # type: ignore[arg-type]  # it is what the options hold
    if isinstance(value, PeopleChoice):
        return {name: ",".join(map(str, value.numbers)) or value.group}
    if is_dataclass(value):
        flat: dict[str, str] = {}
        for field in fields(value):
            flat |= _flatten(f"{name}.{field.name}", getattr(value, field.name))
        return flat
    if name in _UNSET and (value is None or value == float("inf")):
        return {}
    return {name: "auto" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)}
