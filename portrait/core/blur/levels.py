"""Blurred images stored downsampled, as far as their blur allows, and upsampled row by row on request."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.resize import upsample_rows

DOWNSAMPLE_FROM_PX = {2: 6.5, 3: 11.5, 4: 15.5}
"""From which blur radius on the background is rendered at 1/2, 1/3, 1/4 of the image's size."""

_EARLIER = 0.6  # a slice is downsampled sooner than a whole background: what it shows is mixed with its neighbours


@dataclass(frozen=True, slots=True, eq=False)
class BlurLevel:
    """A blurred background at one resolution.

    Attributes
    ----------
    small
        float32 (h + 2, w + 2, 3), linear light, with a frame of one pixel.
    factor
        Whole number of image pixels per pixel of ``small``.
    share
        Part that this level has in the whole, 0 … 1.
    """

    small: LinearImage
    factor: int
    share: float

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Rows at full resolution, float32 (rows, width, 3)."""
        return upsample_rows(self.small, self.factor, rows, width)


@dataclass(frozen=True, slots=True, eq=False)
class BlurredBackground:
    """A blurred background, stored at one or two lower resolutions.

    Attributes
    ----------
    levels
        One resolution; two near the radii where the resolution changes, cross-faded so that the image does not jump
        while the radius is moved.
    """

    levels: tuple[BlurLevel, ...]

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Rows of the full-resolution background, float32 (rows, width, 3)."""
        first, *others = self.levels
        light = first.rows(rows, width)
        for level in others:
            coarser = level.rows(rows, width)
            light = np.asarray(cv2.addWeighted(light, 1.0 - level.share, coarser, level.share, 0.0), dtype=np.float32)
        return light


@dataclass(frozen=True, slots=True, eq=False)
class PartialLevel:
    """Blurred planes stored downsampled for some rows of the image; they are 0 in all others.

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
    def of(cls, small: NDArray[np.float32], factor: int, first: int) -> "PartialLevel":
        """From small planes that begin at row ``first`` of the small image."""
        framed = np.asarray(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE), dtype=np.float32)
        return cls(BlurLevel(framed, factor, 1.0), first * factor, (first + small.shape[0]) * factor)

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


def downsampling_for(radius_px: float) -> int:
    """Downsampling factor at which a slice is blurred by a disk of this radius; see `portrait.core.blur.bokeh`."""
    reached = (factor for factor, start_px in DOWNSAMPLE_FROM_PX.items() if radius_px >= _EARLIER * start_px)
    return max(reached, default=1)
