"""Rendering of a portrait at full size and writing of its files, for window, command line and batch alike."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.files.depth.depth_writing import crop_depth
from portrait.files.formats import require_transparency, writable_format
from portrait.files.image_io import Photo, SaveOptions, save_photo
from portrait.files.label_io import require_labels_path
from portrait.files.matte_io import require_matte_path, save_matte
from portrait.files.metadata.xmp_container import ContainerItem
from portrait.files.system.atomic import require_writable
from portrait.language import mark, tr
from portrait.photo.cropping import crop_photo, saved_box
from portrait.photo.defocus import DepthSource
from portrait.photo.outputs import Outputs
from portrait.photo.record import record_in
from portrait.photo.rendering import render_photo
from portrait.photo.report import StageTimes
from portrait.photo.session import FoundMatte
from portrait.photo.targets import require_other_files

_NO_PERSON_HINT = mark("Choose the other quality, or a photo in which the person is larger or better lit.")
_MEMORY_HINT = mark("Close other programs, work on fewer photos at once, or scale it down.")


@dataclass(frozen=True, slots=True)
class Destination:
    """Target files of a portrait and, if it is saved, of its matte.

    Attributes
    ----------
    target
        Path of the portrait; its suffix decides the format.
    outputs
        Writes both, and decides which files they may replace.
    save
        How the portrait is written, and whether it is: the matte alone may be asked for.
    background
        What stands behind the subject.
    inputs
        Input files, by their names in messages; they are never replaced.
    matte_target
        Path of the matte as 16-bit PNG; None: it is not saved.
    labels_target
        Path of the label map as indexed PNG; None: it is not saved.
    record
        What the portrait says in its XMP about its making, see `portrait.photo.record.portrait_record`.
    items
        What stands behind it, see `portrait.photo.enclosing.original_items`; nothing unless the user asked for it.
    """

    target: Path
    outputs: Outputs
    save: SaveOptions = field(default_factory=SaveOptions)
    background: BackgroundChoice = field(default_factory=BackgroundChoice)
    inputs: Mapping[str, Path | None] = field(default_factory=dict)
    matte_target: Path | None = None
    labels_target: Path | None = None
    record: Mapping[str, str] = field(default_factory=dict)
    items: tuple[ContainerItem, ...] = ()

    def refuse_early(self) -> None:
        """Check before the slow work that the portrait can be saved.

        Raises
        ------
        ImageFileError
            The format cannot be written or cannot be transparent, the image of the background cannot be read, a file
            that is read or that is to stay would be replaced, or nothing can be written there.
        """
        if self.save.content == "matte":
            require_matte_path(self.target)
        else:
            writable_format(self.target)
            require_background(self.target, self.background)
        written = [self.target]
        if self.matte_target is not None:
            require_matte_path(self.matte_target)
            written.append(self.matte_target)
        if self.labels_target is not None:
            require_labels_path(self.labels_target)
            written.append(self.labels_target)
        require_other_files(written, {**self.inputs, tr("the picture of the background"): self.background.path})
        for path in written:
            require_writable(path)
        self.outputs.refuse_strangers(written)


@dataclass(frozen=True, slots=True)
class SavedPortrait:
    """A portrait that was saved.

    Attributes
    ----------
    path
        Of the portrait.
    warnings
        What the format could not store, and other problems of writing, one sentence each.
    followed
        Source of the defocus.
    source
        The photo; None for a pasted one, or where that does not matter.
    """

    path: Path
    warnings: tuple[str, ...]
    followed: DepthSource = "none"
    source: Path | None = None


def save_portrait(
    engine: PortraitEngine, found: FoundMatte, look: Look, destination: Destination, times: StageTimes | None = None
) -> SavedPortrait:
    """Render the portrait of a photo at full size and write it, and its matte if that is wanted; or the matte alone.

    Parameters
    ----------
    engine
        May be shared by threads.
    found
        The photo and its matte.
    look
        As `portrait.photo.session.load_look` gives it.
    destination
        What could be refused early has been, see `Destination.refuse_early`.
    times
        Takes the stages ``render`` and ``save``.

    Raises
    ------
    PortraitError
        There is no person.
    ImageFileError
        A file cannot be written, or one is there now that was not before and is to stay.
    """
    if not found.has_person:
        raise PortraitError(
            tr("{name} was not saved: no person was found", name=destination.target.name), tr(_NO_PERSON_HINT)
        )
    times = StageTimes() if times is None else times
    box = saved_box(found.matte, destination.save)
    if destination.save.content == "matte":
        times["render"] = 0.0
        with times.stage("save"):
            write_matte(found, destination)
            write_matte_alone(box.crop(found.matte), destination)
        return SavedPortrait(destination.target, tuple(destination.outputs.warnings))
    with times.stage("render"):
        portrait, followed = render_portrait(engine, found, look)
    with times.stage("save"):
        write_matte(found, destination)
        cropped, told = _with_depth(crop_photo(portrait, box), found, box, destination.save)
        enclosing = replace(cropped, metadata=replace(cropped.metadata, items=destination.items))
        lost = write_photo(record_in(enclosing, destination.record), destination)
    return SavedPortrait(destination.target, (*told, *lost, *destination.outputs.warnings), followed)


def render_portrait(engine: PortraitEngine, found: FoundMatte, look: Look) -> tuple[Photo, DepthSource]:
    """The portrait of a photo at full size, and the source of its defocus; the look is focused, see `load_look`."""
    subject, defocus_map, followed = found.defocus.focused(look)
    return render_photo(engine, found.photo.photo, subject, look, defocus_map), followed


def _with_depth(photo: Photo, found: FoundMatte, box: Box, save: SaveOptions) -> tuple[Photo, tuple[str, ...]]:
    """The portrait with its depth for other readers, where that is wanted; or why it has none."""
    if save.depth == "off":
        return photo, ()
    depth = found.defocus.depth_map
    if depth is None:
        return photo, (tr("no depth of it is known: none was stored"),)
    height, width = found.matte.shape
    metadata = replace(photo.metadata, depth=crop_depth(depth, box, (height, width)))
    return replace(photo, metadata=metadata), ()


def write_photo(photo: Photo, destination: Destination) -> tuple[str, ...]:
    """Write an image with what it carries; what the format could not hold, one sentence each."""
    outputs = destination.outputs
    return save_photo(destination.target, photo.colors, photo.metadata, destination.save, write=outputs.write)


def write_matte(found: FoundMatte, destination: Destination) -> None:
    """Write the matte, where that is wanted."""
    if destination.matte_target is not None:
        save_matte(destination.matte_target, found.matte, write=destination.outputs.write)


def write_matte_alone(matte: AlphaMatte, destination: Destination) -> None:
    """Write a matte in place of the portrait."""
    save_matte(destination.target, np.ascontiguousarray(matte), write=destination.outputs.write)


def require_background(target: PurePath, background: BackgroundChoice) -> None:
    """Raise `ImageFileError` where a portrait on this background cannot be made, or not be saved as ``target``."""
    if background.kind == "transparent":
        require_transparency(target)
    load_background(background)


@contextmanager
def memory_shortage_told(about: Path | str) -> Iterator[None]:
    """Context that turns lack of memory, which is no bug, into an error that says what to do."""
    try:
        yield
    except MemoryError as exc:
        raise PortraitError(tr("Not enough memory for a portrait of {about}", about=about), tr(_MEMORY_HINT)) from exc
