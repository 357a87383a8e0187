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
from portrait.native import matting
from portrait.native.shared_library import has_library

Coefficients = NDArray[np.float32]
"""float32 (4, h, w): planes (a_r, a_g, a_b, b), with alpha = a · rgb + b."""

_TILE_PX = 160  # side, at full resolution, of the tiles in which the slope is applied

_PER_LEVEL = np.array([1 / 255, 1 / 255, 1 / 255, 1], np.float32)  # from slopes over 0 … 1 to slopes over 0 … 255


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
        float32 (h, w): the image to be filtered.
    radius_px
        Radius of the windows in which the target is modelled as an affine function of the colour.
    epsilon
        Variance of the guide below which a window counts as flat.
    weight
        float32 (h, w), above 0: confidence in the target; None: the same everywhere.

    Returns
    -------
    float32 (4, h, w).
    """
    if weight is None and has_library():
        return matting.guided_coefficients(
            np.ascontiguousarray(guide), np.ascontiguousarray(target), radius_px, epsilon
        )
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
        Result of `guided_coefficients`. Where the slope is 0 the colours take no time.
    image
        uint8 (H, W, 3).
    minimum
        Lower limit to which the result is clipped.
    strip_map
        Runs the strips.

    Returns
    -------
    float32 (H, W), ``minimum`` … 1.
    """
    framed, factor = to_framed(coefficients, (image.shape[0], image.shape[1]))
    filtered = np.empty(image.shape[:2], np.float32)
    apply_rows = _native_application if has_library() else _application
    apply = apply_rows(framed, factor, image, minimum, filtered)
    small_height, small_width, tile = framed.shape[1] - 2, framed.shape[2] - 2, max(1, round(_TILE_PX / factor))
    deque(strip_map(apply, strips(small_height, small_width, most=tile)), maxlen=0)
    return filtered


def to_framed(coefficients: Coefficients, shape: tuple[int, int]) -> tuple[Coefficients, int]:
    """Coefficients on the grid of `fit_framed` for an image of this (H, W), slopes over 0 … 255; and its factor."""
    factor = max(1, min(shape[0] // coefficients.shape[1], shape[1] // coefficients.shape[2]))
    scaled = (plane * scale for plane, scale in zip(coefficients, _PER_LEVEL, strict=True))
    return np.stack([fit_framed(plane, factor, *shape) for plane in scaled]), factor


def _native_application(
    framed: Coefficients, factor: int, image: RgbImage, minimum: float, filtered: Plane
) -> Callable[[slice], None]:
    """As `_application`."""

    def apply(part: slice) -> None:
        rows = slice(part.start * factor, min(filtered.shape[0], part.stop * factor))
        matting.apply_coefficients(framed, factor, image, rows, minimum, filtered)

    return apply


def _application(
    framed: Coefficients, factor: int, image: RgbImage, minimum: float, filtered: Plane
) -> Callable[[slice], None]:
    """Applies coefficients in some of their rows: upsampled, the colours added where there is a slope, and clipped."""
    *slope, offset = framed
    height, width = filtered.shape
    has_slope, multiple = _with_slope(slope), max(1, round(_TILE_PX / factor))

    def apply(part: slice) -> None:
        rows = slice(part.start * factor, min(height, part.stop * factor))
        shown = filtered[rows]
        shown[:] = upsample_rows(offset, factor, rows, width)
        for tile in cover_by_tiles(has_slope[part], multiple):
            box, columns = tile.upsampled(factor, (rows.stop - rows.start, width)), slice(tile.left, tile.right + 2)
            total = np.ascontiguousarray(box.crop(shown))
            channels = cv2.split(np.ascontiguousarray(box.crop(image[rows])))  # faster than of a view
            for plane, channel in zip(slope, channels, strict=True):
                upsampled = upsample_rows(plane[:, columns], factor, rows, box.width)
                cv2.accumulateProduct(upsampled, channel.astype(np.float32), total)
            box.crop(shown)[:] = total
        np.clip(shown, minimum, 1.0, out=shown)

    return apply


def follow_edges(coarse: Plane, guide: RgbImage, image: RgbImage, radius_px: int, epsilon: float) -> Plane:
    """Guided upsampling of a map of −1 … 1 to the size of an image; a second pass sharpens its wide edges.

    Parameters
    ----------
    coarse
        float32 (h, w).
    guide, image
        The image at the size of the map, uint8 (h, w, 3), and at full size, uint8 (H, W, 3).
    radius_px, epsilon
        As `guided_coefficients` takes them.

    Returns
    -------
    float32 (H, W).
    """
    colors = guide.astype(np.float32) / np.float32(255.0)
    once = apply_coefficients(guided_coefficients(colors, coarse, radius_px, epsilon), guide, minimum=-1.0)
    return apply_coefficients(guided_coefficients(colors, once, radius_px, epsilon), image, minimum=-1.0)


def _with_slope(framed: Sequence[Plane]) -> NDArray[np.bool_]:
    """Mask, without the padded border, of coefficients with a slope other than 0 or a neighbour that has one.

    Neighbours count because bilinear upsampling mixes them in.
    """
    has_slope = np.logical_or.reduce([plane != 0.0 for plane in framed]).view(np.uint8)
    return np.asarray(cv2.dilate(has_slope, np.ones((3, 3), np.uint8))[1:-1, 1:-1]).view(np.bool_)
