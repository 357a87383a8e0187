"""Loading of a chosen background: its image is read and converted to the colours of the photo."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.color import to_8_bits
from portrait.core.render.look import Backdrop, Background
from portrait.core.resize import downsample_to_long_side
from portrait.errors import ImageFileError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.colors.color_profile import convert
from portrait.files.colors.transfer_curve import read_transfer_curve
from portrait.files.image_io import load_photo, to_profile
from portrait.files.pixels import flatten
from portrait.files.system.os_errors import file_version
from portrait.language import mark, tr

_LONG_SIDE_PX = 8192
_HINT = mark("Choose another picture for the background.")


def load_background(
    choice: BackgroundChoice | str, icc_profile: bytes | None = None, backdrop: Backdrop | None = None
) -> Background:
    """Load the chosen background; an image that is transparent in parts is composited over white.

    The image read last is kept, as long as its file does not change.

    Parameters
    ----------
    choice
        Or its text, such as ``image:beach.jpg``.
    icc_profile
        RGB space of the photo that it is for; none stands for sRGB. Colour and image are converted to its primaries.
    backdrop
        How an image or a colour is set up; None: an image covers the photo, as it was taken.

    Raises
    ------
    ValueError
        A text that is no choice.
    ImageFileError
        The image cannot be read.
    """
    if isinstance(choice, str):
        choice = BackgroundChoice.parse(choice)
    place = backdrop or Backdrop()
    if choice.path is not None:
        picture = _load_picture(choice.path, file_version(choice.path), icc_profile)
        return Background("image", picture=picture, backdrop=place)
    if choice.color is not None:
        red, green, blue = _convert(np.array([[choice.color]], np.uint8), None, icc_profile)[0, 0].tolist()
        return Background("color", color=(red, green, blue), backdrop=place)
    return Background(choice.kind)


@lru_cache(maxsize=1)
def _read_picture(path: Path, _version: tuple[int, int]) -> tuple[RgbImage, bytes | None]:
    """Load an image, downsampled to at most 8192 pixels a side, encoded as its profile says; and that profile."""
    try:
        photo = load_photo(path)
    except ImageFileError as exc:
        raise ImageFileError(tr("The background cannot be used: {message}", message=exc.message), tr(_HINT)) from exc
    transparency = photo.metadata.transparency
    image = photo.image if transparency is None else flatten(photo.image, transparency)
    picture = np.ascontiguousarray(downsample_to_long_side(image, _LONG_SIDE_PX))
    metadata = replace(photo.metadata, bits=8)
    return np.asarray(to_profile(picture, metadata), np.uint8), metadata.icc_profile


@lru_cache(maxsize=2)
def _load_picture(path: Path, version: tuple[int, int], icc_profile: bytes | None) -> RgbImage:
    picture, own_profile = _read_picture(path, version)
    return _convert(picture, own_profile, icc_profile)


def _convert(image: RgbImage, source: bytes | None, target: bytes | None) -> RgbImage:
    """Convert from one profile to the primaries of another; the result has sRGB's curve, as all images in the app."""
    converted = convert(image, source, target)
    curve = read_transfer_curve(target) if target else None
    return converted if curve is None else to_8_bits(curve.to_srgb(converted))
