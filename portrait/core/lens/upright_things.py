"""Things that stand on the floor: where it ends in each column of an image, and how far away what stands there is."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.guided_filter import follow_edges
from portrait.core.lens.ground_plane import Ground
from portrait.core.resize import resize

_LONG_SIDE_PX = 240
_GUIDE_LONG_SIDE_PX = 640
_FREE = 0.1
_SEED_ABOVE, _SEED_REACH = 0.07, 0.5
"""Of the way from feet to horizon: so far above the feet, and so far beside the subject, all is floor."""

_SEED_PIXELS = 40
_COLORS, _RARE = 6, 0.04
_WEIGHTS = (0.6, 1.5, 1.5, 1.0)  # of lightness, which shadows change, of the two hues, and of texture
_LEAST_SPREAD, _SPREAD_PERCENTILE, _REACH = 6.0, 80, 1.8
_BAND = 0.35  # of the way to the horizon: so much above its end must not look like floor
_STEP_COST, _JUMP_COST = 0.35, 12.0
_BESIDE, _CLEAR = 0.1, 0.4
"""Mean likeness to the floor of what lies beside a thing, and unlikeness of the thing, at least."""

_LEAST_WIDTH_PX = 2

_LEAST_DEPTH = 0.06
"""Of the way from feet to horizon: floor beside a thing is seen so far beyond its base, at least."""

_LEAST_SEEN = 0.6  # of the rows from feet to horizon, in a column that is not hidden by the subject

_THIN, _NARROW, _HEADROOM = 0.08, 0.45, 0.05
"""In heights of the camera: what is thinner is left out; what is wider may be a lawn beyond a kerb as well as a wall,
and counts as floor; what is between them stands, as people do, whose heads are so far above the horizon at most.
"""

_ALIKE, _QUITE_UNLIKE, _TOP_ROWS = 7.0, 20.0, 3
"""Distances of features: so many rows that are alike show no thing, but what is beside it; above the height of people
only what is quite unlike that goes on, as a tree does.
"""

_RADIUS_PX, _EPSILON = 4, 4e-4


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A small image: features, likeness to the floor, −1 … 1, 0 under the subject; and where that is not.

    float32 (h, w, 4) and (h, w).
    """

    features: NDArray[np.float32]
    likeness: NDArray[np.float32]
    is_free: NDArray[np.bool_]


def find_upright(image: RgbImage, alpha: AlphaMatte, ground: Ground) -> DefocusMap | None:
    """The defocus of the floor and of the things that stand on it, each of which is as far away as its base.

    What is like the floor at the feet, in colour and texture, is floor. In each column it ends somewhere: the ends are
    found together by dynamic programming over columns, as free space is for vehicles (stixels, Badino, Franke &
    Pfeiffer 2009, doi:10.1007/978-3-642-03798-6_6). Where it ends nearer than on both sides, something narrow stands,
    such as a passer-by, and has one depth from its base up to the height of a person. Edges then follow the image by a
    guided filter.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    ground
        Of the matte.

    Returns
    -------
    float32 (H, W), −1 … 1; None where nothing stands on the floor, or no floor is seen above the feet.
    """
    scale = min(1.0, _LONG_SIDE_PX / max(alpha.shape))
    height, width = (max(8, round(side * scale)) for side in alpha.shape)
    top, feet = max(0, round(ground.horizon * height)), min(height, round(ground.far * height))
    scene = _look_for_floor(resize(image, height, width), resize(alpha, height, width), ground)
    if scene is None or feet - top < _RADIUS_PX:
        return None
    ends = _find_ends(scene, np.arange(top, feet), round(_BAND * (feet - top)) + 2)
    is_hidden = ~scene.is_free[top:feet].any(axis=0) | (scene.is_free[top:feet].mean(axis=0) < _LEAST_SEEN)
    if is_hidden.all():
        return None
    columns = np.arange(width)
    ends = np.interp(columns, columns[~is_hidden], ends[~is_hidden]).astype(np.int64)
    tops = np.where(is_hidden, ends, _find_tops(scene, ends, top, max(2, round(_LEAST_DEPTH * (feet - top)))))
    if np.array_equal(tops, ends):
        return None
    coarse = _stand_up(ground, ends, tops, height)
    factor = min(1.0, _GUIDE_LONG_SIDE_PX / max(alpha.shape))
    size = tuple(max(1, round(side * factor)) for side in alpha.shape)
    return follow_edges(resize(coarse, *size), resize(image, *size), image, _RADIUS_PX, _EPSILON)


def _look_for_floor(image: RgbImage, alpha: AlphaMatte, ground: Ground) -> _Scene | None:
    """How like the floor at the feet every pixel is; None where too little of that is seen."""
    height = alpha.shape[0]
    is_free = cv2.dilate(alpha, np.ones((5, 5), np.uint8)) < _FREE
    drop, rows = ground.far - ground.horizon, (np.arange(height) + 0.5) / height
    across = np.flatnonzero((alpha > 0.5).any(axis=0))
    if not across.size:
        return None
    reach = round(_SEED_REACH * drop * height) + 3
    near = np.zeros(alpha.shape, np.bool_)
    near[:, max(0, across[0] - reach) : across[-1] + reach] = (rows > ground.far - _SEED_ABOVE * drop)[:, None]
    features = _features(image)
    seeds = features[is_free & near]
    if len(seeds) < _SEED_PIXELS:
        return None
    colors = _cluster(seeds)
    spread = max(_LEAST_SPREAD, float(np.percentile(_distance(seeds, colors), _SPREAD_PERCENTILE)))
    distance = _distance(features.reshape(-1, features.shape[2]), colors).reshape(alpha.shape)
    likeness = np.clip(np.float32(_REACH) - distance / np.float32(spread), -1.0, 1.0)
    return _Scene(features, np.where(is_free, likeness, np.float32(0.0)).astype(np.float32), is_free)


def _features(image: RgbImage) -> NDArray[np.float32]:
    """Colour in CIELAB and local contrast of the lightness, weighted: float32 (h, w, 4)."""
    lab = cv2.cvtColor(image.astype(np.float32) / np.float32(255.0), cv2.COLOR_RGB2Lab)
    lightness = np.ascontiguousarray(lab[..., 0])
    mean, square = (cv2.blur(plane, (7, 7)) for plane in (lightness, lightness * lightness))
    texture = np.sqrt(np.maximum(square - mean * mean, np.float32(0.0)))
    return np.dstack([lab, texture]).astype(np.float32) * np.array(_WEIGHTS, np.float32)


def _cluster(seeds: NDArray[np.float32]) -> NDArray[np.float32]:
    """The main colours of the floor, by k-means from bands of lightness: the same at every run."""
    count = min(_COLORS, len(seeds) // 10)
    labels = np.empty((len(seeds), 1), np.int32)
    labels[np.argsort(seeds[:, 0], kind="stable"), 0] = np.arange(len(seeds)) * count // len(seeds)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, found, colors = cv2.kmeans(seeds, count, labels, criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    shares = np.bincount(np.asarray(found, np.int64).ravel(), minlength=count) / len(seeds)
    return np.asarray(colors[shares > _RARE], np.float32)


def _distance(features: NDArray[np.float32], colors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance to the nearest of some colours: float32 (n,)."""
    found = [np.sqrt(np.square(features - color).sum(axis=1)) for color in colors]
    return np.asarray(np.minimum.reduce(found), np.float32)


def _find_ends(scene: _Scene, rows: NDArray[np.int_], band: int) -> NDArray[np.int_]:
    """The row where the floor ends, by column: the most like floor below, the least above, and few jumps (Viterbi)."""
    height, width = scene.likeness.shape
    total = np.vstack([np.zeros((1, width)), np.cumsum(scene.likeness, axis=0)])
    gain = total[height] - 2.0 * total[rows] + total[np.maximum(rows - band, 0)]
    apart = np.abs(np.arange(rows.size)[:, None] - np.arange(rows.size))
    penalty = np.minimum(_STEP_COST * apart, _JUMP_COST)
    origin = np.zeros((width, rows.size), np.int64)
    cost = -gain[:, 0]
    for column in range(1, width):
        through = cost[None] + penalty
        origin[column] = through.argmin(axis=1)
        cost = through[np.arange(rows.size), origin[column]] - gain[:, column]
    ends = np.zeros(width, np.int64)
    ends[-1] = int(cost.argmin())
    for column in range(width - 1, 0, -1):
        ends[column - 1] = origin[column][ends[column]]
    return np.asarray(rows[ends])


def _find_tops(scene: _Scene, ends: NDArray[np.int_], top: int, least_px: int) -> NDArray[np.int_]:
    """Top rows of things that stand before floor, by column; where there is no such thing, that of its end.

    A thing is unlike the floor, with floor on both sides up to where that ends.
    """
    tops, behind = ends.copy(), _without_narrow(ends, top)
    before = (ends - behind >= least_px).astype(np.uint8)
    for left, right in _runs(before):
        base, farthest = int(np.median(ends[left:right])), int(np.median(behind[left:right]))
        if right - left < max(_LEAST_WIDTH_PX, _THIN * (base - top)) or base <= farthest:
            continue
        rows, width = slice(farthest, base), right - left + _LEAST_WIDTH_PX
        sides = slice(max(0, left - width), left), slice(right, right + width)
        is_before_floor = all(_mean_likeness(scene, rows, side) > _BESIDE for side in sides)
        if is_before_floor and _mean_likeness(scene, rows, slice(left, right)) < -_CLEAR:
            highest = max(0, round(top - _HEADROOM * (base - top)))
            tops[left:right] = _find_top(scene, farthest, highest, slice(left, right), sides)
    return tops


def _find_top(scene: _Scene, start: int, highest: int, columns: slice, sides: tuple[slice, slice]) -> int:
    """The row above which a thing is no more: what is seen in its columns is seen beside them too."""
    inside = scene.features[:, columns].mean(axis=1)
    beside = [scene.features[:, side].mean(axis=1) for side in sides if scene.features[:, side].size]
    apart = np.minimum.reduce([np.sqrt(np.square(inside - other).sum(axis=1)) for other in beside])
    for row in range(start, 0, -1):
        if apart[max(0, row - _TOP_ROWS) : row].mean() < (_ALIKE if row > highest else _QUITE_UNLIKE):
            return row
    return 0


def _runs(marked: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """First column, and the one after the last, of each run of marked ones."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], marked, [0]])))
    return [(int(left), int(right)) for left, right in zip(changes[::2], changes[1::2], strict=True)]


def _mean_likeness(scene: _Scene, rows: slice, columns: slice) -> float:
    """Mean likeness to the floor in a part of the image, as far as it is seen; 0 where it is not."""
    is_free = scene.is_free[rows, columns]
    return float(scene.likeness[rows, columns][is_free].mean()) if is_free.any() else 0.0


def _stand_up(ground: Ground, ends: NDArray[np.int_], tops: NDArray[np.int_], height: int) -> DefocusMap:
    """The map of floor and things: a thing has one depth from its base to its top."""
    rows = np.arange(height)[:, None]
    floor = ground.defocus_map(height, ends.size)
    at_base = np.maximum(floor[np.minimum(ends, height - 1), 0], np.float32(0.0))
    return np.where((rows < ends) & (rows >= tops), at_base[None], floor).astype(np.float32)


def _without_narrow(ends: NDArray[np.int_], top: int) -> NDArray[np.int_]:
    """The ends as if what is narrow were not there: a grey opening by the width that belongs to each base.

    What the image's sides cut may be wide.
    """
    result = ends.copy()
    for row in range(int(ends.min()), int(ends.max()) + 1):
        reach = max(1, round(0.5 * _NARROW * (row - top)))
        plane = np.pad(np.minimum(ends, row).astype(np.float32), 2 * reach, mode="edge")[None]
        opened = cv2.morphologyEx(plane, cv2.MORPH_OPEN, np.ones((1, 2 * reach + 1), np.uint8))
        at_row = ends == row
        result[at_row] = opened[0, 2 * reach : -2 * reach][at_row].astype(np.int64)
    return result
