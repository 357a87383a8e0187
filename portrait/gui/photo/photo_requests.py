"""What the Photo page asks of its worker: frozen request in, pure function, frozen response out. No Qt widgets."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from portrait.batch.photo_render import (
    PhotoDefocus,
    PhotoDepth,
    find_depth,
    focus_photo,
    hide_clear_parts,
    render_photo,
)
from portrait.batch.targets import require_other_files
from portrait.core.arrays import AlphaMatte, DeepRgbImage, RgbImage
from portrait.core.color import to_8_bits
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap, is_subject_nearer
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import Background, Look, to_look
from portrait.core.resize import downsample_to_long_side
from portrait.engine import PortraitEngine, Quality, has_person
from portrait.errors import ImageFileError, PortraitError
from portrait.files.background import load_background
from portrait.files.depth import load_depth
from portrait.files.formats import output_suffix, require_transparency
from portrait.files.image_io import Photo, PhotoMetadata, SaveOptions, load_photo, save_photo, to_profile
from portrait.files.pixels import flatten
from portrait.gui.widgets.qimage import from_qimage, to_qimage
from portrait.photo.made_files import MadeFiles
from portrait.photo.outputs import remembered_outputs
from portrait.settings import Settings

PREVIEW_LONG_SIDE_PX = 1280
_CHECK_PX, _CHECK_LEVELS = 12, (255, 208)
_DEPTH_HINT = "Open the depth map of this photo; there must be a person in it."
_KEPT_HINT = "It has come since you were asked. Save under another name, or to the same once more to replace it."
_NO_PERSON_HINT = "Choose the other quality, or a photo in which the person is larger or better lit."
PhotoStage = Literal["open", "matte", "depth", "preview", "save"]


@dataclass(frozen=True, slots=True, eq=False)
class OpenPhotoRequest:
    """A file to open, or a picture that was pasted."""

    source: Path | QImage
    max_megapixels: float


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPhoto:
    """A decoded photo.

    Attributes
    ----------
    path
        None for a pasted picture.
    image
        uint8 (H, W, 3), full size.
    preview
        The same, at most 1280 pixels on its long side.
    preview_qimage
        The preview as it is painted, in sRGB, on a chequerboard.
    metadata, warnings, deep
        As loaded.
    depth
        That a phone stored in it, or that was opened for it.
    depth_path
        Of the depth map that was opened for it.
    preview_transparency
        uint8, of the preview's size; None where all is opaque.
    """

    path: Path | None
    image: RgbImage
    preview: RgbImage
    preview_qimage: QImage
    metadata: PhotoMetadata
    warnings: tuple[str, ...]
    deep: DeepRgbImage | None = None
    depth: PhotoDepth = field(default_factory=PhotoDepth)
    depth_path: Path | None = None
    preview_transparency: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FoundMatte:
    """The matte of an opened photo, float32 (H, W), and at the size of the preview the same, its defocus and layers."""

    photo: OpenedPhoto
    quality: Quality
    matte: AlphaMatte
    preview_matte: AlphaMatte
    preview_defocus: PhotoDefocus
    preview_layers: SoftLayers
    has_person: bool

    def with_photo(self, photo: OpenedPhoto) -> "FoundMatte":
        """The same matte of the same photo, of which another depth is known."""
        if photo is self.photo:
            return self
        return replace(self, photo=photo, preview_defocus=PhotoDefocus(photo.preview, self.preview_matte, photo.depth))


@dataclass(frozen=True, slots=True, eq=False)
class OpenedDepth:
    """A depth map that was opened for a photo, and the matte that it was opened for, with it."""

    path: Path
    found: FoundMatte


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPreview:
    """The portrait at preview size, as it is painted, the lens it was rendered through, and whether it is a draft."""

    found: FoundMatte
    qimage: QImage
    lens: Lens
    is_draft: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SavePortraitRequest:
    """A portrait to be rendered at full size and written.

    ``background_path`` is the picture that the look shows; ``may_replace`` says that the user was asked about what lies
    at the target, and gave it up.
    """

    found: FoundMatte
    look: BlurOptions | Look
    target: Path
    options: SaveOptions
    background_path: Path | None = None
    may_replace: bool = False


@dataclass(frozen=True, slots=True)
class SavedPortrait:
    """A portrait that lies on disk; ``warnings`` say what its format could not hold."""

    path: Path
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhotoFailure:
    """A request that could not be met."""

    stage: PhotoStage
    error: PortraitError


def open_photo(request: OpenPhotoRequest) -> OpenedPhoto:
    """Decode the photo and make its preview.

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    if isinstance(request.source, QImage):
        path, photo = None, Photo(from_qimage(request.source), PhotoMetadata())
    else:
        path, photo = request.source, load_photo(request.source, max_megapixels=request.max_megapixels)
    height, width = photo.image.shape[:2]
    depth = PhotoDepth() if path is None else find_depth(path, (height, width))
    preview = np.ascontiguousarray(downsample_to_long_side(photo.image, PREVIEW_LONG_SIDE_PX), np.uint8)
    whole: NDArray[Any] | None = photo.metadata.transparency
    transparency = None if whole is None else downsample_to_long_side(to_8_bits(whole), PREVIEW_LONG_SIDE_PX)
    return OpenedPhoto(
        path=path,
        image=photo.image,
        preview=preview,
        preview_qimage=_to_shown(preview, photo.metadata, transparency),
        metadata=photo.metadata,
        warnings=(*photo.warnings, *depth.warnings),
        deep=photo.deep,
        depth=depth,
        preview_transparency=transparency,
    )


def find_photo_matte(engine: PortraitEngine, photo: OpenedPhoto, quality: Quality) -> FoundMatte:
    """Find the person on the full-size photo, and take the preview's matte from that."""
    matte = engine.find_matte(photo.image, quality)
    preview_matte = np.clip(downsample_to_long_side(matte, PREVIEW_LONG_SIDE_PX), 0.0, 1.0, dtype=np.float32)
    preview_defocus = PhotoDefocus(photo.preview, preview_matte, photo.depth)
    layers = engine.find_layers(photo.preview, preview_matte)
    return FoundMatte(photo, quality, matte, preview_matte, preview_defocus, layers, has_person(matte))


def open_depth(path: Path, found: FoundMatte) -> OpenedDepth:
    """Read a grey picture as the depth of a photo. Bright is near, or dark: whichever has the person before the rest.

    Raises
    ------
    ImageFileError
        As `portrait.files.depth.load_depth`; or the map does not tell the person from what is behind.
    """
    height, width = found.photo.image.shape[:2]
    depth_map = load_depth(path, (height, width))
    if not is_subject_nearer(depth_map, found.preview_matte):
        depth_map = DepthMap(np.negative(depth_map.nearness))
    deep = found.with_photo(replace(found.photo, depth=PhotoDepth(depth_map, "file"), depth_path=path))
    _, followed = deep.preview_defocus.choose(Look())
    if followed != "file":
        raise ImageFileError(f"{path.name} does not tell the person from what is behind", _DEPTH_HINT)
    return OpenedDepth(path, deep)


def load_look(settings: Settings, found: FoundMatte) -> Look:
    """The look that was chosen, with the picture of its background, through the photo's own lens.

    Raises
    ------
    ImageFileError
        That picture cannot be read.
    """
    metadata = found.photo.metadata
    background = load_background(settings.background, metadata.icc_profile)
    blur = focus_photo(settings.blur, metadata, found.matte)
    return Look(blur, background, settings.grain, settings.ground, settings.depth)


def render_preview(
    engine: PortraitEngine, found: FoundMatte, look: BlurOptions | Look, *, is_draft: bool = False
) -> RenderedPreview:
    """Render the portrait at preview size, what is transparent on a chequerboard; without a person the photo itself.

    A draft is rendered as live frames are, several times as fast and without grain, unless things blur by their depth.
    """
    photo, look = found.photo, to_look(look)
    lens = look.blur.lens
    if not found.has_person:
        return RenderedPreview(found, photo.preview_qimage, lens)
    defocus_map, _ = found.preview_defocus.choose(look)
    matte, transparency = hide_clear_parts(found.preview_matte, photo.preview_transparency, look.background)
    layers = found.preview_layers if matte is found.preview_matte else None
    if look.background.kind == "transparent":
        look = Look(background=Background("image", picture=_chequerboard(*matte.shape)))
    is_draft = is_draft and defocus_map is None
    if is_draft:
        image = engine.render_live(photo.preview, matte, look, layers=layers)
    else:
        image = engine.render(photo.preview, matte, look, defocus_map, layers=layers)
    return RenderedPreview(found, _to_shown(image, photo.metadata, transparency), lens, is_draft)


def _to_shown(preview: RgbImage, metadata: PhotoMetadata, transparency: NDArray[np.uint8] | None) -> QImage:
    """As it is painted, in sRGB, what is transparent on a chequerboard."""
    if transparency is not None:
        preview = flatten(preview, transparency, _chequerboard(*transparency.shape))
    return to_qimage(to_8_bits(to_profile(preview, metadata)), metadata.icc_profile)


def _chequerboard(height: int, width: int) -> RgbImage:
    y, x = np.ogrid[:height, :width]
    levels = np.where((y // _CHECK_PX + x // _CHECK_PX) % 2 == 0, *_CHECK_LEVELS).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def save_portrait(engine: PortraitEngine, request: SavePortraitRequest) -> SavedPortrait:
    """Render the portrait at full size and write it with what the photo carried.

    Raises
    ------
    PortraitError
        There is no person.
    ImageFileError
        The target is a file that was read, cannot be written, cannot be transparent as the look demands, or is there
        now and was not when the user was asked.
    """
    photo, matte, look = request.found.photo, request.found.matte, to_look(request.look)
    if not request.found.has_person:
        raise PortraitError(f"{request.target.name} was not saved: no person was found", _NO_PERSON_HINT)
    inputs = {
        "the photo itself": photo.path,
        "the depth map": photo.depth_path,
        "the picture of the background": request.background_path,
    }
    require_other_files([request.target], inputs)
    if look.background.kind == "transparent":
        require_transparency(request.target)
    outputs = remembered_outputs(
        MadeFiles(), photo.path, _KEPT_HINT, named=[request.target], overwrite=request.may_replace
    )
    outputs.refuse_strangers([request.target])
    defocus_map, _ = PhotoDefocus(photo.image, matte, photo.depth).choose(look)
    portrait = render_photo(engine, Photo(photo.image, photo.metadata, deep=photo.deep), matte, look, defocus_map)
    lost = save_photo(request.target, portrait.colors, portrait.metadata, request.options, write=outputs.write)
    return SavedPortrait(request.target, (*lost, *outputs.warnings))


def default_target(source: Path | None, folder: Path, options: SaveOptions, *, is_transparent: bool = False) -> Path:
    """``NAME-portrait.jpg`` beside the photo; in ``folder`` for a pasted picture.

    The suffix is that of the chosen format, with ``keep`` the photo's own; PNG's where neither can hold the portrait.
    """
    place = folder / "pasted.png" if source is None else source
    suffix = output_suffix(place, options.format, is_transparent=is_transparent)
    return place.with_name(f"{place.stem}-portrait{suffix}")
