"""Images as they are shown: encoded by the photo's profile, what is transparent on a chequerboard."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.color import to_8_bits
from portrait.files.image_io import PhotoMetadata, to_profile
from portrait.files.pixels import flatten

_CHECK_PX, _CHECK_LEVELS = 12, (255, 208)


def to_shown(
    image: RgbImage, metadata: PhotoMetadata, transparency: NDArray[Any] | None, origin: tuple[int, int] = (0, 0)
) -> RgbImage:
    """Encode an image by the photo's profile, composited over a chequerboard where it is transparent.

    Parameters
    ----------
    image, transparency
        uint8 (h, w, 3), and uint8 or uint16 (h, w) or None where all is opaque.
    metadata
        Of the photo.
    origin
        Row and column of its first pixel in the image that it is part of.
    """
    if transparency is not None:
        height, width = transparency.shape
        image = flatten(image, to_8_bits(transparency), chequerboard(height, width, origin))
    return to_8_bits(to_profile(image, metadata))


def chequerboard(height: int, width: int, origin: tuple[int, int] = (0, 0)) -> RgbImage:
    """A chequerboard, uint8 (h, w, 3), or the part of a larger one that begins at ``origin``."""
    y, x = np.ogrid[origin[0] : origin[0] + height, origin[1] : origin[1] + width]
    levels = np.where((y // _CHECK_PX + x // _CHECK_PX) % 2 == 0, *_CHECK_LEVELS).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)
