"""Display geometry of video frames: pixel aspect ratio and orientation."""

from fractions import Fraction
from typing import Final

import numpy as np

from portrait.core.arrays import RgbImage

SQUARE: Final = Fraction(1)

ANAMORPHIC_FROM_FRACTION = 0.01
"""A pixel aspect nearer to 1 than this is taken for 1: nobody sees the error, and scaling costs time and sharpness."""

ANAMORPHIC_MAX = 4
"""A pixel aspect beyond 4 : 1 is taken for an error in the file."""

Orientation = tuple[int, int, int, int]
"""The elements a, b, c, d of a display matrix (ISO 14496-12, 8.3.2): (x, y) is shown at (a x + c y, b x + d y)."""

UPRIGHT: Final[Orientation] = (1, 0, 0, 1)


def displayed_size_px(height: int, width: int, pixel_aspect: Fraction) -> tuple[int, int]:
    """Size of a frame resampled to square pixels: one side is upsampled, none is downsampled, so no detail is lost.

    Parameters
    ----------
    height, width
        Size of the stored frame in pixels.
    pixel_aspect
        Width of a pixel over its height (SAR); 0 where it is unknown.

    Returns
    -------
    tuple of int
        Height and width; the stored size where pixels are (nearly) square or their aspect is implausible.
    """
    is_sane = 1 <= pixel_aspect * ANAMORPHIC_MAX <= ANAMORPHIC_MAX**2
    if not is_sane or abs(pixel_aspect - 1) < ANAMORPHIC_FROM_FRACTION:
        return height, width
    if pixel_aspect > 1:
        return height, round(width * pixel_aspect)
    return round(height / pixel_aspect), width


def orient(image: RgbImage, orientation: Orientation) -> RgbImage:
    """Rotate by quarter turns and mirror as a display matrix says; other angles are rounded to quarter turns.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.
    orientation
        See `Orientation`; only the signs, and which pair is larger, count.

    Returns
    -------
    RgbImage
        uint8, C-contiguous; (W, H, 3) after a quarter turn.
    """
    # Transpose for an odd number of quarter turns, then flip the axes whose sign is negative.
    a, b, c, d = orientation
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, a, d = image.transpose(1, 0, 2), c, b
    turned = image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
    return np.ascontiguousarray(turned)
