"""Rendering of a loaded photo with its focal length, its transparency and its metadata."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap
from portrait.core.color import to_8_bits
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.subject_distance import focus_on, suited_focal_length_mm
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import quantize_alpha
from portrait.engine import PortraitEngine
from portrait.files.image_io import Photo, PhotoMetadata
from portrait.files.metadata.exif import focal_length_35mm
from portrait.photo.hdr import render_gain_map


def focus_photo(blur: BlurOptions, metadata: PhotoMetadata, matte: AlphaMatte) -> BlurOptions:
    """Blur options with the photo's focal length and focused at the subject, where these were not set by hand.

    A lens that was not set is at least as long as suits the framing, so that the background of a whole figure is
    blurred like that of head and chest.

    Parameters
    ----------
    blur
        As chosen.
    metadata
        Of the photo. A focal length that is not stated or cannot be read counts as that of the portrait lens.
    matte
        float32 (H, W), of the whole photo; a preview takes it too, so that preview and file are focused alike.
    """
    taken = blur.taken_with(_stated_focal_length_mm(metadata))
    if blur.lens.focal_length_mm is None and blur.blur_radius_fraction is None:
        longest_mm = max(taken.lens.focal_length_mm or 0.0, suited_focal_length_mm(matte) or 0.0)
        taken = blur.taken_with(longest_mm)
    return focus_on(taken, matte)


def render_photo(
    engine: PortraitEngine, photo: Photo, matte: AlphaMatte, look: Look, defocus_map: DefocusMap | None = None
) -> Photo:
    """The portrait of a photo, ready to be saved.

    Transparent parts of the photo stay transparent, unless the background covers them. An HDR photo stays one.

    Parameters
    ----------
    engine
        May be shared by threads.
    photo, matte
        Of one size.
    look
        Its colours are in the photo's own space, see `load_background`; its lens is focused, see `focus_photo`.
    defocus_map
        See `PhotoDefocus`.
    """
    matte, transparency = hide_clear_parts(matte, photo.metadata.transparency, look.background)
    if look.background.kind == "transparent":
        transparency = quantize_alpha(matte, photo.colors.dtype)
    gain_map = render_gain_map(engine, photo, matte, look, defocus_map)
    metadata = replace(photo.metadata, transparency=transparency, gain_map=gain_map)
    if photo.deep is None:
        return replace(photo, image=engine.render(photo.image, matte, look, defocus_map), metadata=metadata)
    deep = engine.render(photo.deep, matte, look, defocus_map)
    return replace(photo, image=to_8_bits(deep), deep=deep, metadata=metadata)


def hide_clear_parts(
    matte: AlphaMatte, transparency: NDArray[Any] | None, background: Background
) -> tuple[AlphaMatte, NDArray[Any] | None]:
    """The matte for rendering and the transparency of the portrait, for a photo with transparent parts.

    A background that replaces the original one covers the transparent parts too: then no transparency is left.

    Parameters
    ----------
    matte
        float32 (H, W).
    transparency
        Of the photo, as in its metadata, at the matte's size; None where all is opaque.
    background
        Of the look.
    """
    if transparency is None or not background.hides_room:
        return matte, transparency
    return matte * (transparency.astype(np.float32) / np.float32(np.iinfo(transparency.dtype).max)), None


def _stated_focal_length_mm(metadata: PhotoMetadata) -> float | None:
    try:
        return None if metadata.exif is None else focal_length_35mm(metadata.exif)
    except ValueError:  # a damaged block is no reason to have no portrait
        return None
