"""Regions of interest around people for a second pass of the network, and compositing of its result."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.boxes import Box
from portrait.core.resize import resize


@dataclass(frozen=True, slots=True)
class RegionOptions:
    """How regions for a second pass of the network are chosen.

    Attributes
    ----------
    threshold
        Probability from which a pixel may be a person; low, because what is left out here gets no second pass.
    speck_fraction
        Regions that cover less of the image are left out.
    margin_fraction, least_margin_fraction
        Margin on each side: a share of the region's longer side, but at least this share of the image's longer side.
    largest_fraction
        Boxes that cover more of the image are left out: there is little detail to gain.
    most
        Number of regions that are kept, the largest ones.
    """

    threshold: float = 0.2
    speck_fraction: float = 0.0005
    margin_fraction: float = 0.25
    least_margin_fraction: float = 0.03
    largest_fraction: float = 0.75
    most: int = 2


def find_regions(probability: NDArray[np.float32], options: RegionOptions) -> tuple[Box, ...]:
    """Bounding boxes of the connected regions with people, with a margin; boxes that touch are merged.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1, of the whole image in its aspect ratio.

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


def fit_area(shape: tuple[float, float], area_px: int, multiple: int) -> tuple[int, int]:
    """(height, width) with about this area and the aspect ratio of (H, W), both multiples of ``multiple``."""
    scale = (area_px / (shape[0] * shape[1])) ** 0.5
    height, width = (max(1, round(side * scale / multiple)) * multiple for side in shape)
    return height, width


def paste(
    whole: NDArray[np.float32], part: NDArray[np.float32], box: Box, *, weight: float, feather_fraction: float
) -> None:
    """Composite the result for a box into the whole, feathered towards the box's edges so that no seam shows.

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
    """Bounding boxes of connected regions of at least ``least_px``, by contours, which are faster than labelling."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rectangles = (cv2.boundingRect(contour) for contour in contours if cv2.contourArea(contour) >= least_px)
    return tuple(Box(top, left, top + height, left + width) for left, top, width, height in rectangles)


def _merge_touching(boxes: Sequence[Box], shape: tuple[int, int]) -> tuple[Box, ...]:
    """Merge boxes that touch into their bounding boxes, repeated until none touch."""
    painted = np.zeros(shape, np.bool_)
    for box in boxes:
        box.crop(painted)[:] = True
    merged = _outlines(painted)
    return merged if len(merged) == len(boxes) else _merge_touching(merged, shape)
