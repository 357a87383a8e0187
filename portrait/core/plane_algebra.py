"""Vectors and symmetric 3 × 3 matrices over the colour channels, one in every pixel, as lists of planes."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""float32 (h, w)."""

COLOR_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""The six distinct entries rr, gg, bb, rg, rb, gb of a symmetric matrix over the colours."""


def split_colors(guide: NDArray[np.float32]) -> tuple[Plane, ...]:
    """The three planes of a float32 (h, w, 3)."""
    return tuple(np.asarray(plane, dtype=np.float32) for plane in cv2.split(guide))


def solve_symmetric(matrix: Sequence[Plane], right: Sequence[Plane], epsilon: float = 0.0) -> list[Plane]:
    """Solve (matrix + epsilon) x = right, 3×3, in every pixel; epsilon keeps it solvable.

    By LDLᵀ: the adjugate loses all digits where the channels nearly agree, as in every grey image.

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
