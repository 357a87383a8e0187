"""Geodesic distances in an image: how little colours need to change on a way to the subject, or to the background."""

from collections.abc import Sequence
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.boxes import Box
from portrait.core.plane_algebra import Plane, split_colors
from portrait.native import matting
from portrait.native.shared_library import has_library

_NOISE = 0.03
"""Change of colour from pixel to pixel (0 … 1 scale) that is noise or texture, and costs nothing."""

_ROUNDS = 2
"""Sweeps in each direction: enough for ways that turn twice, and few ways turn more."""

_UNREACHED = np.float32(1e3)

Distances = NDArray[np.float32]


def geodesic_distances(image: NDArray[np.float32], seeds: NDArray[np.bool_]) -> Distances:
    """Geodesic distance transform: the smallest sum of colour differences on any way from a pixel to a seed.

    By sweeps over rows and columns, as in Toivanen 1996 (doi:10.1016/0167-8655(96)00010-4); the use for mattes is that
    of Bai & Sapiro 2009 (doi:10.1007/s11263-008-0191-z).

    Parameters
    ----------
    image
        float32 (h, w, 3), 0 … 1.
    seeds
        bool (n, h, w): n sets of seeds.

    Returns
    -------
    float32 (n, h, w), 0 at the seeds; 1000 where there are none.
    """
    by_row = np.where(seeds, np.float32(0.0), _UNREACHED).transpose(1, 0, 2).copy()  # (h, n, w)
    planes = split_colors(image)
    down, across = _steps(planes), _steps([np.ascontiguousarray(plane.T) for plane in planes])
    for _ in range(_ROUNDS):
        _sweep(by_row, down)
        by_column = np.ascontiguousarray(by_row.transpose(2, 1, 0))  # (w, n, h)
        _sweep(by_column, across)
        by_row = np.ascontiguousarray(by_column.transpose(2, 1, 0))
    return np.ascontiguousarray(by_row.transpose(1, 0, 2))


def _steps(planes: Sequence[Plane]) -> tuple[Distances, Distances, Distances]:
    """Cost of a step to the row below: straight, to the right, to the left; from the planes of the colours."""
    height, width = planes[0].shape

    def cost(start: Box, end: Box) -> Distances:
        if not start.area_px:
            return np.zeros((start.height, start.width), np.float32)
        changes = (cv2.absdiff(start.crop(plane), end.crop(plane)) for plane in planes)
        changed = np.asarray(reduce(cv2.max, changes), np.float32)
        return np.asarray(np.maximum(changed - np.float32(_NOISE), 0.0), np.float32)

    last_row, last_column = height - 1, width - 1
    return (
        cost(Box(0, 0, last_row, width), Box(1, 0, height, width)),
        cost(Box(0, 0, last_row, last_column), Box(1, 1, height, width)),
        cost(Box(0, 1, last_row, width), Box(1, 0, height, last_column)),
    )


def _sweep(distances: Distances, steps: tuple[Distances, Distances, Distances]) -> None:
    """Shorten the distances (h, n, w) by ways from row to row, down and up again."""
    straight, right, left = steps
    if has_library():
        matting.sweep_distances(distances, straight, right, left)
        return
    rows = len(distances)
    for y in range(1, rows):
        start, end = distances[y - 1], distances[y]
        np.minimum(end, start + straight[y - 1], out=end)
        np.minimum(end[:, 1:], start[:, :-1] + right[y - 1], out=end[:, 1:])
        np.minimum(end[:, :-1], start[:, 1:] + left[y - 1], out=end[:, :-1])
    for y in range(rows - 1, 0, -1):
        start, end = distances[y], distances[y - 1]
        np.minimum(end, start + straight[y - 1], out=end)
        np.minimum(end[:, :-1], start[:, 1:] + right[y - 1], out=end[:, :-1])
        np.minimum(end[:, 1:], start[:, :-1] + left[y - 1], out=end[:, 1:])
