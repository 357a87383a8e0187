"""Boxes: parts of an image, and tiles that cover a mask."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Element = TypeVar("Element", bound=np.generic)

TILE_PX = 128
"""Side of the tiles that cover a mask: smaller tiles hold fewer pixels outside the mask but need more calls."""


@dataclass(frozen=True, slots=True)
class Box:
    """The pixels of rows ``top`` … ``bottom`` − 1 and columns ``left`` … ``right`` − 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def area_px(self) -> int:
        """Pixels."""
        return self.height * self.width

    def crop(self, array: NDArray[Element]) -> NDArray[Element]:
        """The view of a (H, W, …) array that lies in the box."""
        return array[self.top : self.bottom, self.left : self.right]

    def grown(self, margin_px: int, shape: tuple[int, int]) -> "Box":
        """The box with a margin on each side, clipped to an (H, W) array."""
        return Box(
            max(0, self.top - margin_px),
            max(0, self.left - margin_px),
            min(shape[0], self.bottom + margin_px),
            min(shape[1], self.right + margin_px),
        )

    def aligned(self, multiple: int, shape: tuple[int, int]) -> "Box":
        """The box grown to multiples of so many pixels, clipped to an (H, W) array."""
        top, left = self.top - self.top % multiple, self.left - self.left % multiple
        bottom, right = (-(-side // multiple) * multiple for side in (self.bottom, self.right))
        return Box(top, left, min(shape[0], bottom), min(shape[1], right))

    def within(self, other: "Box") -> "Box":
        """The same box in the coordinates of a box that contains it."""
        return Box(self.top - other.top, self.left - other.left, self.bottom - other.top, self.right - other.left)

    def union(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        top, left = min(self.top, other.top), min(self.left, other.left)
        return Box(top, left, max(self.bottom, other.bottom), max(self.right, other.right))

    def intersection(self, other: "Box") -> "Box":
        """What both have in common; where that is nothing, a side is 0 or less."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        return Box(top, left, min(self.bottom, other.bottom), min(self.right, other.right))

    def upsampled(self, factor: int, shape: tuple[int, int]) -> "Box":
        """The box in an image upsampled by a factor, clipped to that image's (H, W)."""
        bottom, right = min(shape[0], self.bottom * factor), min(shape[1], self.right * factor)
        return Box(self.top * factor, self.left * factor, bottom, right)

    def downsampled(self, factor: int) -> "Box":
        """The box in an image downsampled by a factor, of which its sides are multiples."""
        return Box(self.top // factor, self.left // factor, self.bottom // factor, self.right // factor)

    def scaled(self, shape: tuple[int, int], other: tuple[int, int]) -> "Box":
        """The box in the same image resized from (H, W) to ``other``, in whole pixels, never empty."""
        top, bottom = _scaled_span(self.top, self.bottom, shape[0], other[0])
        left, right = _scaled_span(self.left, self.right, shape[1], other[1])
        return Box(top, left, bottom, right)


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """The smallest box that holds every pixel of a mask; an empty one at the corner where there is none."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Box(top, left, top + height, left + width)


def cover_by_tiles(mask: NDArray[np.bool_], tile_px: int = TILE_PX) -> tuple[Box, ...]:
    """Cover a mask by boxes: square tiles that hold a pixel of it; neighbouring tiles of one row are joined.

    The boxes do not overlap. Work in the boxes alone costs time in proportion to the mask, not to the image.
    """
    height, width = mask.shape
    found = []
    for top in range(0, height, tile_px):
        bottom = min(height, top + tile_px)
        is_hit = np.logical_or.reduceat(mask[top:bottom].any(axis=0), np.arange(0, width, tile_px))
        ends = np.flatnonzero(np.diff(is_hit, prepend=False, append=False)) * tile_px
        found += [Box(top, int(left), bottom, min(width, int(right))) for left, right in ends.reshape(-1, 2)]
    return tuple(found)


def _scaled_span(start: int, stop: int, length: int, other: int) -> tuple[int, int]:
    first = min(round(start * other / length), other - 1)
    return first, max(first + 1, round(stop * other / length))
