"""How a range of defocus is cut into slices of equal defocus, which a lens blurs one by one."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DefocusMap

MOST_SLICES = 8
"""Slices behind the subject, and as many in front of it; beside the one in focus."""

_STEP_PX = 2.0

_SPACING = 1.5  # slices stand denser near the focus, where one pixel of radius is seen

_VISIBILITY_GAIN = 4.0
"""A slice counts as fully visible in a pixel from a quarter of the pixel's light on."""


@dataclass(frozen=True, slots=True)
class DefocusSlices:
    """Quantisation of defocus into slices: 0 in focus, 1, 2, … ``count`` behind it, −1, −2, … −``count`` in front.

    A pixel between two slices belongs to both. The shares are linear in the square of the radius, so that the mixture
    of their two disks has the second moment of the pixel's own disk.

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
    def up_to(cls, radius_px: float) -> "DefocusSlices":
        """Choose the number of slices for a largest blur of this radius."""
        return cls(radius_px, min(MOST_SLICES, max(1, math.ceil(radius_px / _STEP_PX))))

    def defocus_of(self, index: int) -> float:
        """The defocus of a slice."""
        return math.copysign((abs(index) / self.count) ** _SPACING, index)

    def radius_of(self, index: int) -> float:
        """Radius in pixels of its blur disk."""
        return self.radius_px * abs(self.defocus_of(index))

    def cumulative_share(self, index: int, defocus_map: DefocusMap) -> NDArray[np.float32]:
        """Cumulative share: how much of every pixel's light a slice and all nearer ones have, 0 … 1."""
        if index >= self.count:
            return np.ones_like(defocus_map)
        if index < -self.count:
            return np.zeros_like(defocus_map)
        if defocus_map.shape[1] > 1 and defocus_map.strides[1] == 0:  # one column, repeated
            column = self.cumulative_share(index, defocus_map[:, :1])
            return np.ascontiguousarray(np.broadcast_to(column, defocus_map.shape))
        here, next_ = (_signed_square(self.defocus_of(i)) for i in (index, index + 1))
        share: NDArray[np.float32] = np.abs(defocus_map)
        share *= defocus_map
        share *= np.float32(-1.0 / (next_ - here))
        share += np.float32(next_ / (next_ - here))
        return np.clip(share, 0.0, 1.0, out=share)


def visibility(nearer_share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Visibility of a slice, 0 … 1, in pixels of whose light nearer slices have this share."""
    known: NDArray[np.float32] = np.float32(_VISIBILITY_GAIN) * (np.float32(1.0) - nearer_share)
    return np.minimum(known, np.float32(1.0), out=known)


def _signed_square(value: float) -> float:
    return value * abs(value)
