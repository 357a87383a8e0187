"""Targets of instance segmentation by centres and offsets (Panoptic-DeepLab, Cheng et al. 2020, arXiv 1911.10194)."""

import numpy as np
from numpy.typing import NDArray

from export.data.labels import UNKNOWN_INSTANCE

PEOPLE_STRIDE = 4
"""Output stride of the targets; a cell samples the label at the third pixel of its rows and columns."""

CENTER_PLANE, OFFSET_PLANES, VALID_PLANE = 0, slice(1, 3), 3

_SIGMA_SHARE, _LEAST_SIGMA = 0.08, 1.0
"""Standard deviation of a centre's Gaussian: a share of the square root of the person's area, and at least one cell."""


def to_people_targets(instances: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Centre heat map, and at each cell of a person the offset to that person's centre of mass.

    Parameters
    ----------
    instances
        uint8 (H, W), numbers as in `export.data.labels`.

    Returns
    -------
    float32 (4, h, w), h = H // 4: the heat map, 0 … 1; the vertical and horizontal offset to the centre, as a share of
    height and width, NaN outside people; and a validity mask, 1 where the instance is known.
    """
    start = PEOPLE_STRIDE // 2
    height, width = (side // PEOPLE_STRIDE for side in instances.shape)
    cells = instances[start::PEOPLE_STRIDE, start::PEOPLE_STRIDE][:height, :width]
    targets = np.full((4, height, width), np.nan, np.float32)
    targets[CENTER_PLANE] = 0.0
    targets[VALID_PLANE] = cells != UNKNOWN_INSTANCE
    rows, columns = np.meshgrid(np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32), indexing="ij")
    for number in np.unique(cells[(cells > 0) & (cells != UNKNOWN_INSTANCE)]):
        own = cells == number
        center = float(rows[own].mean()), float(columns[own].mean())
        sigma = max(_LEAST_SIGMA, _SIGMA_SHARE * float(np.sqrt(own.sum())))
        distance = (rows - center[0]) ** 2 + (columns - center[1]) ** 2
        np.maximum(targets[CENTER_PLANE], np.exp(distance / (-2.0 * sigma**2)), out=targets[CENTER_PLANE])
        targets[1][own] = (center[0] - rows[own]) / height
        targets[2][own] = (center[1] - columns[own]) / width
    return targets
