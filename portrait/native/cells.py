"""Cells of a matte: squares that are all background, all subject, or mixed, of which only the last cost much."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.native.requirements import require_array
from portrait.native.shared_library import call

_CELL_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class CelledMatte:
    """A matte and the kinds of its cells.

    Attributes
    ----------
    alpha
        float32 (H, W).
    cells
        uint8 (⌈H / 8⌉, ⌈W / 8⌉): 1 where alpha is 0 in all of a square of 8 × 8 pixels, 2 where it is 1, 4 elsewhere;
        0 where nobody knows what a matte holds that is still to be written.
    """

    alpha: NDArray[np.float32]
    cells: NDArray[np.uint8]

    @classmethod
    def of(cls, alpha: NDArray[np.float32]) -> "CelledMatte":
        """Classify the cells of a matte, float32 (H, W).

        Raises
        ------
        TypeError, ValueError
            Another array.
        """
        height, width = require_array(alpha, "alpha", np.float32, (None, None))
        cells = np.empty(_shape_of(height, width), np.uint8)
        call("find_cells", alpha, height, width, cells)
        return cls(alpha, cells)

    @classmethod
    def unknown(cls, alpha: NDArray[np.float32]) -> "CelledMatte":
        """A matte that is still to be written, (H, W)."""
        return cls(alpha, np.zeros(_shape_of(alpha.shape[0], alpha.shape[1]), np.uint8))

    def require_valid(self) -> tuple[int, int]:
        """Give (H, W), or raise TypeError or ValueError where the arrays are not as above."""
        height, width = require_array(self.alpha, "alpha", np.float32, (None, None))
        require_array(self.cells, "cells", np.uint8, _shape_of(height, width))
        return height, width


def _shape_of(height: int, width: int) -> tuple[int, int]:
    return -(-height // _CELL_PX), -(-width // _CELL_PX)
