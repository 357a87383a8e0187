"""Compositing at 8 bits: the background upsampled, and the subject over it; encoding of linear light."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.native.requirements import require, require_array
from portrait.native.shared_library import Argument, call, has_library

Soft = tuple[NDArray[np.intp], NDArray[np.float32]]
"""Flat indices of the N soft pixels of an image, ascending, and their colours in one layer, float32 (N, 3)."""

Tables = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""Linear light of the 256 levels, float32, and levels of 65,536 steps of linear light, uint8."""

Level = TypeVar("Level", np.uint8, np.float32)

UPSAMPLING_FACTORS = (1, 2, 4, 8)


def can_upsample(small: NDArray[Any], factor: int) -> bool:
    """Whether `upsample_rows` takes these: float32 of three channels, or uint8, by one of `UPSAMPLING_FACTORS`."""
    if small.ndim != 3 or small.shape[2] != 3 or not has_library():
        return False
    return small.dtype == np.float32 or (small.dtype == np.uint8 and factor in UPSAMPLING_FACTORS)


def upsample_rows(small: NDArray[Level], factor: int, start: int, out: NDArray[Level]) -> None:
    """Upsample some rows bilinearly, from row ``start`` on: see `portrait.core.resize.upsample_rows`.

    uint8 or float32 (h + 2, w + 2, 3) with a frame of one pixel → ``out``, (rows, width, 3) of the same type.

    Raises
    ------
    TypeError, ValueError
        Another array, or rows and columns that it does not reach.
    """
    is_light = small.dtype == np.float32
    require_array(small, "small", np.float32 if is_light else np.uint8, (None, None, 3))
    require(factor >= 1 and (is_light or factor in UPSAMPLING_FACTORS), f"no such factor: {factor}")
    reached = [(side - 2) * factor for side in small.shape[:2]]
    rows, width, _ = require_array(out, "out", small.dtype, (None, None, 3))
    require(0 <= start <= start + rows <= reached[0] and width <= reached[1], "small does not reach that far")
    name = "upsample_light" if is_light else "upsample_rows"
    call(name, np.ascontiguousarray(small), small.shape[1], factor, start, start + rows, width, out)


def composite(
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    soft: Soft,
    tables: Tables,
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
    layers = _require_layers(image, alpha, soft)
    require_array(shown, "shown", np.uint8, image.shape)
    call("composite", *layers, *_require_tables(tables), shown)


def composite_upsampled(
    small: NDArray[np.uint8],
    factor: int,
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    soft: Soft,
    tables: Tables,
) -> NDArray[np.uint8]:
    """`composite` over a background that is upsampled as `upsample_rows` does, in one pass.

    uint8 (⌈H / factor⌉ + 2, ⌈W / factor⌉ + 2, 3) with a frame of one pixel → uint8 (H, W, 3); the rest as there.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as there.
    FloatingPointError
        A colour is NaN or infinite.
    """
    _require_layers(image, alpha, soft)
    height, width = alpha.shape
    require(factor in UPSAMPLING_FACTORS, f"no such factor: {factor}")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(small, "small", np.uint8, (*size, 3))
    shown, (index, foreground) = np.empty_like(image), soft
    layers = image, alpha, height, width, index, foreground, index.size
    call("composite_upsampled", small, size[1], factor, *layers, *_require_tables(tables), shown)
    return shown


def composite_light(
    image: NDArray[np.uint8],
    alpha: NDArray[np.float32],
    soft: Soft,
    background: NDArray[np.float32],
    clear_alpha: float,
    tables: Tables,
    out: NDArray[np.uint8],
) -> None:
    """Composite the subject over a background in linear light, and encode it.

    Parameters
    ----------
    image, alpha, soft, tables
        As for `composite`.
    background
        float32 (H, W, 3), linear light.
    clear_alpha
        So little opacity is none.
    out
        uint8 (H, W, 3): the result.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    FloatingPointError
        Light that is shown is NaN or infinite.
    """
    layers = _require_layers(image, alpha, soft)
    require_array(background, "background", np.float32, image.shape)
    require_array(out, "out", np.uint8, image.shape)
    call("composite_light", *layers, background, clear_alpha, *_require_tables(tables), out)


def encode(light: NDArray[np.float32], srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode linear light of any shape by a table of 65,536 steps, values outside 0 … 1 clipped.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    FloatingPointError
        Light that is NaN or infinite.
    """
    require_array(light, "light", np.float32, (None,) * light.ndim)
    require_array(srgb, "srgb", np.uint8, (65536,))
    levels = np.empty(light.shape, np.uint8)
    call("encode_levels", light, light.size, srgb, levels)
    return levels


def _require_layers(image: NDArray[np.uint8], alpha: NDArray[np.float32], soft: Soft) -> tuple[Argument, ...]:
    """The layers of an image as arguments of a pass."""
    index, foreground = soft
    shape = require_array(alpha, "alpha", np.float32, (None, None))
    require_array(image, "image", np.uint8, (*shape, 3))
    require_array(index, "index", np.intp, (None,))
    require_array(foreground, "foreground", np.float32, (index.size, 3))
    return image, alpha, alpha.size, index, foreground, index.size


def _require_tables(tables: Tables) -> Tables:
    linear, srgb = tables
    require_array(linear, "linear", np.float32, (256,))
    require_array(srgb, "srgb", np.uint8, (65536,))
    return tables
