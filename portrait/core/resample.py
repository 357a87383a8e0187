"""Between the picture's resolution and a smaller one: the network's input, and strips of an enlarged picture."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage

Level = TypeVar("Level", np.uint8, np.float32)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

STRIP_PIXELS = 256 * 1024
"""Full-resolution float work is done in strips of about this many pixels: they stay in a core's cache, which makes it
twice as fast as whole pictures, and memory does not grow with the picture.
"""


class StripMap(Protocol):
    """How work on strips is run: as by the built-in ``map``, one after the other, or as by the ``map`` of an executor,
    several at once. A strip's work never waits for that of another.
    """

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item], /) -> Iterable[Answer]: ...


def stay_in_calling_thread() -> None:
    """Keep OpenCV, in this process, from spreading single calls over several threads.

    On strips that fit a core's cache the hand-over costs as much as it gains, and takes the cores from the network, the
    next frame and the next photo.
    """
    cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture lies inside a network's input: resized to (``height``, ``width``) at (``top``, ``left``).

    Without padding this is a plain squash.
    """

    input_height: int
    input_width: int
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def squash(cls, input_height: int, input_width: int) -> "Letterbox":
        """Fill the input, whatever the picture's aspect ratio."""
        return cls(input_height, input_width, 0, 0, input_height, input_width)

    @classmethod
    def fit(cls, image_shape: tuple[int, int], input_height: int, input_width: int) -> "Letterbox":
        """Keep the aspect ratio of a picture of this (H, W), centred."""
        scale = min(input_height / image_shape[0], input_width / image_shape[1])
        height = min(input_height, max(1, round(image_shape[0] * scale)))
        width = min(input_width, max(1, round(image_shape[1] * scale)))
        top, left = (input_height - height) // 2, (input_width - width) // 2
        return cls(input_height, input_width, top, left, height, width)

    def apply(self, image: RgbImage, pad_rgb: tuple[float, float, float]) -> RgbImage:
        """uint8 (H, W, 3) → uint8 (input_height, input_width, 3)."""
        resized = resize(image, self.height, self.width)
        if (self.height, self.width) == (self.input_height, self.input_width):
            return resized
        bottom, right = self.input_height - self.top - self.height, self.input_width - self.left - self.width
        border = cv2.copyMakeBorder(
            resized, self.top, bottom, self.left, right, cv2.BORDER_CONSTANT, value=(*pad_rgb, 0.0)
        )
        return np.asarray(border, dtype=np.uint8)

    def crop(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """The part (…, h, w) of a network's output that the picture covers; the output may have another size."""
        scale_y, scale_x = output.shape[-2] / self.input_height, output.shape[-1] / self.input_width
        top, left = round(self.top * scale_y), round(self.left * scale_x)
        bottom = max(top + 1, round((self.top + self.height) * scale_y))
        right = max(left + 1, round((self.left + self.width) * scale_x))
        return output[..., top:bottom, left:right]


def resize(array: NDArray[Level], height: int, width: int) -> NDArray[Level]:
    """Shrink by area average, enlarge bilinearly; (H, W) or (H, W, C) of uint8 or float32."""
    if array.shape[:2] == (height, width):
        return array
    shrinks = height <= array.shape[0] and width <= array.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(_halved(array, height, width), (width, height), interpolation=interpolation)
    return np.asarray(resized, dtype=array.dtype)


def _halved(array: NDArray[Level], height: int, width: int) -> NDArray[Level]:
    """Halved exactly as often as it can be before this size: OpenCV's average over blocks of 2 × 2 takes a small part
    of the time of that over areas with fractions of pixels.
    """
    while array.shape[0] >= 2 * height and array.shape[1] >= 2 * width and not (array.shape[0] | array.shape[1]) % 2:
        half = array.shape[1] // 2, array.shape[0] // 2
        array = np.asarray(cv2.resize(array, half, interpolation=cv2.INTER_AREA), dtype=array.dtype)
    return array


def fit_long_side(shape: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """(H, W) scaled so that the long side is at most ``long_side_px``; smaller sizes stay as they are."""
    scale = min(1.0, long_side_px / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def shrink_to_long_side(array: NDArray[Level], long_side_px: int) -> NDArray[Level]:
    """Shrink so that the long side is at most ``long_side_px``; smaller pictures stay as they are."""
    return resize(array, *fit_long_side((array.shape[0], array.shape[1]), long_side_px))


def halve_to_long_side(array: NDArray[Level], long_side_px: int) -> NDArray[Level]:
    """Halve until the long side is at most ``long_side_px``: coarser than `shrink_to_long_side`, but faster.

    What is left of a side that does not divide is rounded.
    """
    halves = max(0, math.ceil(math.log2(max(array.shape[:2]) / long_side_px)))
    return resize(array, *(max(1, round(side / 2**halves)) for side in array.shape[:2]))


def strips(height: int, width: int, multiple: int = 1, most: int | None = None) -> Iterator[slice]:
    """Row slices of at most about `STRIP_PIXELS` pixels, and of ``most`` rows; their starts are multiples of
    ``multiple``.
    """
    wanted = min(STRIP_PIXELS // max(1, width), height if most is None else most)
    rows = max(1, wanted // multiple) * multiple
    for start in range(0, height, rows):
        yield slice(start, min(height, start + rows))


def framed_at(small: NDArray[np.float32], shrink: int, height: int, width: int) -> NDArray[np.float32]:
    """A small picture enlarged, bilinearly, to the ``shrink``-th part of a large one's size, for `enlarge_framed`.

    float32 (h, w) or (h, w, C) → (⌈height / shrink⌉ + 2, ⌈width / shrink⌉ + 2, …): with a frame of one pixel.
    """
    if small.shape[0] * shrink == height and small.shape[1] * shrink == width:
        return np.asarray(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE), dtype=np.float32)
    down, across = shrink * small.shape[0] / height, shrink * small.shape[1] / width
    place = np.array([[across, 0.0, -0.5 * across - 0.5], [0.0, down, -0.5 * down - 0.5]])
    size, flags = (-(-width // shrink) + 2, -(-height // shrink) + 2), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    framed = cv2.warpAffine(small, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(framed, dtype=np.float32)


def enlarge_framed(
    small: NDArray[np.float32] | NDArray[np.uint8],
    factor: int,
    rows: slice,
    width: int,
    convert: Callable[[NDArray[Any]], NDArray[Level]] = np.asarray,
) -> NDArray[Level]:
    """Rows of a picture enlarged by a whole factor, bilinearly, without making the rest of it.

    (h + 2, w + 2, …) of uint8 or float32 → (rows, width, …). ``small`` has a frame of one pixel, which tells what lies
    beyond and is not part of the result. What is needed of it is converted first.
    """
    first, last = rows.start // factor, (rows.stop - 1) // factor
    needed = convert(small[first : last + 3])
    enlarged = resize(needed, needed.shape[0] * factor, needed.shape[1] * factor)
    top = rows.start - (first - 1) * factor
    return enlarged[top : top + rows.stop - rows.start, factor : factor + width]
