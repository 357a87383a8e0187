"""Stages of one photo, for window and command line: opened photo, found matte, rendered preview."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap, is_subject_nearer
from portrait.core.lens.thin_lens import Lens
from portrait.core.matting.given_matte import upsample_matte
from portrait.core.matting.subject import has_person
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.render.look import AutoOrOff, Background, Look, to_look
from portrait.engine import PortraitEngine, Quality
from portrait.errors import ImageFileError
from portrait.files.background import load_background
from portrait.files.depth.depth_map_file import load_depth
from portrait.files.formats import RawMode, is_raw_path
from portrait.files.image_io import load_photo
from portrait.language import mark, tr
from portrait.photo.defocus import PhotoDepth
from portrait.photo.display import chequerboard, to_shown
from portrait.photo.found_matte import FoundMatte as FoundMatte  # its stages are found here
from portrait.photo.found_matte import MatteSource
from portrait.photo.found_matte import OpenedPhoto as OpenedPhoto
from portrait.photo.options import FileOptions, with_blur_radius
from portrait.photo.people import find_chosen_people
from portrait.photo.rendering import focus_photo, hide_clear_parts

_DEFAULT_CHOICE = PeopleChoice()
_DEPTH_HINT = mark("Open the depth map of this photo; there must be a person in it.")


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


def open_photo(
    path: Path, max_megapixels: float, raw: RawMode = "preview", *, with_depth: bool = True, with_matte: bool = True
) -> OpenedPhoto:
    """Decode a photo, and the depth and the matte that a phone stored in it; ``raw`` as `load_photo` takes it.

    Raises
    ------
    ImageFileError
        The file cannot be read.
    """
    photo = load_photo(path, max_megapixels=max_megapixels, raw=raw, with_depth=with_depth, with_matte=with_matte)
    return replace(OpenedPhoto.of(photo, path), raw=raw if is_raw_path(path) else None)


def find_photo_matte(
    engine: PortraitEngine,
    photo: OpenedPhoto,
    quality: Quality,
    choice: PeopleChoice = _DEFAULT_CHOICE,
    *,
    camera_matte: AutoOrOff = "auto",
) -> FoundMatte:
    """Find the people on the full-size photo, and keep those who were chosen.

    The matte that a camera stored in the photo goes before the network's, unless ``camera_matte`` is ``off`` or it
    shows nobody.

    Raises
    ------
    PortraitError
        A number was chosen that nobody in the photo has.
    """
    stored = None if camera_matte == "off" else photo.photo.stored_matte.alpha
    given = None if stored is None or not has_person(stored) else upsample_matte(stored, photo.image)
    name = str(photo.path or tr("The picture"))
    everybody, is_kept = find_chosen_people(engine, photo.photo, quality, choice, name, given)
    source: MatteSource = "network" if given is None else "camera"
    found = FoundMatte.of(engine, photo, quality, everybody.matte_of(is_kept), source)
    return replace(found, people=everybody.told(is_kept), everybody=everybody if everybody.is_choice else None)


def open_depth(path: Path, found: FoundMatte) -> FoundMatte:
    """Read a grey image as the depth of a photo; bright or dark counts as near, whichever puts the person in front.

    Raises
    ------
    ImageFileError
        As `portrait.files.depth.depth_map_file.load_depth`; or the map does not tell the person from what is behind.
    """
    deep = found.with_photo(with_depth_file(found.photo, path))
    depth_map = deep.photo.depth.map
    if depth_map is not None and not is_subject_nearer(depth_map, found.preview.matte):
        turned = PhotoDepth(DepthMap(np.negative(depth_map.nearness)), "file", near_is_dark=True)
        deep = found.with_photo(replace(deep.photo, depth=turned))
    _, followed = deep.preview_defocus.choose(Look())
    if followed != "file":
        raise ImageFileError(tr("{name} does not tell the person from what is behind", name=path.name), tr(_DEPTH_HINT))
    return deep


def with_depth_file(photo: OpenedPhoto, path: Path, *, near_is_dark: bool = False) -> OpenedPhoto:
    """The photo with a grey image as its depth.

    Raises
    ------
    ImageFileError
        As `portrait.files.depth.depth_map_file.load_depth`.
    """
    height, width = photo.image.shape[:2]
    depth_map = load_depth(path, (height, width), near_is_dark=near_is_dark)
    return replace(photo, depth=PhotoDepth(depth_map, "file", near_is_dark=near_is_dark), depth_path=path)


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
    background = load_background(options.background, photo.metadata.icc_profile, options.backdrop)
    blur = focus_photo(_blur_in_fractions(options, photo.image), photo.metadata, found.focus_matte)
    return Look(blur, background, options.grain, options.ground, options.depth, options.focus, options.focal_range)


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
    subject, defocus_map, _ = found.preview_defocus.focused(look)
    matte, transparency = hide_clear_parts(subject, preview.transparency, look.background)
    if look.background.kind == "transparent":
        look = Look(background=Background("image", picture=chequerboard(*matte.shape)))
    is_draft = is_draft and defocus_map is None and look.background.backdrop.is_same_everywhere
    layers = None
    if matte is found.preview.matte:
        layers = found.preview.known_layers if is_draft else found.preview.layers
    if is_draft:
        image = engine.render_live(preview.image, matte, look, layers=layers)
    else:
        image = engine.render(preview.image, matte, look, defocus_map, layers=layers)
    return RenderedPreview(found, to_shown(image, found.photo.metadata, transparency), lens, is_draft)


def show_photo(photo: OpenedPhoto) -> RgbImage:
    """The photo itself at preview size, as `RenderedPreview.image`."""
    return to_shown(photo.preview.image, photo.metadata, photo.preview.transparency)


def _blur_in_fractions(options: FileOptions, image: RgbImage) -> BlurOptions:
    return with_blur_radius(options.blur, options.blur_radius_px, *image.shape[:2])
