"""Compositing at 8 bits: the background upsampled, and the subject over it; encoding of linear light."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.native.cells import CelledMatte
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


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The subject of an image, to be put over backgrounds.

    Attributes
    ----------
    image, matte
        uint8 (H, W, 3), and its matte.
    index, foreground
        Flat indices of the N soft pixels, ascending, and their own colours, float32 (N, 3), linear light.
    """

    image: NDArray[np.uint8]
    matte: CelledMatte
    index: NDArray[np.intp]
    foreground: NDArray[np.float32]

    def require_valid(self) -> tuple[int, int]:
        """Give (H, W), or raise TypeError or ValueError where the arrays are not as above."""
        height, width = self.matte.require_valid()
        require_array(self.image, "image", np.uint8, (height, width, 3))
        count = require_array(self.index, "index", np.intp, (None,))[0]
        require_array(self.foreground, "foreground", np.float32, (count, 3))
        require(count == 0 or (self.index[0] >= 0 and self.index[-1] < height * width), "an index is out of bounds")
        return height, width


def composite(subject: Subject, rows: slice, srgb: NDArray[np.uint8], shown: NDArray[np.uint8]) -> None:
    """Composite some rows of the subject over an image, in place.

    Pixels with alpha above 1/2 are copied, but for soft ones, which are mixed in linear light.

    Parameters
    ----------
    subject
        What is put over it.
    rows
        Of the image.
    srgb
        Levels of 65,536 steps of linear light, uint8.
    shown
        uint8 (H, W, 3): the background.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above, or rows beyond them.
    FloatingPointError
        A colour is NaN or infinite.
    """
    height, width = subject.require_valid()
    require_array(shown, "shown", np.uint8, (height, width, 3))
    require_array(srgb, "srgb", np.uint8, (65536,))
    require(0 <= rows.start <= rows.stop <= height, f"the rows must lie in the image, got {rows}")
    layers = subject.image, subject.matte.alpha, subject.matte.cells, width
    own = subject.index, subject.foreground, subject.index.size
    call("composite", *layers, *own, rows.start, rows.stop, srgb, shown)


def composite_upsampled(
    small: NDArray[np.uint8], factor: int, subject: Subject, srgb: NDArray[np.uint8]
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
    height, width = subject.require_valid()
    require(factor in UPSAMPLING_FACTORS, f"no such factor: {factor}")
    size = (-(-height // factor) + 2, -(-width // factor) + 2)
    require_array(small, "small", np.uint8, (*size, 3))
    require_array(srgb, "srgb", np.uint8, (65536,))
    shown = np.empty_like(subject.image)
    own = subject.index, subject.foreground, subject.index.size
    layers = subject.image, subject.matte.alpha, subject.matte.cells, height, width
    call("composite_upsampled", small, size[1], factor, *layers, *own, srgb, shown)
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
