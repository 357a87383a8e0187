"""What the Photo page asks of its worker: frozen request in, pure function, frozen response out. No Qt widgets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PySide6.QtGui import QImage

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens import BlurOptions
from portrait.core.resample import shrink_to_long_side
from portrait.engine import PortraitEngine, Quality, has_person
from portrait.errors import PortraitError
from portrait.files.formats import output_suffix
from portrait.files.image_io import Photo, PhotoMetadata, SaveOptions, load_photo, save_photo
from portrait.gui.qimage import from_qimage, to_qimage

PREVIEW_LONG_SIDE_PX = 1280
PhotoStage = Literal["open", "matte", "preview", "save"]


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
        The preview as it is painted, in sRGB.
    metadata, warnings
        As loaded.
    """

    path: Path | None
    image: RgbImage
    preview: RgbImage
    preview_qimage: QImage
    metadata: PhotoMetadata
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FoundMatte:
    """The matte of an opened photo, float32 (H, W), and the same at the size of the preview."""

    photo: OpenedPhoto
    quality: Quality
    matte: AlphaMatte
    preview_matte: AlphaMatte
    has_person: bool


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPreview:
    """The portrait at preview size, as it is painted."""

    found: FoundMatte
    qimage: QImage


@dataclass(frozen=True, slots=True, eq=False)
class SavePortraitRequest:
    """A portrait to be rendered at full size and written."""

    found: FoundMatte
    blur: BlurOptions
    target: Path
    options: SaveOptions


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
    preview = np.ascontiguousarray(shrink_to_long_side(photo.image, PREVIEW_LONG_SIDE_PX), np.uint8)
    shown = to_qimage(preview, photo.metadata.icc_profile)
    return OpenedPhoto(path, photo.image, preview, shown, photo.metadata, photo.warnings)


def find_photo_matte(engine: PortraitEngine, photo: OpenedPhoto, quality: Quality) -> FoundMatte:
    """Find the person on the full-size photo, and take the preview's matte from that."""
    matte = engine.find_matte(photo.image, quality)
    preview_matte = np.clip(shrink_to_long_side(matte, PREVIEW_LONG_SIDE_PX), 0.0, 1.0, dtype=np.float32)
    return FoundMatte(photo, quality, matte, preview_matte, has_person(matte))


def render_preview(engine: PortraitEngine, found: FoundMatte, blur: BlurOptions) -> RenderedPreview:
    """Render the portrait at preview size; without a person the photo stays as it is."""
    photo = found.photo
    if not found.has_person:
        return RenderedPreview(found, photo.preview_qimage)
    image = engine.render(photo.preview, found.preview_matte, blur)
    return RenderedPreview(found, to_qimage(image, photo.metadata.icc_profile))


def save_portrait(engine: PortraitEngine, request: SavePortraitRequest) -> SavedPortrait:
    """Render the portrait at full size and write it with what the photo carried.

    Raises
    ------
    ImageFileError
        The target is the photo itself, or cannot be written.
    """
    photo = request.found.photo
    require_other_file(photo.path, request.target)
    image = engine.render(photo.image, request.found.matte, request.blur)
    lost = save_photo(request.target, image, photo.metadata, request.options)
    return SavedPortrait(request.target, lost)


def require_other_file(source: Path | None, target: Path) -> None:
    """Raise PortraitError when ``target`` is the photo itself, under whatever name."""
    if source is None or not target.exists() or not source.exists():
        return
    if target.samefile(source):
        raise PortraitError(
            f"{target.name} is the photo itself",
            "choose another name or folder; Portrait never writes over the photo it was given",
        )


def default_target(source: Path | None, folder: Path, options: SaveOptions) -> Path:
    """``NAME-portrait.jpg`` beside the photo; in ``folder`` for a pasted picture.

    The suffix is that of the chosen format; with ``keep`` the photo's own where that can be written.
    """
    place = folder / "pasted.png" if source is None else source
    return place.with_name(f"{place.stem}-portrait{output_suffix(place, options.format)}")
