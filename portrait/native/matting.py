"""Passes over a matte: the guided filter applied to an image, and smoothing over time."""

import numpy as np
from numpy.typing import NDArray

from portrait.native.requirements import require, require_array
from portrait.native.shared_library import call

_COEFFICIENTS = 4


def apply_coefficients(
    framed: NDArray[np.float32],
    factor: int,
    image: NDArray[np.uint8],
    box: tuple[slice, slice],
    minimum: float,
    filtered: NDArray[np.float32],
) -> None:
    """Apply coefficients of the guided filter in a box of an image, in place.

    Parameters
    ----------
    framed
        float32 (4, ⌈H / factor⌉ + 2, ⌈W / factor⌉ + 2): slope over 0 … 255, and offset, with a frame of one pixel.
    factor
        1 or more.
    image
        uint8 (H, W, 3).
    box
        Its rows and columns.
    minimum
        Lower limit to which the result is clipped.
    filtered
        float32 (H, W): the result.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or a box beyond them.
    """
    height, width = require_array(filtered, "filtered", np.float32, (None, None))
    require_array(image, "image", np.uint8, (height, width, 3))
    require(factor >= 1, f"factor must be 1 or more, got {factor}")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(framed, "framed", np.float32, (_COEFFICIENTS, *size))
    rows, columns = box
    is_inside = 0 <= rows.start < rows.stop <= height and 0 <= columns.start < columns.stop <= width
    require(is_inside, f"the box must lie in the image, got {box}")
    spans = rows.start, rows.stop, columns.start, columns.stop
    call("apply_coefficients", framed, *size, factor, image, width, *spans, minimum, filtered)


def upsample(plane: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Upsample bilinearly, float32 (h, w), 0 or more → (H, W); fast where neighbours are equal.

    Raises
    ------
    TypeError, ValueError
        An array that is not as above, or no size.
    """
    shape = require_array(plane, "plane", np.float32, (None, None))
    require(plane.size > 0 and height >= 0 and width >= 0, "at least one value")
    large = np.empty((height, width), np.float32)
    call("upsample_matte", plane, *shape, height, width, large)
    return large


def follow(previous: NDArray[np.float32], alpha: NDArray[np.float32], gain: NDArray[np.float32]) -> NDArray[np.float32]:
    """One step of a recursive filter: previous + gain · (alpha − previous), clipped to 0 … 1.

    float32 (H, W) both; ``gain`` float32 (h, w) at any size, upsampled bilinearly.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    """
    shape = require_array(alpha, "alpha", np.float32, (None, None))
    require_array(previous, "previous", np.float32, shape)
    map_shape = require_array(gain, "gain", np.float32, (None, None))
    require(gain.size > 0, "at least one gain")
    smoothed = np.empty_like(alpha)
    call("follow", previous, alpha, *shape, gain, *map_shape, smoothed)
    return smoothed
