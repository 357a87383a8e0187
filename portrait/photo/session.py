"""Stages of one photo, for window and command line: opened photo, found matte, rendered preview."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_8_bits
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap, is_subject_nearer
from portrait.core.lens.thin_lens import Lens
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.render.look import Background, Look, to_look
from portrait.core.resize import downsample_to_long_side
from portrait.engine import PortraitEngine, Quality, has_person
from portrait.errors import ImageFileError
from portrait.files.background import load_background
from portrait.files.depth import load_depth
from portrait.files.image_io import Photo, PhotoMetadata, load_photo, to_profile
from portrait.files.pixels import flatten
from portrait.language import mark, tr
from portrait.photo.defocus import PhotoDefocus, PhotoDepth
from portrait.photo.options import FileOptions, with_blur_radius
from portrait.photo.people import FoundPerson, find_chosen_people
from portrait.photo.rendering import focus_photo, hide_clear_parts

PREVIEW_LONG_SIDE_PX = 1280
_CHECK_PX, _CHECK_LEVELS = 12, (255, 208)
_DEFAULT_CHOICE = PeopleChoice()
_DEPTH_HINT = mark("Open the depth map of this photo; there must be a person in it.")


@dataclass(frozen=True, eq=False)
class PhotoPreview:
    """A photo downsampled to at most 1280 pixels on its long side, on first use."""

    photo: Photo

    @cached_property
    def image(self) -> RgbImage:
        """uint8 (h, w, 3), as `Photo.image`."""
        return np.ascontiguousarray(downsample_to_long_side(self.photo.image, PREVIEW_LONG_SIDE_PX), np.uint8)

    @cached_property
    def transparency(self) -> NDArray[np.uint8] | None:
        """uint8 (h, w); None where all is opaque."""
        whole: NDArray[Any] | None = self.photo.metadata.transparency
        return None if whole is None else downsample_to_long_side(to_8_bits(whole), PREVIEW_LONG_SIDE_PX)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPhoto:
    """A decoded photo.

    Attributes
    ----------
    path
        None for a pasted image.
    photo
        As loaded, at full size.
    preview
        The photo at preview size.
    depth
        Depth that a phone stored in it, or of a depth map that was opened for it.
    depth_path
        Path of that depth map.
    """

    path: Path | None
    photo: Photo
    preview: PhotoPreview
    depth: PhotoDepth = field(default_factory=PhotoDepth)
    depth_path: Path | None = None

    @classmethod
    def of(cls, photo: Photo, path: Path | None = None) -> "OpenedPhoto":
        """A loaded photo with the depth that is stored in it."""
        stored = photo.stored_depth
        depth = PhotoDepth(stored.map, "none" if stored.map is None else "photo", stored.warnings)
        return cls(path, photo, PhotoPreview(photo), depth)

    @property
    def image(self) -> RgbImage:
        """uint8 (H, W, 3), full size."""
        return self.photo.image

    @property
    def metadata(self) -> PhotoMetadata:
        """What is kept of it beside its pixels."""
        return self.photo.metadata

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost or guessed in reading, one sentence each."""
        return (*self.photo.warnings, *self.depth.warnings)


@dataclass(frozen=True, eq=False)
class MattePreview:
    """A matte downsampled to preview size on first use."""

    engine: PortraitEngine
    photo: PhotoPreview
    whole: AlphaMatte

    @cached_property
    def matte(self) -> AlphaMatte:
        """float32 (h, w), 0 … 1."""
        small = downsample_to_long_side(self.whole, PREVIEW_LONG_SIDE_PX)
        return np.asarray(np.clip(small, 0.0, 1.0), np.float32)

    @cached_property
    def layers(self) -> SoftLayers:
        """The colours of the preview's soft pixels."""
        return self.engine.find_layers(self.photo.image, self.matte)


@dataclass(frozen=True, eq=False)
class FoundMatte:
    """The matte, float32 (H, W), of those who stay sharp in an opened photo, whether it shows anybody, and its preview.

    ``people`` is everybody in the photo, the largest first; empty for a given matte.
    """

    photo: OpenedPhoto
    quality: Quality
    matte: AlphaMatte
    has_person: bool
    preview: MattePreview
    people: tuple[FoundPerson, ...] = ()

    @classmethod
    def of(cls, engine: PortraitEngine, photo: OpenedPhoto, quality: Quality, matte: AlphaMatte) -> "FoundMatte":
        """From a matte of the photo's size, found by the network or given."""
        return cls(photo, quality, matte, has_person(matte), MattePreview(engine, photo.preview, matte))

    @cached_property
    def defocus(self) -> PhotoDefocus:
        """Defocus of the photo at full size."""
        return PhotoDefocus(self.photo.image, self.matte, self.photo.depth)

    @cached_property
    def preview_defocus(self) -> PhotoDefocus:
        """Defocus of its preview."""
        return PhotoDefocus(self.photo.preview.image, self.preview.matte, self.photo.depth)

    def with_photo(self, photo: OpenedPhoto) -> "FoundMatte":
        """The same matte with the same photo after its depth was changed."""
        return self if photo is self.photo else replace(self, photo=photo)


@dataclass(frozen=True, slots=True, eq=False)
class RenderedPreview:
    """The portrait at preview size.

    Attributes
    ----------
    found
        The matte and photo that it was rendered from.
    image
        uint8 (h, w, 3), encoded as the photo's profile says; what is transparent is shown on a chequerboard.
    lens
        The lens that it was rendered with.
    is_draft
        Whether it was rendered as live frames are.
    """

    found: FoundMatte
    image: RgbImage
    lens: Lens
    is_draft: bool = False


def open_photo(path: Path, max_megapixels: float, *, with_depth: bool = True) -> OpenedPhoto:
    """Decode a photo, and the depth that a phone stored in it.

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    return OpenedPhoto.of(load_photo(path, max_megapixels=max_megapixels, with_depth=with_depth), path)


def find_photo_matte(
    engine: PortraitEngine, photo: OpenedPhoto, quality: Quality, choice: PeopleChoice = _DEFAULT_CHOICE
) -> FoundMatte:
    """Find the people on the full-size photo, and keep those who were chosen.

    Raises
    ------
    PortraitError
        A number was chosen that nobody in the photo has.
    """
    matte, people = find_chosen_people(engine, photo.photo, quality, choice, str(photo.path or tr("The picture")))
    return replace(FoundMatte.of(engine, photo, quality, matte), people=people)


def open_depth(path: Path, found: FoundMatte) -> FoundMatte:
    """Read a grey image as the depth of a photo; bright or dark counts as near, whichever puts the person in front.

    Raises
    ------
    ImageFileError
        As `portrait.files.depth.load_depth`; or the map does not tell the person from what is behind.
    """
    height, width = found.photo.image.shape[:2]
    depth_map = load_depth(path, (height, width))
    if not is_subject_nearer(depth_map, found.preview.matte):
        depth_map = DepthMap(np.negative(depth_map.nearness))
    deep = found.with_photo(replace(found.photo, depth=PhotoDepth(depth_map, "file"), depth_path=path))
    _, followed = deep.preview_defocus.choose(Look())
    if followed != "file":
        raise ImageFileError(tr("{name} does not tell the person from what is behind", name=path.name), tr(_DEPTH_HINT))
    return deep


def load_look(options: FileOptions, found: FoundMatte) -> Look:
    """The chosen look, with the image of its background loaded and with the photo's own lens.

    Raises
    ------
    ImageFileError
        That image cannot be read.
    PortraitError
        The blur radius does not fit the photo.
    """
    photo = found.photo
    background = load_background(options.background, photo.metadata.icc_profile)
    blur = focus_photo(_blur_in_fractions(options, photo.image), photo.metadata, found.matte)
    return Look(blur, background, options.grain, options.ground, options.depth)


def require_radius(options: FileOptions, image: RgbImage) -> None:
    """Raise `PortraitError` where the blur radius does not fit a photo: before its matte is looked for."""
    _blur_in_fractions(options, image)


def render_preview(
    engine: PortraitEngine, found: FoundMatte, look: BlurOptions | Look, *, is_draft: bool = False
) -> RenderedPreview:
    """Render the portrait at preview size; without a person the photo itself.

    A draft is rendered as live frames are, several times as fast and without grain, unless things blur by their depth.
    """
    preview, look = found.photo.preview, to_look(look)
    lens = look.blur.lens
    if not found.has_person:
        return RenderedPreview(found, show_photo(found.photo), lens)
    defocus_map, _ = found.preview_defocus.choose(look)
    matte, transparency = hide_clear_parts(found.preview.matte, preview.transparency, look.background)
    layers = found.preview.layers if matte is found.preview.matte else None
    if look.background.kind == "transparent":
        look = Look(background=Background("image", picture=_chequerboard(*matte.shape)))
    is_draft = is_draft and defocus_map is None
    if is_draft:
        image = engine.render_live(preview.image, matte, look, layers=layers)
    else:
        image = engine.render(preview.image, matte, look, defocus_map, layers=layers)
    return RenderedPreview(found, _to_shown(image, found.photo.metadata, transparency), lens, is_draft)


def show_photo(photo: OpenedPhoto) -> RgbImage:
    """The photo itself at preview size, as `RenderedPreview.image`."""
    return _to_shown(photo.preview.image, photo.metadata, photo.preview.transparency)


def _blur_in_fractions(options: FileOptions, image: RgbImage) -> BlurOptions:
    return with_blur_radius(options.blur, options.blur_radius_px, *image.shape[:2])


def _to_shown(preview: RgbImage, metadata: PhotoMetadata, transparency: NDArray[np.uint8] | None) -> RgbImage:
    """Encode a preview by the photo's profile, composited over a chequerboard where it is transparent."""
    if transparency is not None:
        preview = flatten(preview, transparency, _chequerboard(*transparency.shape))
    return to_8_bits(to_profile(preview, metadata))


def _chequerboard(height: int, width: int) -> RgbImage:
    y, x = np.ogrid[:height, :width]
    levels = np.where((y // _CHECK_PX + x // _CHECK_PX) % 2 == 0, *_CHECK_LEVELS).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)
