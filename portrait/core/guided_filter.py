"""Alpha as a local affine function of the colour, found on a small picture and applied to a large one."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.resample import StripMap, mix_rows, strips

Plane = NDArray[np.float32]
"""float32 (h, w)."""

COLOR_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""The six distinct entries rr, gg, bb, rg, rb, gb of a symmetric matrix over the colours."""

_BY_LEVEL = np.array([1 / 255, 1 / 255, 1 / 255, 1], np.float32)  # of a colour in 0 … 1 → of one in levels


def box_mean(array: Plane, radius_px: int) -> Plane:
    """Mean over a square window of side 2 radius + 1; the picture is mirrored at its border."""
    size = 2 * radius_px + 1
    return np.asarray(cv2.blur(array, (size, size), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def guided_coefficients(
    guide: NDArray[np.float32],
    target: NDArray[np.float32],
    radius_px: int,
    epsilon: float,
    weight: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
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
    float32 (h, w, 4): (a_r, a_g, a_b, b), with alpha = a · rgb + b.
    """
    mean = _window_mean(radius_px, weight)
    colors = split_colors(guide)
    mean_colors, mean_target = [mean(color) for color in colors], mean(target)
    variance = [mean(colors[i] * colors[j]) - mean_colors[i] * mean_colors[j] for i, j in COLOR_PAIRS]
    covariance = [mean(color * target) - m * mean_target for color, m in zip(colors, mean_colors, strict=True)]
    slope = solve_symmetric(variance, covariance, epsilon)
    offset = mean_target - dot(slope, mean_colors)
    mean_of_windows = _window_mean(radius_px, None if weight is None else box_mean(weight, radius_px))
    return np.asarray(cv2.merge([mean_of_windows(plane) for plane in (*slope, offset)]), dtype=np.float32)


def split_colors(guide: NDArray[np.float32]) -> tuple[Plane, ...]:
    """The three planes of a float32 (h, w, 3)."""
    return tuple(np.asarray(plane, dtype=np.float32) for plane in cv2.split(guide))


def _window_mean(radius_px: int, weight: Plane | None) -> Callable[[Plane], Plane]:
    if weight is None:
        return partial(box_mean, radius_px=radius_px)
    total = box_mean(weight, radius_px)
    return lambda plane: box_mean(weight * plane, radius_px) / total


def solve_symmetric(matrix: Sequence[Plane], right: Sequence[Plane], epsilon: float = 0.0) -> list[Plane]:
    """Solve (matrix + epsilon) x = right, 3×3, in every pixel; epsilon keeps it solvable.

    By LDLᵀ: the adjugate loses all digits where the channels nearly agree, as in every grey picture.

    Parameters
    ----------
    matrix
        Six arrays of one shape, whatever it is, in the order of `COLOR_PAIRS`.
    right
        Three arrays of that shape.
    """
    rr, gg, bb = (diagonal + np.float32(epsilon) for diagonal in matrix[:3])
    rg, rb, gb = matrix[3:]
    g_by_r, b_by_r = rg / rr, rb / rr
    pivot_g, rest_gb = gg - g_by_r * rg, gb - b_by_r * rg
    b_by_g = rest_gb / pivot_g
    pivot_b = bb - b_by_r * rb - b_by_g * rest_gb
    right_g = right[1] - g_by_r * right[0]
    b = (right[2] - b_by_r * right[0] - b_by_g * right_g) / pivot_b
    g = right_g / pivot_g - b_by_g * b
    r = right[0] / rr - g_by_r * g - b_by_r * b
    return [np.asarray(plane, dtype=np.float32) for plane in (r, g, b)]


def dot(left: Sequence[Plane], right: Sequence[Plane]) -> Plane:
    """Scalar product, in every pixel, of two vectors of three planes each."""
    product: Plane = left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
    return product


def apply_coefficients(
    coefficients: NDArray[np.float32], image: RgbImage, minimum: float = 0.0, strip_map: StripMap = map
) -> Plane:
    """Enlarge coefficients and apply them to every pixel (He & Sun 2015, arXiv 1505.00996).

    Parameters
    ----------
    coefficients
        float32 (h, w, 4), as of `guided_coefficients`.
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
    height, width = image.shape[:2]
    filtered = np.empty((height, width), np.float32)
    by_level = coefficients * _BY_LEVEL

    def apply_rows(rows: slice) -> None:
        *slope, offset = cv2.split(mix_rows(by_level, rows, height))
        total = cv2.resize(offset, (width, rows.stop - rows.start))
        for small, channel in zip(slope, cv2.split(image[rows]), strict=True):
            cv2.accumulateProduct(cv2.resize(small, (width, total.shape[0])), channel.astype(np.float32), total)
        np.clip(total, minimum, 1.0, out=filtered[rows])

    deque(strip_map(apply_rows, strips(height, width)), maxlen=0)
    return filtered
