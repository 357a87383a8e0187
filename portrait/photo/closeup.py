"""Part of a portrait at the photo's full size, for a closer look than the preview gives."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.blur.highlights import SURROUNDINGS_RADII
from portrait.core.boxes import Box
from portrait.core.lens.blur_options import BLUR_RADIUS_FRACTION_MAX, BlurOptions
from portrait.core.render.backdrop import cover
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.photo.display import chequerboard, to_shown
from portrait.photo.found_matte import FoundMatte
from portrait.photo.rendering import hide_clear_parts

_REACH_RADII, _LEAST_REACH_PX = 2.25, 48
"""What lies further away from a part than this many radii of the blur, and this many pixels, hardly changes it."""

_ALIGNED_PX = 64


@dataclass(frozen=True, slots=True, eq=False)
class Closeup:
    """A part of a photo and of its portrait at full size.

    Attributes
    ----------
    box
        The part.
    before, after
        uint8 (h, w, 3), encoded as the photo's profile says; what is transparent is shown on a chequerboard.
    matte
        float32 (h, w), 0 … 1.
    """

    box: Box
    before: RgbImage
    after: RgbImage
    matte: AlphaMatte


def can_be_parted(look: Look) -> bool:
    """Whether a part of the portrait can be rendered alone: not where the look depends on the place in the image."""
    is_same_everywhere = look.blur.cats_eye == 0.0 and look.blur.swirl == 0.0
    if look.background.kind in ("image", "color") and not look.background.backdrop.is_same_everywhere:
        return False
    return look.background.kind != "stage" and (not look.background.is_blurred or is_same_everywhere)


def render_closeup(engine: PortraitEngine, found: FoundMatte, look: Look, box: Box) -> Closeup:
    """Render a part as it is in the portrait that `portrait.photo.saving.save_portrait` writes, with 8 bits.

    Where `can_be_parted` holds, the cost is that of the part and of what its blur reaches; else the answer is the whole
    portrait, whose ``box`` is that of the photo.

    Parameters
    ----------
    look
        As `portrait.photo.session.load_look` gives it.
    box
        Inside the photo.
    """
    photo, shape = found.photo, found.mended.shape
    if not can_be_parted(look):
        box = Box(0, 0, *shape)
    reach = _aligned(box.grown(reach_px(look.blur, shape), shape), shape)
    image, matte = np.ascontiguousarray(reach.crop(photo.image)), np.ascontiguousarray(found.mended.crop(reach))
    whole = photo.metadata.transparency
    clear = opacity = None if whole is None else np.ascontiguousarray(reach.crop(whole))
    after = image
    if found.has_person:
        subject, opacity = hide_clear_parts(matte, clear, look.background)
        after = _render(engine, found, look, reach, image, subject)
    inside, origin = box.within(reach), (box.top, box.left)

    def to_part(picture: RgbImage, transparency: NDArray[Any] | None) -> RgbImage:
        part = None if transparency is None else inside.crop(transparency)
        return to_shown(np.ascontiguousarray(inside.crop(picture)), photo.metadata, part, origin)

    return Closeup(box, to_part(image, clear), to_part(after, opacity), inside.crop(matte))


def _render(
    engine: PortraitEngine, found: FoundMatte, look: Look, reach: Box, image: RgbImage, subject: AlphaMatte
) -> RgbImage:
    """Render a box of the photo with the blur, the defocus, the grain and the background of the whole."""
    defocus_map = None
    if found.preview_defocus.choose(look)[0] is not None:  # at full size it costs more
        sharp, whole, _ = found.defocus.focused(look)
        defocus_map = None if whole is None else np.ascontiguousarray(reach.crop(whole))
        if sharp is not found.matte:  # the focus is elsewhere
            subject = np.zeros_like(subject)
    noise = found.photo.preview.noise if look.grain == "match" else None
    look = _look_in(look, reach, found.mended.shape, has_grain=noise is not None)
    noise = None if noise is None else replace(noise, origin=(reach.top, reach.left))
    rendered: RgbImage = engine.render(image, subject, look, defocus_map, noise=noise)
    return rendered


def reach_px(blur: BlurOptions, shape: tuple[int, int]) -> int:
    """How far from a pixel of an (H, W) photo its portrait depends on matte and image."""
    radii = _REACH_RADII + (SURROUNDINGS_RADII if blur.highlight_boost else 0.0)
    return _LEAST_REACH_PX + math.ceil(radii * blur.blur_radius_px(*shape))


def _aligned(box: Box, shape: tuple[int, int]) -> Box:
    """The box grown so that the blocks of every downsampling in it are those of the whole image."""
    bottom, right = (-(-side // _ALIGNED_PX) * _ALIGNED_PX for side in (box.bottom, box.right))
    top, left = (side // _ALIGNED_PX * _ALIGNED_PX for side in (box.top, box.left))
    return Box(top, left, min(shape[0], bottom), min(shape[1], right))


def _look_in(look: Look, box: Box, shape: tuple[int, int], *, has_grain: bool) -> Look:
    """The look of the whole image for a part of it, whose diagonal is shorter."""
    fraction = look.blur.blur_radius_px(*shape) / math.hypot(box.height, box.width)
    blur = replace(look.blur, blur_radius_fraction=min(fraction, BLUR_RADIUS_FRACTION_MAX))
    background = look.background
    if background.kind == "transparent":
        background = Background("image", picture=chequerboard(box.height, box.width, (box.top, box.left)))
    elif background.picture is not None:
        place = background.backdrop
        whole = cover(background.picture, *shape, place.x, place.y, place.scale)
        background = Background("image", picture=np.ascontiguousarray(box.crop(whole)))
    return replace(look, blur=blur, background=background, grain=look.grain if has_grain else "off")
