"""Requests that the Photo page's worker runs: `portrait.photo.session` with `QImage` in and out. No widgets."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QImage

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import Look
from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.formats import RawMode, output_suffix
from portrait.gui.photo.kept_edits import KeptEdits, keep_edits, kept_in
from portrait.gui.widgets.qimage import from_qimage, to_qimage
from portrait.language import mark, tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, file_options

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine
    from portrait.files.image_io import SaveOptions
    from portrait.photo.saving import SavedPortrait
    from portrait.photo.session import FoundMatte, OpenedPhoto

_TARGET_APPEARED_HINT = mark(
    "The file was created after you chose the name. Choose another name, or save again to replace it."
)
PhotoStage = Literal["open", "matte", "edit", "depth", "preview", "save"]


@dataclass(frozen=True, slots=True, eq=False)
class ShownPhoto:
    """An opened photo, and its preview for display: in sRGB, transparent parts on a chequerboard.

    ``kept`` is what was kept with a portrait of it, if that was opened; where its photo was not found, the portrait
    itself is shown.
    """

    photo: "OpenedPhoto"
    qimage: QImage
    kept: KeptEdits | None = None

    @property
    def own_path(self) -> Path | None:
        """The file that the user knows: the portrait, where the photo was taken out of it."""
        from portrait.photo.enclosing import is_taken_out

        path = self.photo.path
        return self.kept.portrait if self.kept is not None and path is not None and is_taken_out(path) else path


@dataclass(frozen=True, slots=True, eq=False)
class ShownPreview:
    """A portrait at preview size for display, the lens that it was rendered with, and whether it is a draft."""

    found: "FoundMatte"
    qimage: QImage
    lens: Lens
    is_draft: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class OpenedDepth:
    """A depth map that was opened, and the photo and matte that it belongs to, with its depth."""

    path: Path
    found: "FoundMatte"


@dataclass(frozen=True, slots=True, eq=False)
class EditedMatte:
    """A matte with changes by hand, and the one without, as the settings chose it."""

    found: "FoundMatte"
    unedited: "FoundMatte"


@dataclass(frozen=True, slots=True, eq=False)
class SaveRequest:
    """A portrait to be rendered at full size and written.

    Attributes
    ----------
    find
        Finds the matte of the chosen quality; the result is cached.
    photo
        The photo, with its depth if that is known.
    settings
        Settings of the look and of the file.
    target
        Path of the portrait.
    may_replace
        Whether the target existed when the user chose it, so that replacing it was agreed to.
    edits
        Changes by hand, as they are in what ``find`` finds.
    embed_original
        Whether the photo itself goes into the portrait, which the user was asked about.
    """

    find: Callable[[], "FoundMatte"]
    photo: "OpenedPhoto"
    settings: Settings
    target: Path
    may_replace: bool = False
    edits: PhotoEdits = field(default_factory=PhotoEdits)
    embed_original: bool = False

    @property
    def found(self) -> "FoundMatte":
        """The photo with its depth, and its matte."""
        return self.find().with_photo(self.photo)


@dataclass(frozen=True, slots=True)
class PhotoFailure:
    """A request that failed, by its stage; ``source`` is the photo that it was about."""

    stage: PhotoStage
    error: PortraitError
    source: Path | None = None


def open_photo(
    source: Path | QImage,
    max_megapixels: float,
    original: Path | None = None,
    depth: tuple[Path, bool] | None = None,
    raw: RawMode = "preview",
) -> ShownPhoto:
    """Decode a file, or convert a pasted image, and make its preview.

    Parameters
    ----------
    source, max_megapixels, original, raw
        As `portrait.photo.reopening.reopen` takes them.
    depth
        A depth map that was opened for the photo before, and whether dark is near in it.

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    from portrait.files.image_io import Photo, PhotoMetadata
    from portrait.photo import session
    from portrait.photo.reopening import reopen
    from portrait.photo.session import OpenedPhoto

    if isinstance(source, QImage):
        return _show(OpenedPhoto.of(Photo(from_qimage(source), PhotoMetadata())))
    reopened = reopen(source, max_megapixels, original, raw)
    if depth is not None and reopened.kept is None:
        with_depth = session.with_depth_file(reopened.photo, depth[0], near_is_dark=depth[1])
        return _show(with_depth)
    return _show(reopened.photo, kept_in(reopened))


def _show(photo: "OpenedPhoto", kept: KeptEdits | None = None) -> ShownPhoto:
    from portrait.photo import session

    return ShownPhoto(photo, to_qimage(session.show_photo(photo), photo.metadata.icc_profile), kept)


def open_depth(path: Path, found: "FoundMatte") -> OpenedDepth:
    """Open a depth map by `portrait.photo.session.open_depth`."""
    from portrait.photo import session

    return OpenedDepth(path, session.open_depth(path, found))


def edit_matte(found: "FoundMatte", edits: PhotoEdits, unedited: "FoundMatte") -> EditedMatte:
    """Change a matte by `portrait.photo.mending.edit_matte`, and make what its preview needs."""
    from portrait.photo import mending

    edited = mending.edit_matte(found, edits, unedited)
    _ = edited.preview.matte
    return EditedMatte(edited, unedited)


def find_matte(engine: Future["PortraitEngine"], photo: "OpenedPhoto", settings: Settings) -> "FoundMatte":
    """Find the people of a photo, with the network for depth that is to be asked where nothing else tells it."""
    from portrait.photo import session
    from portrait.photo.things import engine_for

    options = file_options(settings)
    opened = engine_for(engine.result(), options.subject)
    found = session.find_photo_matte(opened, photo, options.quality, options.people, camera_matte=options.camera_matte)
    return found.with_depth_model(opened, settings.depth_model)


def finder_of_edited(
    find: Callable[[], "FoundMatte"], found: "FoundMatte", edits: PhotoEdits
) -> Callable[[], "FoundMatte"]:
    """What finds the matte with changes by hand: in the matte that is known, where that is the one wanted."""

    def find_edited() -> "FoundMatte":
        unedited = find()
        is_same = found.photo.photo is unedited.photo.photo and found.quality == unedited.quality
        return edit_matte(found if is_same else unedited, edits, unedited).found

    return find_edited


def load_look(settings: Settings, found: "FoundMatte") -> Look:
    """Make the look from the settings by `portrait.photo.session.load_look`."""
    from portrait.photo import session

    return session.load_look(file_options(settings), found)


def render_preview(
    engine: "PortraitEngine", found: "FoundMatte", look: BlurOptions | Look, *, is_draft: bool = False
) -> ShownPreview:
    """Render a preview by `portrait.photo.session.render_preview`, for display."""
    from portrait.photo import session

    preview = session.render_preview(engine, found, look, is_draft=is_draft)
    qimage = to_qimage(preview.image, found.photo.metadata.icc_profile)
    return ShownPreview(found, qimage, preview.lens, preview.is_draft)


def save(engine: "PortraitEngine", request: SaveRequest) -> "SavedPortrait":
    """Render the portrait at full size and write it with the photo's metadata.

    What would stop the save is checked before the matte is found, which is slow if the quality was just changed.

    Raises
    ------
    PortraitError
        There is no person.
    ImageFileError
        The target is an input file, cannot be written, cannot be transparent although the look is, cannot hold the
        original, or has appeared since the user chose it.
    """
    from portrait.photo.edits_file import edits_path
    from portrait.photo.enclosing import items_to_embed
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.outputs import remembered_outputs
    from portrait.photo.record import portrait_record
    from portrait.photo.saving import Destination, save_portrait
    from portrait.photo.things import engine_for

    # Check that the portrait can be saved.
    photo, settings = request.photo, request.settings
    named = [request.target, edits_path(request.target)]
    outputs = remembered_outputs(
        MadeFiles(), photo.path, _TARGET_APPEARED_HINT, named=named, overwrite=request.may_replace
    )
    inputs = {tr("the photo itself"): photo.path, tr("the depth map"): photo.depth_path}
    background = BackgroundChoice.parse(settings.background)
    destination = Destination(request.target, outputs, settings.save, background, inputs)
    destination.refuse_early()
    options = replace(file_options(settings), edits=request.edits, embed_original=request.embed_original)
    record = portrait_record(engine_for(engine, options.subject), options, photo.path, request.edits)
    items = items_to_embed(photo.path, request.target, options, photo.depth_file)
    destination = replace(destination, record=record, items=items)
    # Find the matte if need be, render and save.
    found = request.found
    saved = save_portrait(engine, found, load_look(settings, found), destination)
    told = keep_edits(request.edits, photo.path, photo.depth_file, settings, saved.path, outputs)
    return replace(saved, warnings=(*saved.warnings, *told), source=photo.path)


def default_target(source: Path | None, folder: Path, options: "SaveOptions", *, is_transparent: bool = False) -> Path:
    """Proposed path of a portrait: ``NAME-portrait.jpg`` beside the photo, in ``folder`` for a pasted image.

    The suffix is that of the chosen format, or for ``keep`` the photo's own; PNG's where that cannot hold the portrait.
    """
    place = folder / "pasted.png" if source is None else source
    suffix = output_suffix(place, options.naming_format, is_transparent=is_transparent)
    return place.with_name(f"{place.stem}-portrait{suffix}")


def matte_settings(settings: Settings) -> tuple[object, ...]:
    """The settings that change the matte, or the depth that is found with it."""
    return settings.quality, settings.people, settings.subject, settings.depth_model, settings.camera_matte


def look_settings(settings: Settings) -> tuple[object, ...]:
    """The settings that change the preview."""
    of_depth = settings.ground, settings.depth, settings.focus, settings.focal_range
    return settings.background, settings.blur, settings.grain, *of_depth
