"""Brush strokes as data, independent of resolution, and their rasterisation by a distance transform."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.boxes import Box
from portrait.core.plane_algebra import Plane

StrokeKind = Literal["add", "remove"]
PartKind = Literal["fill", "drop"]

Shape = tuple[float, float]
"""(H, W) of an image, with fractions where that is one resized by a whole factor."""

Point = tuple[float, float]
"""x as a share of the image's width, y of its height; a little outside 0 … 1 where the brush left the image."""

_FARTHEST = 2.0
_SOFTEST_CORE = 0.3
"""Radius of the certain core of the softest brush, as a share of the brush's."""

_RIM = 0.15
"""Part of the radius over which the influence of a brush fades at its rim."""

_PRESSURE_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Stroke:
    """A brush stroke over a matte.

    Attributes
    ----------
    kind
        ``add``: belongs to the subject; ``remove``: to the background.
    points
        Where the brush went, at least one point.
    radius_fraction
        Of the brush, as a share of the image's diagonal.
    hardness
        0 … 1: what lies within the core is certain, around it the colours decide. With 1 the core is the whole brush.
    pressures
        Of a pen at each point, 0 … 1, by which the radius is multiplied; empty: 1 everywhere.

    Raises
    ------
    ValueError
        Values that are not as above.
    """

    kind: StrokeKind
    points: tuple[Point, ...]
    radius_fraction: float
    hardness: float = 0.2
    pressures: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(StrokeKind):
            raise ValueError(f"kind must be one of {get_args(StrokeKind)}, got {self.kind!r}")
        if not self.points or not all(abs(share) <= _FARTHEST for point in self.points for share in point):
            raise ValueError("a stroke needs points, as shares of the image's sides")
        if not 0.0 < self.radius_fraction <= 1.0:
            raise ValueError(f"radius_fraction must lie in 0 … 1, got {self.radius_fraction!r}")
        if not 0.0 <= self.hardness <= 1.0:
            raise ValueError(f"hardness must lie in 0 … 1, got {self.hardness!r}")
        if self.pressures and (len(self.pressures) != len(self.points) or not all(0 <= p <= 1 for p in self.pressures)):
            raise ValueError("pressures must lie in 0 … 1, one for each point")

    @property
    def core(self) -> float:
        """Radius of the certain core as a share of the brush's."""
        return _SOFTEST_CORE + (1.0 - _SOFTEST_CORE) * self.hardness

    def radius_px(self, shape: Shape) -> float:
        """Radius in an image of (H, W)."""
        return self.radius_fraction * math.hypot(*shape)

    def box(self, shape: Shape, margin_px: int = 1) -> Box:
        """Pixels of an (H, W) image within reach of the brush, with a margin; not clipped to the image."""
        return _box_around(np.asarray(self.points) * (shape[1], shape[0]), self.radius_px(shape) + margin_px)

    def box_for(self, shape: Shape, part: Box) -> Box:
        """The pixels that decide what the brush covers in a part of an (H, W) image: with all segments near it whole.

        Rasterised in this box, the stroke covers the part to the bit as it does when it is rasterised in `box`.
        """
        points = np.asarray(self.points) * (shape[1], shape[0])
        reach_px = self.radius_px(shape) + 2.0
        starts, ends = points[: max(1, len(points) - 1)], points[-max(1, len(points) - 1) :]
        low, high = np.minimum(starts, ends) - reach_px, np.maximum(starts, ends) + reach_px
        is_near = (low < (part.right, part.bottom)).all(axis=1) & (high > (part.left, part.top)).all(axis=1)
        kept = np.concatenate([starts[is_near], ends[is_near], [(part.left, part.top), (part.right, part.bottom)]])
        return _box_around(kept, reach_px).intersection(self.box(shape))


@dataclass(frozen=True, slots=True)
class PartEdit:
    """A connected part of the matte that is filled, if it is a hole, or dropped, at a point in it."""

    kind: PartKind
    point: Point

    def __post_init__(self) -> None:
        if self.kind not in get_args(PartKind):
            raise ValueError(f"kind must be one of {get_args(PartKind)}, got {self.kind!r}")


Edit = Stroke | PartEdit


@dataclass(frozen=True, slots=True, eq=False)
class Footprint:
    """What a stroke covers on a grid of pixels.

    Attributes
    ----------
    core
        float32 (h, w): coverage by the certain core, 1 inside, anti-aliased.
    share
        float32 (h, w): how far the stroke may change a pixel: 1 within the brush, fading to 0 at its rim.
    depth
        float32 (h, w): 1 at the core's edge and inside it … 0 at the rim of the brush and outside.
    """

    core: Plane
    share: Plane
    depth: Plane


def rasterize(stroke: Stroke, shape: Shape, box: Box, factor: int = 1) -> Footprint:
    """Rasterise a stroke by Euclidean distance transforms, one for each level of pressure.

    Parameters
    ----------
    shape
        (H, W) of the image.
    box
        As `Stroke.box` or `Stroke.box_for` gives it for this shape, or larger.
    factor
        Pixels of the grid are ``factor`` times as wide as the image's; box sides are multiples of it.

    Returns
    -------
    Planes of (box.height / factor, box.width / factor).
    """
    size = box.height // factor, box.width // factor
    core = share = depth = np.zeros(size, np.float32)
    for radius_px, distance_px in _distances(stroke, shape, box, factor, size):
        core_px = stroke.core * radius_px
        band_px = max(radius_px - core_px, 1e-3)
        rim_px = max(1.0, _RIM * radius_px)
        core = np.maximum(core, np.clip(core_px - distance_px + 0.5, 0.0, 1.0))
        share = np.maximum(share, np.clip((radius_px - distance_px) / rim_px, 0.0, 1.0))
        depth = np.maximum(depth, np.clip((radius_px - distance_px) / band_px, 0.0, 1.0))
    return Footprint(core, share, depth)


def _distances(stroke: Stroke, shape: Shape, box: Box, factor: int, size: tuple[int, int]) -> list[tuple[float, Plane]]:
    """For each level of pressure the brush's radius and every pixel's distance from its part of the stroke."""
    points = np.asarray(stroke.points) * (shape[1], shape[0]) - (box.left, box.top)
    pixels = np.floor(points / factor).astype(np.int32)
    found = []
    for pressure, first, last in _levels(stroke):
        away = np.full(size, 255, np.uint8)
        for start, stop in zip(first, last, strict=True):
            cv2.polylines(away, [pixels[[*range(start, stop), stop - 1]]], False, (0,))
        if away.all():  # none of it is in the box
            continue
        distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
        found.append((stroke.radius_px(shape) * pressure / factor, np.asarray(distance, np.float32)))
    return found


def _box_around(points: NDArray[np.float64], margin_px: float) -> Box:
    """The box of points (x, y) with a margin, in whole pixels."""
    (left, top), (right, bottom) = points.min(axis=0) - margin_px, points.max(axis=0) + margin_px
    return Box(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right))


def _levels(stroke: Stroke) -> list[tuple[float, list[int], list[int]]]:
    """Runs of points by level of pressure: (pressure, starts, stops); neighbouring runs share a point."""
    if not stroke.pressures:
        return [(1.0, [0], [len(stroke.points)])]
    level = np.maximum(np.ceil(np.asarray(stroke.pressures) * _PRESSURE_LEVELS), 1.0)
    starts = np.flatnonzero(np.diff(level, prepend=-1.0))
    stops = np.minimum(np.append(starts[1:], len(level)) + 1, len(level))
    return [
        (float(value) / _PRESSURE_LEVELS, starts[is_it].tolist(), stops[is_it].tolist())
        for value in np.unique(level)
        for is_it in [level[starts] == value]
    ]
