"""Alignment of a relative depth map by the floor that people stand on: what is in focus, what infinitely far."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte
from portrait.core.lens.defocus_from_depth import DepthMap, at_size
from portrait.core.lens.ground_plane import Ground, find_ground
from portrait.core.resize import fit_long_side, resize

_LONG_SIDE_PX = 320
_BACKGROUND = 0.1
_LEAST_ROWS = 8
_SURE, _POSSIBLE = 0.4, 0.85
"""Shares of the rows from feet to horizon: so far up there is floor, if any; and so far it may reach."""

_REFITS, _OUTLIER = 3, 4.0  # median distances

_LARGEST_MISFIT = 0.12
"""Median distance from the line, as a share of the rise along the floor: more is no plane."""

_FARTHEST = 2.0  # percentile


def align_depth(depth: DepthMap, alpha: AlphaMatte) -> DepthMap:
    """Fit the floor in a map of relative inverse depth, which is known up to scale and offset.

    A pinhole camera sees a plane floor at inverse depth that is linear in its row, 0 at the horizon (see
    `portrait.core.lens.ground_plane.Ground.defocus_map`). So a line through the map's values on the floor tells its
    value at infinity, at the horizon, and that of the subject, at the feet: map, floor and people then agree, whatever
    the farthest thing in the image is.

    Parameters
    ----------
    depth
        At any resolution.
    alpha
        float32 (H, W), 0 … 1.

    Returns
    -------
    The same map with its ``infinity`` and its ``focus``; unchanged where both are known, where nobody stands on a floor
    that the image shows, or where the map has no plane there.
    """
    if depth.infinity is not None or depth.focus is not None:
        return depth
    ground = find_ground(alpha)
    line = None if ground is None else _fit_floor(depth, alpha, ground)
    if ground is None or line is None:
        return depth
    slope, offset = line
    farthest = float(np.nanpercentile(depth.nearness, _FARTHEST))
    infinity = min(slope * ground.horizon + offset, farthest)  # nothing is beyond it
    return replace(depth, infinity=infinity, focus=(slope * ground.far + offset, slope * ground.near + offset))


def _fit_floor(depth: DepthMap, alpha: AlphaMatte, ground: Ground) -> tuple[float, float] | None:
    """Line of nearness over rows, in shares of the height, through the floor: slope and offset; None: no plane."""
    nearness, known = at_size(depth.nearness, fit_long_side(alpha.shape, _LONG_SIDE_PX))
    matte = np.asarray(resize(alpha, *nearness.shape), np.float32)
    is_floor = (known > 0.5) & (matte < _BACKGROUND)
    rows = (np.arange(nearness.shape[0]) + 0.5) / nearness.shape[0]
    # Most of a row of the floor is floor: its median is.
    drop = ground.far - ground.horizon
    seen = (rows > ground.far - _POSSIBLE * drop) & (is_floor.sum(axis=1) >= _LEAST_ROWS)
    values = np.array([np.median(nearness[row][is_floor[row]]) for row in np.flatnonzero(seen)])
    rows = rows[seen]
    # Begin with the rows that are surely floor; a wall behind it leaves the line.
    kept = rows > ground.far - _SURE * drop
    for _ in range(_REFITS):
        line = _fit_line(rows[kept], values[kept], drop)
        if line is None:
            return None
        distance = np.abs(values - line[0] * rows - line[1])
        kept = distance <= _OUTLIER * np.median(distance[kept]) + 1e-6
    return line


def _fit_line(rows: NDArray[np.float64], values: NDArray[np.float64], drop: float) -> tuple[float, float] | None:
    """Theil–Sen estimate of a rising line; None where the values lie on none."""
    if rows.size < _LEAST_ROWS:
        return None
    down, across = np.triu_indices(rows.size, 1)
    apart = rows[across] - rows[down]
    far_enough = apart > 0.25 * (rows[-1] - rows[0])
    slope = float(np.median((values[across] - values[down])[far_enough] / apart[far_enough]))
    offset = float(np.median(values - slope * rows))
    misfit = float(np.median(np.abs(values - slope * rows - offset)))
    return (slope, offset) if slope > 0.0 and misfit <= _LARGEST_MISFIT * slope * drop else None
