"""A loaded photo rendered: through the lens it was taken with, with what it carries beside its colours."""

from dataclasses import replace

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.color import to_8_bits
from portrait.core.lens import BlurOptions
from portrait.core.look import Look
from portrait.core.render import to_opacity
from portrait.core.subject_distance import focus_on
from portrait.engine import PortraitEngine
from portrait.files.exif import focal_length_35mm
from portrait.files.image_io import Photo, PhotoMetadata


def focus_photo(blur: BlurOptions, metadata: PhotoMetadata, matte: AlphaMatte) -> BlurOptions:
    """The lens of a photo: its focal length from the EXIF block, focused at the subject, unless chosen by hand.

    Parameters
    ----------
    blur
        As chosen.
    metadata
        Of the photo. A focal length that is not stated or cannot be read counts as that of the portrait lens.
    matte
        float32 (H, W), of the whole photo; a preview takes it too, so that preview and file are focused alike.
    """
    return focus_on(blur.taken_with(_stated_focal_length_mm(metadata)), matte)


def render_photo(engine: PortraitEngine, photo: Photo, matte: AlphaMatte, look: Look) -> Photo:
    """The portrait of a photo, ready to be saved.

    What was transparent in the photo stays so, unless something else stands there now.

    Parameters
    ----------
    engine
        May be shared by threads.
    photo, matte
        Of one size.
    look
        Its colours are in the photo's own space, see `load_background`; its lens is focused, see `focus_photo`.
    """
    transparency = photo.metadata.transparency
    if transparency is not None and look.background.hides_room:
        matte = matte * (transparency.astype(np.float32) / np.float32(np.iinfo(transparency.dtype).max))
        transparency = None
    if look.background.kind == "transparent":
        transparency = to_opacity(matte, photo.colors.dtype)
    metadata = replace(photo.metadata, transparency=transparency)
    if photo.deep is None:
        return replace(photo, image=engine.render(photo.image, matte, look), metadata=metadata)
    deep = engine.render(photo.deep, matte, look)
    return replace(photo, image=to_8_bits(deep), deep=deep, metadata=metadata)


def _stated_focal_length_mm(metadata: PhotoMetadata) -> float | None:
    try:
        return None if metadata.exif is None else focal_length_35mm(metadata.exif)
    except ValueError:  # a damaged block is no reason to have no portrait
        return None
