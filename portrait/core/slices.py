"""Slices of equal defocus: a picture of many depths, cut into layers that a lens blurs one by one."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.aperture import defocus
from portrait.core.arrays import LinearImage
from portrait.core.bokeh import SHRINK_FROM_PX, BlurLevel
from portrait.core.fill import fill_hidden
from portrait.core.highlights import lift, mean_glare
from portrait.core.lens import Aperture

DefocusMap: TypeAlias = NDArray[np.float32]
"""float32 (H, W): radius of each pixel's blur disk in units of the far background's. 0 in focus, 1 far behind the
subject, negative in front of it.
"""

MOST_SLICES = 8
"""Slices behind the subject, and as many in front of it; beside the one in focus."""

_STEP_PX = 2.0
_SPACING = 1.5  # slices stand denser near the focus, where one pixel of radius is seen
_KNOWN_GAIN = 4.0
"""A pixel whose light a slice has to a quarter tells it as well as one that it has alone."""

_EARLIER = 0.6  # a slice is shrunk sooner than a whole background: what it shows is mixed with its neighbours
_LEAST_COVERAGE = 1.0 / 512.0
_CROP_MARGIN_PX = 16


@dataclass(frozen=True, slots=True)
class Ladder:
    """The slices: numbered 1, 2, … ``count`` backwards from the focus, −1, −2, … −``count`` towards the camera.

    A pixel between two slices belongs to both; the shares are linear in the square of the radius, so that the mixture
    of their two disks spreads its light as far as its own disk would.

    Attributes
    ----------
    radius_px
        Of the blur disk of the farthest slice, at the defocus 1.
    count
        Slices on each side.
    """

    radius_px: float
    count: int

    @classmethod
    def up_to(cls, radius_px: float) -> "Ladder":
        """As many slices as a blur of this radius needs."""
        return cls(radius_px, min(MOST_SLICES, max(1, math.ceil(radius_px / _STEP_PX))))

    def defocus_of(self, index: int) -> float:
        """The defocus of a slice."""
        return math.copysign((abs(index) / self.count) ** _SPACING, index)

    def radius_of(self, index: int) -> float:
        """Radius in pixels of its blur disk."""
        return self.radius_px * abs(self.defocus_of(index))

    def share_up_to(self, index: int, defocus_map: DefocusMap) -> NDArray[np.float32]:
        """Share of every pixel's light that a slice and all nearer ones have: 0 … 1, growing with the number."""
        if index >= self.count:
            return np.ones_like(defocus_map)
        if index < -self.count:
            return np.zeros_like(defocus_map)
        if defocus_map.shape[1] > 1 and defocus_map.strides[1] == 0:  # one column, repeated
            column = self.share_up_to(index, defocus_map[:, :1])
            return np.ascontiguousarray(np.broadcast_to(column, defocus_map.shape))
        here, next_ = (_signed_square(self.defocus_of(i)) for i in (index, index + 1))
        share: NDArray[np.float32] = np.abs(defocus_map)
        share *= defocus_map
        share *= np.float32(-1.0 / (next_ - here))
        share += np.float32(next_ / (next_ - here))
        return np.clip(share, 0.0, 1.0, out=share)


@dataclass(frozen=True, slots=True, eq=False)
class DepthPlanes:
    """What slices are made of, at one resolution: everything but the subject.

    Attributes
    ----------
    shrink
        Picture pixels per pixel.
    light
        float32 (h, w, 3), linear light, times weight.
    weight
        float32 (h, w), 0 subject … 1 none.
    defocus_map
        float32 (h, w).
    clipped
        Light of the clipped lights, times weight; where they are to be lifted.
    glare
        float32 (h, w, 2), glare times weight and weight; with ``clipped``.
    """

    shrink: int
    light: LinearImage
    weight: NDArray[np.float32]
    defocus_map: DefocusMap
    clipped: LinearImage | None = None
    glare: NDArray[np.float32] | None = None

    def cropped(self, rows: slice) -> "DepthPlanes":
        """Some of the rows."""
        clipped = None if self.clipped is None else self.clipped[rows]
        glare = None if self.glare is None else self.glare[rows]
        return DepthPlanes(self.shrink, self.light[rows], self.weight[rows], self.defocus_map[rows], clipped, glare)


class SliceRows(NamedTuple):
    """Some rows of a slice: float32 (rows, W, 3), premultiplied by coverage, and float32 (rows, W)."""

    light: LinearImage
    coverage: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PartialLevel:
    """Planes at the resolution that their blur leaves, which reach into some rows of the picture and are 0 elsewhere.

    Attributes
    ----------
    level
        Of any number of channels.
    start, stop
        The rows.
    """

    level: BlurLevel
    start: int
    stop: int

    @classmethod
    def of(cls, small: NDArray[np.float32], shrink: int, first: int) -> "PartialLevel":
        """From small planes that begin at row ``first`` of the small picture."""
        framed = np.asarray(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE), dtype=np.float32)
        return cls(BlurLevel(framed, shrink, 1.0), first * shrink, (first + small.shape[0]) * shrink)

    def reaches(self, rows: slice) -> bool:
        """Whether there is anything in these rows."""
        return bool(max(rows.start, self.start) < min(rows.stop, self.stop))

    def rows(self, rows: slice, width: int) -> NDArray[np.float32]:
        """Rows at full resolution, of which it reaches into one at least: float32 (rows, width) or with channels."""
        first, last = max(rows.start, self.start), min(rows.stop, self.stop)
        found = self.level.rows(slice(first - self.start, last - self.start), width)
        above, below = first - rows.start, rows.stop - last
        if not above and not below:
            return found
        return np.asarray(cv2.copyMakeBorder(found, above, below, 0, 0, cv2.BORDER_CONSTANT), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class BlurredSlice:
    """A slice out of focus: its light, premultiplied by its coverage, and this."""

    light: PartialLevel
    coverage: PartialLevel

    def rows(self, rows: slice, width: int) -> SliceRows | None:
        """Rows at full resolution; None where the slice is not."""
        if not self.light.reaches(rows):
            return None
        return SliceRows(self.light.rows(rows, width), self.coverage.rows(rows, width))


def shrink_for(radius_px: float) -> int:
    """How far a picture is shrunk to be blurred by a disk of this radius; see `portrait.core.bokeh`."""
    reached = (shrink for shrink, start_px in SHRINK_FROM_PX.items() if radius_px >= _EARLIER * start_px)
    return max(reached, default=1)


def blur_slice(
    planes: DepthPlanes, ladder: Ladder, index: int, aperture: Aperture, boost: float
) -> BlurredSlice | None:
    """Blur one slice, cut down to the rows that it reaches into; None where it has nothing.

    What nearer things hide of a slice is continued from what is seen of it, its coverage too: so nothing sharp leaks
    into the blur, and no gap opens beside a nearer thing.
    """
    reach = math.ceil(ladder.radius_of(index) / planes.shrink) + _CROP_MARGIN_PX
    held = np.flatnonzero((_share(planes, ladder, index) * planes.weight).max(axis=1) > _LEAST_COVERAGE)
    if not held.size:
        return None
    rows = slice(max(0, int(held[0]) - reach), min(planes.weight.shape[0], int(held[-1]) + 1 + reach))
    if not aperture.is_even:  # its outline depends on the place in the whole picture
        rows = slice(0, planes.weight.shape[0])
    light, coverage = _blur(planes.cropped(rows), ladder, index, aperture, boost)
    reached = np.flatnonzero(coverage.max(axis=1) > _LEAST_COVERAGE)
    if not reached.size:
        return None
    kept, first = slice(int(reached[0]), int(reached[-1]) + 1), rows.start + int(reached[0])
    return BlurredSlice(*(PartialLevel.of(plane[kept], planes.shrink, first) for plane in (light, coverage)))


def without_field(aperture: Aperture) -> Aperture:
    """The opening as it is in the middle of the picture: small disks do not show more."""
    return replace(aperture, cats_eye=0.0, swirl=0.0)


def openness(nearer_share: NDArray[np.float32]) -> NDArray[np.float32]:
    """How well a slice is known in pixels of which nearer slices have this share: 0 … 1."""
    known: NDArray[np.float32] = np.float32(_KNOWN_GAIN) * (np.float32(1.0) - nearer_share)
    return np.minimum(known, np.float32(1.0), out=known)


def _blur(planes: DepthPlanes, ladder: Ladder, index: int, aperture: Aperture, boost: float) -> SliceRows:
    """All rows of a slice at the resolution of its planes."""
    share, radius_px = _share(planes, ladder, index), ladder.radius_of(index) / planes.shrink
    seen = openness(ladder.share_up_to(index - 1, planes.defocus_map))
    if index > 0:  # the subject hides what is behind it; in front of it, it is known that nothing is
        seen *= planes.weight
    else:
        seen = np.float32(1.0) - planes.weight * (np.float32(1.0) - seen)
    layer = cv2.merge([*cv2.split(_times(planes.light, share)), planes.weight * share])
    filled = fill_hidden(np.asarray(layer, np.float32), seen)
    *colors, coverage = cv2.split(defocus(filled, radius_px, aperture, resampled=planes.shrink > 1))
    light = np.asarray(cv2.merge(colors), np.float32)
    if planes.clipped is not None and planes.glare is not None:
        around = mean_glare(defocus(planes.glare, radius_px, border=cv2.BORDER_REFLECT))
        added = lift(_times(planes.clipped, share), around, boost)
        light += defocus(added, radius_px, aperture, resampled=planes.shrink > 1, border=cv2.BORDER_CONSTANT)
    return SliceRows(light, np.asarray(coverage, np.float32))


def _share(planes: DepthPlanes, ladder: Ladder, index: int) -> NDArray[np.float32]:
    """Share of the light that a slice has, of what nearer ones leave it."""
    open_share = openness(ladder.share_up_to(index - 1, planes.defocus_map))
    return open_share * ladder.share_up_to(index, planes.defocus_map)


def _times(light: LinearImage, share: NDArray[np.float32]) -> LinearImage:
    return np.asarray(cv2.multiply(light, cv2.merge([share] * 3)), dtype=np.float32)


def _signed_square(value: float) -> float:
    return value * abs(value)
