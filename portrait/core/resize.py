"""Resizing: downsampling by area averages, bilinear upsampling, and single rows of an upsampled image."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.native import compositing

Level = TypeVar("Level", np.uint8, np.float32)


def resize(array: NDArray[Level], height: int, width: int) -> NDArray[Level]:
    """Downsample by area averages, upsample bilinearly; (H, W) or (H, W, C) of uint8 or float32."""
    if array.shape[:2] == (height, width):
        return array
    is_downsampling = height <= array.shape[0] and width <= array.shape[1]
    interpolation = cv2.INTER_AREA if is_downsampling else cv2.INTER_LINEAR
    resized = cv2.resize(halve_towards(array, height, width), (width, height), interpolation=interpolation)
    return np.asarray(resized, dtype=array.dtype)


def halve_towards(array: NDArray[Level], height: int, width: int) -> NDArray[Level]:
    """Downsample by 2 while both sides are even and at least twice this size.

    OpenCV averages blocks of 2 × 2 pixels far faster than areas with fractions of pixels.
    """
    for _ in range(halvings((array.shape[0], array.shape[1]), height, width)):
        array = _halve(array)
    return array


def _halve(array: NDArray[Level]) -> NDArray[Level]:
    """Means over blocks of 2 × 2 pixels; the sides have to be even."""
    half = array.shape[1] // 2, array.shape[0] // 2
    return np.asarray(cv2.resize(array, half, interpolation=cv2.INTER_AREA), dtype=array.dtype)


class ImagePyramid:
    """An image and its halvings, each made when it is first needed and kept: several small sizes cost little more than
    one.

    Parameters
    ----------
    image
        (H, W) or (H, W, C) of uint8 or float32; not to be written any more.
    """

    def __init__(self, image: NDArray[Any]) -> None:
        self._levels: list[NDArray[Any]] = [image]

    @property
    def image(self) -> NDArray[Any]:
        """The image itself."""
        return self._levels[0]

    def resize(self, height: int, width: int) -> NDArray[Any]:
        """What `resize` gives of the image, bit for bit."""
        return resize(self.level(self.depth(height, width)), height, width)

    def resize_to_long_side(self, long_side_px: int) -> NDArray[Any]:
        """What `downsample_to_long_side` gives."""
        return self.resize(*fit_long_side((self.image.shape[0], self.image.shape[1]), long_side_px))

    def level(self, depth: int) -> NDArray[Any]:
        """The image halved so many times; its sides have to divide."""
        while len(self._levels) <= depth:
            self._levels.append(_halve(self._levels[-1]))
        return self._levels[depth]

    def depth(self, height: int, width: int) -> int:
        """How often the image can be halved before a part of this size, in its pixels, gets smaller than asked for."""
        return halvings((self.image.shape[0], self.image.shape[1]), height, width)


def halvings(shape: tuple[int, int], height: int, width: int) -> int:
    """How often (H, W) can be halved, without a rest, while no side gets smaller than ``height`` and ``width``."""
    depth, (down, across) = 0, shape
    while down >= 2 * height and across >= 2 * width and not (down | across) % 2:
        down, across, depth = down // 2, across // 2, depth + 1
    return depth


def fit_long_side(shape: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """(H, W) scaled so that the long side is at most ``long_side_px``; smaller sizes stay as they are."""
    scale = min(1.0, long_side_px / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def downsample_to_long_side(array: NDArray[Level], long_side_px: int) -> NDArray[Level]:
    """Downsample so that the long side is at most ``long_side_px``; smaller images stay as they are."""
    return resize(array, *fit_long_side((array.shape[0], array.shape[1]), long_side_px))


def halved_shape(shape: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """(H, W) halved until the long side is at most ``long_side_px``; a side that does not divide is rounded.

    Resizing to it is coarser than `downsample_to_long_side`, but faster.
    """
    halves = max(0, math.ceil(math.log2(max(shape) / long_side_px)))
    return max(1, round(shape[0] / 2**halves)), max(1, round(shape[1] / 2**halves))


def downsample_blocks(plane: NDArray[np.float32], down: int, across: int) -> NDArray[np.float32]:
    """Downsample by means over blocks of ``down`` × ``across`` pixels; the last ones may be smaller.

    float32 (H, W) or (H, W, C) → (⌈H / down⌉, ⌈W / across⌉, …).
    """
    if (down, across) == (1, 1):
        return plane
    if down == across == 2:
        return _means_of_fours(plane)
    if down == across and down % 2 == 0 and not (plane.shape[0] % down or plane.shape[1] % across):
        return downsample_blocks(_means_of_fours(plane), down // 2, across // 2)
    small = np.empty((-(-plane.shape[0] // down), -(-plane.shape[1] // across), *plane.shape[2:]), np.float32)
    for from_rows, to_rows in _blocks(plane.shape[0], down):
        for from_columns, to_columns in _blocks(plane.shape[1], across):
            part = small[to_rows, to_columns]
            cv2.resize(plane[from_rows, from_columns], part.shape[1::-1], dst=part, interpolation=cv2.INTER_AREA)
    return small


def _means_of_fours(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over blocks of 2 × 2; the last row or column of an odd side counts twice."""
    rest = plane.shape[0] % 2, plane.shape[1] % 2
    even = cv2.copyMakeBorder(plane, 0, rest[0], 0, rest[1], cv2.BORDER_REPLICATE) if any(rest) else plane
    height, width = even.shape[:2]
    # OpenCV halves colours fastest by interpolation in the middle of four pixels, which is their mean.
    interpolation = cv2.INTER_LINEAR if plane.ndim == 3 else cv2.INTER_AREA
    small = cv2.resize(even, (width // 2, height // 2), interpolation=interpolation)
    return np.asarray(small, np.float32).reshape(height // 2, width // 2, *plane.shape[2:])


def _blocks(length: int, factor: int) -> list[tuple[slice, slice]]:
    """Whole blocks and the rest, as slices of the large side and of the small one."""
    whole = length // factor
    parts = [(slice(0, whole * factor), slice(0, whole)), (slice(whole * factor, length), slice(whole, whole + 1))]
    return [(large, small) for large, small in parts if large.stop > large.start]


def fit_framed(small: NDArray[np.float32], factor: int, height: int, width: int) -> NDArray[np.float32]:
    """Resample bilinearly onto the padded grid that `upsample_rows` takes: 1 / ``factor`` of a large size.

    float32 (h, w) or (h, w, C) → (⌈height / factor⌉ + 2, ⌈width / factor⌉ + 2, …): with a frame of one pixel.
    """
    if small.shape[0] * factor == height and small.shape[1] * factor == width:
        return np.asarray(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE), dtype=np.float32)
    down, across = factor * small.shape[0] / height, factor * small.shape[1] / width
    place = np.array([[across, 0.0, -0.5 * across - 0.5], [0.0, down, -0.5 * down - 0.5]])
    size, flags = (-(-width // factor) + 2, -(-height // factor) + 2), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    framed = cv2.warpAffine(small, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(framed, dtype=np.float32)


def upsample_rows(
    small: NDArray[np.float32] | NDArray[np.uint8],
    factor: int,
    rows: slice,
    width: int,
    convert: Callable[[NDArray[Any]], NDArray[Level]] = np.asarray,
) -> NDArray[Level]:
    """Upsample bilinearly by a whole factor, some rows only.

    (h + 2, w + 2, …) of uint8 or float32 → (rows, width, …). ``small`` has a frame of one pixel, which tells what lies
    beyond and is not part of the result. What is needed of it is converted first.
    """
    first, last = rows.start // factor, (rows.stop - 1) // factor
    needed = convert(small[first : last + 3])
    if compositing.can_upsample(needed, factor):
        out = np.empty((rows.stop - rows.start, width, 3), needed.dtype)
        compositing.upsample_rows(needed, factor, rows.start - first * factor, out)
        return out
    upsampled = resize(needed, needed.shape[0] * factor, needed.shape[1] * factor)
    top = rows.start - (first - 1) * factor
    return upsampled[top : top + rows.stop - rows.start, factor : factor + width]


def upsample_rows_into(
    out: NDArray[np.uint8],
    small: NDArray[np.float32] | NDArray[np.uint8],
    factor: int,
    rows: slice,
    convert: Callable[[NDArray[Any]], NDArray[np.uint8]] = np.asarray,
) -> None:
    """Write what `upsample_rows` gives, 8 bits and three channels, into (rows, width, 3)."""
    first, last = rows.start // factor, (rows.stop - 1) // factor
    needed, start = convert(small[first : last + 3]), rows.start - first * factor
    if compositing.can_upsample(needed, factor):
        compositing.upsample_rows(needed, factor, start, out)
    else:
        np.copyto(out, upsample_rows(needed, factor, slice(start, start + out.shape[0]), out.shape[1]))
