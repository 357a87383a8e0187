"""Input planes of the slices: light, weight and defocus of everything but the subject, at one resolution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DefocusMap, LinearImage


@dataclass(frozen=True, slots=True, eq=False)
class DepthPlanes:
    """Light, weight and defocus of everything but the subject, at one resolution.

    Attributes
    ----------
    factor
        Image pixels per pixel of the planes, in height and in width.
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

    factor: int
    light: LinearImage
    weight: NDArray[np.float32]
    defocus_map: DefocusMap
    clipped: LinearImage | None = None
    glare: NDArray[np.float32] | None = None

    def cropped(self, rows: slice) -> "DepthPlanes":
        """Some of the rows."""
        clipped = None if self.clipped is None else self.clipped[rows]
        glare = None if self.glare is None else self.glare[rows]
        return DepthPlanes(self.factor, self.light[rows], self.weight[rows], self.defocus_map[rows], clipped, glare)
