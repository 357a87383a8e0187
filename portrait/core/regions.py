"""Where in a picture the people are: boxes around them for a closer look, and what was seen there put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.resample import resize

Element = TypeVar("Element", bound=np.generic)

TILE_PX = 128
"""Side of the tiles that a mask is covered by: smaller ones hold fewer pixels beside it, but are more calls."""


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
        """With a margin on each side, as far as an (H, W) array reaches."""
        return Box(
            max(0, self.top - margin_px),
            max(0, self.left - margin_px),
            min(shape[0], self.bottom + margin_px),
            min(shape[1], self.right + margin_px),
        )

    def within(self, other: "Box") -> "Box":
        """The same box, counted from the corner of one around it."""
        return Box(self.top - other.top, self.left - other.left, self.bottom - other.top, self.right - other.left)

    def enlarged(self, factor: int, shape: tuple[int, int]) -> "Box":
        """The same part of a picture so many times as large, as far as that, an (H, W) array, reaches."""
        bottom, right = min(shape[0], self.bottom * factor), min(shape[1], self.right * factor)
        return Box(self.top * factor, self.left * factor, bottom, right)

    def scaled(self, shape: tuple[int, int], other: tuple[int, int]) -> "Box":
        """The same part of the same picture at another size: from (H, W) to ``other``, whole pixels, never empty."""
        top, bottom = _scaled_span(self.top, self.bottom, shape[0], other[0])
        left, right = _scaled_span(self.left, self.right, shape[1], other[1])
        return Box(top, left, bottom, right)


@dataclass(frozen=True, slots=True)
class RegionOptions:
    """Which parts of a picture deserve a closer look.

    Attributes
    ----------
    threshold
        Probability from which a pixel may be a person. Low: what is left out here gets no second look.
    speck_fraction
        Regions that cover less of the picture are left out.
    margin_fraction, least_margin_fraction
        What is added on each side: a share of the region's longer side, and at least this of the picture's.
    largest_fraction
        Boxes that cover more of the picture are left out: there is little detail to gain.
    most
        The largest so many are kept.
    """

    threshold: float = 0.2
    speck_fraction: float = 0.0005
    margin_fraction: float = 0.25
    least_margin_fraction: float = 0.03
    largest_fraction: float = 0.75
    most: int = 2


def find_regions(probability: NDArray[np.float32], options: RegionOptions) -> tuple[Box, ...]:
    """Boxes around the people, with room around them; boxes that touch are one.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1, of the whole picture in its aspect ratio.

    Returns
    -------
    Boxes in pixels of ``probability`` that do not overlap, the largest first.
    """
    shape = probability.shape[0], probability.shape[1]
    found = _outlines(probability >= options.threshold, options.speck_fraction * probability.size)
    least_px = options.least_margin_fraction * max(shape)
    grown = (
        box.grown(round(max(least_px, options.margin_fraction * max(box.height, box.width))), shape) for box in found
    )
    boxes = _merge_touching(tuple(grown), shape)
    worthwhile = (box for box in boxes if box.area_px <= options.largest_fraction * probability.size)
    return tuple(sorted(worthwhile, key=lambda box: box.area_px, reverse=True)[: options.most])


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """The smallest box that holds every pixel of a mask; an empty one at the corner where there is none."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Box(top, left, top + height, left + width)


def cover_by_tiles(mask: NDArray[np.bool_], tile_px: int = TILE_PX) -> tuple[Box, ...]:
    """Boxes that hold every pixel of a mask: square tiles in which there is one, neighbours in a row of tiles joined.

    They do not overlap. What is done in them alone costs by the mask's extent, not by the picture's.
    """
    height, width = mask.shape
    found = []
    for top in range(0, height, tile_px):
        bottom = min(height, top + tile_px)
        is_hit = np.logical_or.reduceat(mask[top:bottom].any(axis=0), np.arange(0, width, tile_px))
        ends = np.flatnonzero(np.diff(is_hit, prepend=False, append=False)) * tile_px
        found += [Box(top, int(left), bottom, min(width, int(right))) for left, right in ends.reshape(-1, 2)]
    return tuple(found)


def fit_area(shape: tuple[float, float], area_px: int, multiple: int) -> tuple[int, int]:
    """(height, width) with about this area and the aspect ratio of (H, W), both multiples of ``multiple``."""
    scale = (area_px / (shape[0] * shape[1])) ** 0.5
    height, width = (max(1, round(side * scale / multiple)) * multiple for side in shape)
    return height, width


def paste(
    whole: NDArray[np.float32], part: NDArray[np.float32], box: Box, *, weight: float, feather_fraction: float
) -> None:
    """Mix what was found in a box into the whole, fading out towards the box's edges so that no seam shows.

    Parameters
    ----------
    whole
        float32 (h, w); changed.
    part
        float32 of any size, covering ``box``.
    weight
        Share of ``part`` in the middle of the box, 0 … 1.
    feather_fraction
        Width of the fade as a share of the box's shorter side. There is none where the box ends with the whole.
    """
    fade = weight * _fade(box, (whole.shape[0], whole.shape[1]), feather_fraction)
    below = box.crop(whole)
    below += fade * (resize(part, box.height, box.width) - below)


def _fade(box: Box, shape: tuple[int, int], feather_fraction: float) -> NDArray[np.float32]:
    """1 in the middle of a box, falling to 0 at those of its sides that lie inside the whole."""
    feather_px = max(1.0, feather_fraction * min(box.height, box.width))
    rows = _distance_px(box.height, box.top > 0, box.bottom < shape[0])
    columns = _distance_px(box.width, box.left > 0, box.right < shape[1])
    distance_px = np.minimum(rows[:, None], columns[None, :])
    return np.minimum(distance_px / np.float32(feather_px), np.float32(1.0))


def _distance_px(length: int, has_start: bool, has_end: bool) -> NDArray[np.float32]:
    """Distance of each pixel's centre from the ends of a line, where they count."""
    centre = np.arange(length, dtype=np.float32) + np.float32(0.5)
    from_start = centre if has_start else np.full_like(centre, np.inf)
    from_end = length - centre if has_end else np.full_like(centre, np.inf)
    return np.minimum(from_start, from_end)


def _outlines(mask: NDArray[np.bool_], least_px: float = 0.0) -> tuple[Box, ...]:
    """Bounding boxes of the connected regions whose outlines enclose so much; labelling them takes far longer."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rectangles = (cv2.boundingRect(contour) for contour in contours if cv2.contourArea(contour) >= least_px)
    return tuple(Box(top, left, top + height, left + width) for left, top, width, height in rectangles)


def _merge_touching(boxes: Sequence[Box], shape: tuple[int, int]) -> tuple[Box, ...]:
    """The boxes around boxes that touch; these may touch again."""
    painted = np.zeros(shape, np.bool_)
    for box in boxes:
        box.crop(painted)[:] = True
    merged = _outlines(painted)
    return merged if len(merged) == len(boxes) else _merge_touching(merged, shape)


def _scaled_span(start: int, stop: int, length: int, other: int) -> tuple[int, int]:
    first = min(round(start * other / length), other - 1)
    return first, max(first + 1, round(stop * other / length))
