"""The portrait of an array in one call, made as that of a file is."""

from dataclasses import replace

import numpy as np

from portrait.core.arrays import AnyRgbImage, require_rgb
from portrait.core.color import to_8_bits
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine, Quality
from portrait.files.image_io import Photo, PhotoMetadata
from portrait.photo.options import FileOptions
from portrait.photo.rendering import focus_photo
from portrait.photo.saving import render_portrait
from portrait.photo.session import OpenedPhoto, find_photo_matte

_DEFAULTS = FileOptions()


def make_portrait(
    engine: PortraitEngine,
    image: AnyRgbImage,
    options: BlurOptions | Look | None = None,
    *,
    quality: Quality = _DEFAULTS.quality,
    people: str = "main",
    depth_model: str = "",
) -> AnyRgbImage:
    """Make the portrait of an image: pixel for pixel what ``portrait photo`` makes of a file without metadata.

    Parameters
    ----------
    engine
        May be shared by threads.
    image
        uint8 or uint16 (H, W, 3) RGB, upright, encoded by the curve of sRGB.
    options
        The lens, or the whole look; None: as ``portrait photo`` without options. The lens is focused at the subject
        unless it has a focus distance; grain, and the floor under people who stand, are kept as the look says.
    quality
        Of the matte: ``fast`` or ``fine``.
    people
        Who stays sharp: ``main``, ``all``, or numbers as ``1,3``, 1 being the largest.
    depth_model
        Name in the library, or path, of a network for depth; empty: none.

    Returns
    -------
    (H, W, 3) of the type of ``image``, a new array; a copy of ``image`` where nobody is found.

    Raises
    ------
    TypeError, ValueError
        An array or a choice of people that is not as above.
    PortraitError
        A number was chosen that nobody in the image has, or the network for depth cannot be used.
    """
    require_rgb(image, may_be_deep=True)
    deep = np.asarray(image, np.uint16) if image.dtype == np.uint16 else None
    opened = OpenedPhoto.of(Photo(to_8_bits(image), PhotoMetadata(), deep=deep))
    found = find_photo_matte(engine, opened, quality, PeopleChoice.parse(people)).with_depth_model(engine, depth_model)
    if not found.has_person:
        return image.copy()
    look = options if isinstance(options, Look) else Look(blur=options or BlurOptions())
    focused = replace(look, blur=focus_photo(look.blur, opened.metadata, found.matte))
    return np.asarray(render_portrait(engine, found, focused)[0].colors, dtype=image.dtype)
