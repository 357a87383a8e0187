"""Compositing of 8-bit frames: the background upsampled, and the subject over it."""

from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from portrait.native.library import call, has_library
from portrait.native.requirements import require, require_array

UPSAMPLING_FACTORS = (1, 2, 4, 8)


def can_upsample(small: NDArray[Any], factor: int) -> TypeGuard[NDArray[np.uint8]]:
    """Whether `upsample_rows` takes these: uint8 of three channels, by a factor of `UPSAMPLING_FACTORS`."""
    is_image = small.dtype == np.uint8 and small.ndim == 3 and small.shape[2] == 3
    return is_image and factor in UPSAMPLING_FACTORS and has_library()


def upsample_rows(small: NDArray[np.uint8], factor: int, start: int, out: NDArray[np.uint8]) -> None:
    """Upsample some rows bilinearly, from row ``start`` on: see `portrait.core.resize.upsample_rows`.

    uint8 (h + 2, w + 2, 3) with a frame of one pixel → ``out``, uint8 (rows, width, 3).

    Raises
    ------
    TypeError, ValueError
        Another array, or rows and columns that it does not reach.
    """
    require_array(small, "small", np.uint8, (None, None, 3))
    require(factor in UPSAMPLING_FACTORS, f"factor must be one of {UPSAMPLING_FACTORS}, got {factor}")
    reached = [(side - 2) * factor for side in small.shape[:2]]
    rows, width, _ = require_array(out, "out", np.uint8, (None, None, 3))
    require(0 <= start <= start + rows <= reached[0] and width <= reached[1], "small does not reach that far")
    call("upsample_rows", np.ascontiguousarray(small), small.shape[1], factor, start, start + rows, width, out)


def composite(
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    soft: tuple[NDArray[np.intp], NDArray[np.float32]],
    tables: tuple[NDArray[np.float32], NDArray[np.uint8]],
    shown: NDArray[np.uint8],
) -> None:
    """Composite the subject over an image, in place.

    Pixels with alpha above 1/2 are copied, but for soft ones, which are mixed in linear light.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    soft
        Flat indices of the N soft pixels, ascending, and their foreground colours, float32 (N, 3), linear light.
    tables
        Linear light of the 256 levels, float32, and levels of 65,536 steps of linear light, uint8.
    shown
        uint8 (H, W, 3): the background.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    FloatingPointError
        A colour is NaN or infinite.
    """
    index, foreground = soft
    shape = require_array(alpha, "alpha", np.float32, (None, None))
    for name, array in (("image", image), ("shown", shown)):
        require_array(array, name, np.uint8, (*shape, 3))
    require_array(index, "index", np.intp, (None,))
    require_array(foreground, "foreground", np.float32, (index.size, 3))
    linear, srgb = tables
    require_array(linear, "linear", np.float32, (256,))
    require_array(srgb, "srgb", np.uint8, (65536,))
    call("composite", image, alpha, alpha.size, index, foreground, index.size, linear, srgb, shown)
