"""The guided filter: alpha as a local affine function of the colour, found downsampled, applied at full resolution."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.boxes import cover_by_tiles
from portrait.core.plane_algebra import COLOR_PAIRS, Plane, dot, solve_symmetric, split_colors
from portrait.core.resize import fit_framed, upsample_rows
from portrait.core.strips import StripMap, strips

Coefficients = NDArray[np.float32]
"""float32 (4, h, w): planes (a_r, a_g, a_b, b), with alpha = a · rgb + b."""

_TILE_PX = 160  # side of the tiles in which colours count, of the large image

_PER_LEVEL = np.array([1 / 255, 1 / 255, 1 / 255, 1], np.float32)  # a slope over 0 … 1 as one over levels


def box_mean(array: Plane, radius_px: int) -> Plane:
    """Box filter: mean over a square window of side 2 radius + 1; the image is mirrored at its border."""
    size = 2 * radius_px + 1
    return np.asarray(cv2.blur(array, (size, size), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def guided_coefficients(
    guide: NDArray[np.float32],
    target: NDArray[np.float32],
    radius_px: int,
    epsilon: float,
    weight: NDArray[np.float32] | None = None,
) -> Coefficients:
    """Coefficients of the guided filter with a colour guide (He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213).

    Parameters
    ----------
    guide
        float32 (h, w, 3), 0 … 1.
    target
        float32 (h, w): what is to follow the guide.
    radius_px
        Of the windows in which the target is an affine function of the colour.
    epsilon
        Variance of the guide below which a window counts as flat.
    weight
        float32 (h, w), above 0: how far the target is to be trusted; None: everywhere alike.

    Returns
    -------
    float32 (4, h, w).
    """
    # Linear regression of the target on the colours in every window.
    mean = _window_mean(radius_px, weight)
    colors = split_colors(guide)
    mean_colors, mean_target = [mean(color) for color in colors], mean(target)
    variance = [mean(colors[i] * colors[j]) - mean_colors[i] * mean_colors[j] for i, j in COLOR_PAIRS]
    covariance = [mean(color * target) - m * mean_target for color, m in zip(colors, mean_colors, strict=True)]
    slope = solve_symmetric(variance, covariance, epsilon)
    offset = mean_target - dot(slope, mean_colors)
    # Average the coefficients of all windows that hold a pixel.
    mean_of_windows = _window_mean(radius_px, None if weight is None else box_mean(weight, radius_px))
    return np.stack([mean_of_windows(plane) for plane in (*slope, offset)])


def _window_mean(radius_px: int, weight: Plane | None) -> Callable[[Plane], Plane]:
    """Box filter, or normalised convolution where there are weights."""
    if weight is None:
        return partial(box_mean, radius_px=radius_px)
    total = box_mean(weight, radius_px)
    return lambda plane: box_mean(weight * plane, radius_px) / total


def apply_coefficients(
    coefficients: Coefficients, image: RgbImage, minimum: float = 0.0, strip_map: StripMap = map
) -> Plane:
    """Fast guided filter (He & Sun 2015, arXiv 1505.00996): upsample the coefficients and apply them to every pixel.

    Parameters
    ----------
    coefficients
        As of `guided_coefficients`. Where the slope is 0 the colours cost nothing.
    image
        uint8 (H, W, 3).
    minimum
        What the result is clipped to from below.
    strip_map
        Runs the strips.

    Returns
    -------
    float32 (H, W), ``minimum`` … 1.
    """
    # Where the slope is 0 the upsampled offset is the result.
    height, width = image.shape[:2]
    without_colors = np.clip(coefficients[3], minimum, 1.0)
    filtered = np.asarray(cv2.resize(without_colors, (width, height)), dtype=np.float32)
    # Elsewhere, in tiles, upsample slope and offset by one grid and add the colours.
    factor = max(1, min(height // coefficients.shape[1], width // coefficients.shape[2]))
    scaled = (plane * scale for plane, scale in zip(coefficients, _PER_LEVEL, strict=True))
    *slope, offset = (fit_framed(plane, factor, height, width) for plane in scaled)
    has_slope, multiple = _with_slope(slope), max(1, round(_TILE_PX / factor))

    def add_colors(part: slice) -> None:
        """Apply them in some rows of the coefficients, in the tiles that need colours."""
        rows = slice(part.start * factor, min(height, part.stop * factor))
        for tile in cover_by_tiles(has_slope[part], multiple):
            box, columns = tile.upsampled(factor, (rows.stop - rows.start, width)), slice(tile.left, tile.right + 2)
            total = box.crop(filtered[rows])
            total[:] = upsample_rows(offset[:, columns], factor, rows, box.width)
            channels = cv2.split(np.ascontiguousarray(box.crop(image[rows])))  # faster than of a view
            for plane, channel in zip(slope, channels, strict=True):
                upsampled = upsample_rows(plane[:, columns], factor, rows, box.width)
                cv2.accumulateProduct(upsampled, channel.astype(np.float32), total)
            np.clip(total, minimum, 1.0, out=total)

    deque(strip_map(add_colors, strips(has_slope.shape[0], has_slope.shape[1], most=multiple)), maxlen=0)
    return filtered


def _with_slope(framed: Sequence[Plane]) -> NDArray[np.bool_]:
    """Pixels that need their colours, without the padded border: a slope other than 0 there or in a neighbour, which
    bilinear upsampling mixes in.
    """
    has_slope = np.logical_or.reduce([plane != 0.0 for plane in framed]).view(np.uint8)
    return np.asarray(cv2.dilate(has_slope, np.ones((3, 3), np.uint8))[1:-1, 1:-1]).view(np.bool_)
