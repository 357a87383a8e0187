"""Passes over a matte: the guided filter applied to an image, smoothing over time, and checks."""

import numpy as np
from numpy.typing import NDArray

from portrait.native.cells import CelledMatte
from portrait.native.requirements import require, require_array
from portrait.native.shared_library import call

_COEFFICIENTS = 4


def guided_coefficients(
    guide: NDArray[np.float32], target: NDArray[np.float32], radius_px: int, epsilon: float
) -> NDArray[np.float32]:
    """Coefficients of the guided filter: see `portrait.core.guided_filter.guided_coefficients`.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as there, no pixel, or a radius below 0.
    """
    height, width = require_array(target, "target", np.float32, (None, None))
    require_array(guide, "guide", np.float32, (height, width, 3))
    require(target.size > 0 and radius_px >= 0, "at least one pixel, a radius of 0 or more")
    coefficients = np.empty((_COEFFICIENTS, height, width), np.float32)
    call("guided_coefficients", guide, target, height, width, radius_px, epsilon, coefficients)
    return coefficients


def sweep_distances(
    distances: NDArray[np.float32], straight: NDArray[np.float32], right: NDArray[np.float32], left: NDArray[np.float32]
) -> None:
    """Shorten geodesic distances by ways from row to row, down and up again, in place.

    Parameters
    ----------
    distances
        float32 (h, n, w): n sets of distances.
    straight, right, left
        Cost of a step to the row below: float32 (h - 1, w), and twice (h - 1, w - 1).

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or without a pixel.
    """
    rows, sets, columns = require_array(distances, "distances", np.float32, (None, None, None))
    require(distances.size > 0, "at least one pixel")
    require_array(straight, "straight", np.float32, (rows - 1, columns))
    for name, step in (("right", right), ("left", left)):
        require_array(step, name, np.float32, (rows - 1, columns - 1))
    call("sweep_distances", distances, rows, sets, columns, straight, right, left)


def apply_coefficients(
    framed: NDArray[np.float32],
    factor: int,
    image: NDArray[np.uint8],
    rows: slice,
    minimum: float,
    filtered: NDArray[np.float32],
) -> None:
    """Apply coefficients of the guided filter in some rows of an image, in place.

    Parameters
    ----------
    framed
        float32 (4, ⌈H / factor⌉ + 2, ⌈W / factor⌉ + 2): slope over 0 … 255, and offset, with a frame of one pixel.
        Where there is no slope, and the offset gives the minimum or 1, it takes no time.
    factor
        1 or more.
    image
        uint8 (H, W, 3).
    rows
        Of the image.
    minimum
        Lower limit to which the result is clipped, below 1.
    filtered
        float32 (H, W): the result.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or rows beyond them.
    """
    height, width = require_array(filtered, "filtered", np.float32, (None, None))
    require_array(image, "image", np.uint8, (height, width, 3))
    require(factor >= 1 and minimum < 1.0, f"factor must be 1 or more and the minimum below 1, got {factor}, {minimum}")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(framed, "framed", np.float32, (_COEFFICIENTS, *size))
    require(0 <= rows.start < rows.stop <= height, f"the rows must lie in the image, got {rows}")
    call("apply_coefficients", framed, *size, factor, image, width, rows.start, rows.stop, minimum, filtered[rows])


def measure_motion(
    before: NDArray[np.uint8], after: NDArray[np.uint8], margin: float, least: float, most: float
) -> NDArray[np.float32]:
    """Change between two small images: see `portrait.core.matting.temporal.measure_motion`.

    Parameters
    ----------
    before, after
        uint8 (h, w, 3).
    margin
        Change is noise below so many times its median,
    least, most
        but at least and at most below these; above 0.

    Raises
    ------
    TypeError, ValueError
        Arrays and numbers that are not as above.
    """
    height, width, _ = require_array(before, "before", np.uint8, (None, None, 3))
    require_array(after, "after", np.uint8, before.shape)
    require(before.size > 0 and 0.0 < least <= most, "at least one pixel, and limits above 0")
    motion = np.empty((height, width), np.float32)
    call("measure_motion", before, after, height, width, margin, least, most, motion)
    return motion


def survey(values: NDArray[np.float32], limit: float) -> tuple[int, int]:
    """How many values are not within 0 … 1, NaN included, and how many are above a limit.

    Raises
    ------
    TypeError, ValueError
        No float32 array.
    """
    require_array(values, "values", np.float32, (None,) * values.ndim)
    counts = np.zeros(2, np.intp)
    call("survey", values, values.size, limit, counts)
    return int(counts[0]), int(counts[1])


def follow(
    previous: NDArray[np.float32], alpha: NDArray[np.float32], gain: NDArray[np.float32], near: float
) -> NDArray[np.float32]:
    """One step of a recursive filter: previous + gain · (alpha − previous), clipped to 0 … 1.

    float32 (H, W) both; ``gain`` float32 (h, w) at any size, upsampled bilinearly. Where less than ``near`` is missing
    to alpha, it is reached.

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
    call("follow", previous, alpha, *shape, gain, *map_shape, near, smoothed)
    return smoothed


def follow_coefficients(
    framed: NDArray[np.float32],
    factor: int,
    image: NDArray[np.uint8],
    previous: CelledMatte,
    gain: NDArray[np.float32],
    near: float,
    smoothed: CelledMatte,
) -> None:
    """`apply_coefficients` from 0 on, to a whole image, and `follow` in one pass.

    Cells that are, and stay, all background or all subject are not touched.

    Parameters
    ----------
    framed, factor, image, gain, near
        As there.
    previous
        (H, W).
    smoothed
        The result, of the same size, and its cells. What it holds before has to be what its cells say, but for those
        that are 0.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    """
    height, width = previous.require_valid()
    require(smoothed.require_valid() == (height, width), "mattes must be of one size")
    require_array(image, "image", np.uint8, (height, width, 3))
    map_shape = require_array(gain, "gain", np.float32, (None, None))
    require(factor >= 1 and gain.size > 0, f"factor must be 1 or more, and at least one gain, got {factor}")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(framed, "framed", np.float32, (_COEFFICIENTS, *size))
    frame = image, height, width, previous.alpha, previous.cells
    call("follow_coefficients", framed, *size, factor, *frame, gain, *map_shape, near, smoothed.alpha, smoothed.cells)
