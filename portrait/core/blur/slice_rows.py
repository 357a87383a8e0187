"""Rows of a slice of equal defocus, as they are composited."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage


class SliceRows(NamedTuple):
    """Some rows of a slice: float32 (rows, W, 3), premultiplied by coverage, and float32 (rows, W)."""

    light: LinearImage
    coverage: NDArray[np.float32]
