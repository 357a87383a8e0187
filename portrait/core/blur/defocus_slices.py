"""How a range of defocus is cut into slices of equal defocus, which a lens blurs one by one."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DefocusMap

MOST_SLICES = 8
"""Slices behind the subject, and as many in front of it; beside the one in focus."""

SHARP_RADIUS_PX = 0.5
"""A disk this small or smaller covers one pixel: nothing to blur."""

_STEP_PX = 2.0
_SPACING = 1.5  # slices stand denser near the focus, where one pixel of radius is seen

_BLURRED_FROM_PX = 1.0  # from this radius on a slice has nothing of its sharp image

_EVEN_FROM_PX, _PIXEL_MOMENT = 0.75, 0.4
"""From this radius on, the second moment of a disk drawn in whole pixels exceeds that of the disk by a constant."""

_VISIBILITY_GAIN = 4.0
"""A slice counts as fully visible in a pixel from a quarter of the pixel's light on."""


@dataclass(frozen=True, slots=True)
class DefocusSlices:
    """Quantisation of defocus into slices: 0 in focus, 1, 2, … ``count`` behind it, −1, −2, … −``count`` in front.

    A pixel between two slices belongs to both. The shares are linear in the second moment of the disks, so that the
    mixture of two has that of the pixel's own disk.

    Attributes
    ----------
    radius_px
        Of the blur disk of the farthest slice, at the defocus 1.
    steps
        Distance from the focus to the farthest slice, 1 being that between two slices. Counted from the farthest one,
        so that a further slice begins near the focus, where it is as sharp as the image: no jump as the blur grows.
    """

    radius_px: float
    steps: float

    @classmethod
    def up_to(cls, radius_px: float) -> "DefocusSlices":
        """Choose the number of slices for a largest blur of this radius."""
        return cls(radius_px, min(float(MOST_SLICES), 1.0 + radius_px / _STEP_PX))

    @property
    def count(self) -> int:
        """Slices on each side: those that blur anything, and the farthest."""
        sharp = self.steps * math.pow(SHARP_RADIUS_PX / max(self.radius_px, SHARP_RADIUS_PX), 1.0 / _SPACING)
        return max(1, math.ceil(self.steps - sharp))

    def defocus_of(self, index: int) -> float:
        """The defocus of a slice."""
        place = self.steps - (self.count - abs(index)) if index else 0.0
        return math.copysign(math.pow(place / self.steps, _SPACING), index)

    def radius_of(self, index: int) -> float:
        """Radius in pixels of its blur disk."""
        return self.radius_px * abs(self.defocus_of(index))

    def sharpness_of(self, index: int) -> float:
        """How much of a slice is its sharp image: 1 for the smallest disk that blurs anything … 0 for larger ones."""
        share = (_BLURRED_FROM_PX - self.radius_of(index)) / (_BLURRED_FROM_PX - SHARP_RADIUS_PX)
        return min(1.0, max(0.0, share))

    def share_in_front(
        self, defocus_map: DefocusMap, softness: NDArray[np.float32] | float = 1.0
    ) -> NDArray[np.float32]:
        """Share of each pixel's light in front of the subject, 0 … 1; what is as good as sharp is not in front.

        The latter holds as far as ``softness`` says, 0 … 1, (H, W) or for all pixels.
        """
        share, sharpness = self.cumulative_share(-1, defocus_map), self.sharpness_of(-1)
        if sharpness > 0.0:
            kept = np.float32(sharpness) * np.asarray(softness, np.float32)
            share += kept * (self.cumulative_share(-2, defocus_map) - share)
        return share

    def cumulative_share(self, index: int, defocus_map: DefocusMap) -> NDArray[np.float32]:
        """Cumulative share: how much of every pixel's light a slice and all nearer ones have, 0 … 1."""
        if index >= self.count:
            return np.ones_like(defocus_map)
        if index < -self.count:
            return np.zeros_like(defocus_map)
        if defocus_map.shape[1] > 1 and defocus_map.strides[1] == 0:  # one column, repeated
            column = self.cumulative_share(index, defocus_map[:, :1])
            return np.ascontiguousarray(np.broadcast_to(column, defocus_map.shape))
        share: NDArray[np.float32] = np.abs(defocus_map)
        share *= defocus_map
        here, next_ = (_signed_square(self.defocus_of(i)) for i in (index, index + 1))
        if min(self.radius_of(index), self.radius_of(index + 1)) < _EVEN_FROM_PX:
            area = self.radius_px**2
            here, next_ = (float(second_moment(np.array(area * square, np.float32))) for square in (here, next_))
            share = second_moment(np.float32(area) * share)
        share *= np.float32(-1.0 / (next_ - here))
        share += np.float32(next_ / (next_ - here))
        return np.clip(share, 0.0, 1.0, out=share)


def visibility(nearer_share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Visibility of a slice, 0 … 1, in pixels of whose light nearer slices have this share."""
    known: NDArray[np.float32] = np.float32(_VISIBILITY_GAIN) * (np.float32(1.0) - nearer_share)
    return np.minimum(known, np.float32(1.0), out=known)


def _signed_square(value: float) -> float:
    return value * abs(value)


def second_moment(signed_square_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Second moment of a disk drawn in whole pixels, by the square of its radius; 0 where it covers one pixel."""
    square = np.abs(signed_square_px)
    steep = (_EVEN_FROM_PX**2 + _PIXEL_MOMENT) / (_EVEN_FROM_PX**2 - SHARP_RADIUS_PX**2)
    first = np.float32(steep) * (square - np.float32(SHARP_RADIUS_PX**2))
    size = np.maximum(np.minimum(square + np.float32(_PIXEL_MOMENT), first), np.float32(0.0))
    return np.asarray(np.copysign(size, signed_square_px), np.float32)
