"""Cropping of a portrait, or of its matte, to the subject."""

from dataclasses import replace

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box, bounding_box
from portrait.files.formats import SaveOptions
from portrait.files.image_io import Photo

_LEAST_OPACITY = 0.5


def saved_box(matte: AlphaMatte, options: SaveOptions) -> Box:
    """The part of a picture that is written: the whole, or the bounding box of the subject with a margin.

    Parameters
    ----------
    matte
        float32 (H, W), 0 … 1; what is at least half opaque counts as subject. Without any the box is the whole.
    options
        Whether it is cropped, and the margin as a fraction of the longer side of the bounding box.
    """
    height, width = matte.shape
    subject = bounding_box(matte >= _LEAST_OPACITY)
    if options.crop == "off" or not subject.area_px:
        return Box(0, 0, height, width)
    margin_px = round(options.crop_margin * max(subject.height, subject.width))
    return subject.grown(margin_px, (height, width))


def crop_photo(photo: Photo, box: Box) -> Photo:
    """A part of a photo with the same metadata; the photo itself where the box is the whole."""
    if (box.height, box.width) == photo.image.shape[:2]:
        return photo
    transparency = photo.metadata.transparency
    return replace(
        photo,
        image=np.ascontiguousarray(box.crop(photo.image)),
        deep=None if photo.deep is None else np.ascontiguousarray(box.crop(photo.deep)),
        metadata=replace(photo.metadata, transparency=None if transparency is None else box.crop(transparency)),
    )
