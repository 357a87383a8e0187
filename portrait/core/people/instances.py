"""Instance labels without an instance network: connected components of a mask, split where two people touch."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
"""(h, w): 0 background, 1 … n one person each."""

PERSON_THRESHOLD = 0.5

SPECK_FRACTION = 0.0005
"""Share of the image below which a component is no person."""

_VALLEY = 0.9
"""A valley between two people has at most this share of the lower one's mask pixels in a column."""

_DROP = 0.08
"""How far the upper outline falls between two heads, in units of the component's height."""

_DEEP_DROP = 0.13
"""How far it falls between two people who stand shoulder to shoulder, so that there is no valley below."""

_LEAST_HEIGHT = 0.45
"""Height of the shortest person that is split off, in units of the component's height."""

_LEAST_WIDTH = 0.1
"""Width of the narrowest person that is split off, in units of the component's height."""

_LEAST_PART = 0.045
"""Area of the smallest person that is split off, as a share of the square of the component's height: a fifth of that is
the area of someone who stands.
"""

_SMOOTHING = 0.02
"""Standard deviation of the smoothing of the profile, in units of the component's height."""

_SEAM_REACH = 0.08
"""How far a seam may leave its valley to either side, in units of the component's height."""


def label_people(probability: NDArray[np.float32]) -> Labels:
    """Connected-component labelling of a mask; components in which people stand side by side are cut between them.

    People who touch with arms, shoulders or hands leave valleys in the column profile, the number of mask pixels in a
    column, where the upper outline falls below both heads; legs leave valleys under a head. The cut is the seam of
    least probability through a valley (dynamic programming as in seam carving, Avidan & Shamir 2007,
    doi:10.1145/1276377.1276390).

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: of the person, or alpha.

    Returns
    -------
    int32 (h, w): 1 … n, the largest first; people that stand behind one another share a label.
    """
    mask = (probability >= PERSON_THRESHOLD).astype(np.uint8)
    count, components, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    labels = np.zeros(mask.shape, np.int32)
    found = 0
    for component in range(1, count):
        left, top, width, height, area_px = (int(value) for value in stats[component])
        if area_px < SPECK_FRACTION * mask.size:
            continue
        window = slice(top, top + height), slice(left, left + width)
        inside = components[window] == component
        parts = _split_side_by_side(inside, np.where(inside, probability[window], np.float32(0.0)))
        labels[window][inside] = found + parts[inside]
        found += int(parts.max())
    return largest_first(labels, found)


def _split_side_by_side(inside: NDArray[np.bool_], probability: NDArray[np.float32]) -> Labels:
    """Labels 1 … n from left to right of the people in one component."""
    height, width = inside.shape
    parts = np.ones(inside.shape, np.int32)
    columns = np.arange(width)
    least_px = _LEAST_PART * height**2
    for valley in _find_valleys(inside):
        seam = _find_seam(probability, valley, max(1, round(_SEAM_REACH * height)))
        is_right = columns[None] > seam[:, None]
        split = parts + (is_right & (parts == parts.max()))
        # A part too small for a person is a limb.
        if np.bincount(split[inside])[1:].min() >= least_px:
            parts = split.astype(np.int32)
    return parts


def _find_valleys(inside: NDArray[np.bool_]) -> Iterator[int]:
    """Columns between two people of a component, bool (h, w), from left to right."""
    height = len(inside)
    sigma = max(0.5, _SMOOTHING * height)
    profile = _smooth(inside.sum(axis=0), sigma)
    tops = _smooth(inside.argmax(axis=0), sigma)
    least_width = max(2, round(_LEAST_WIDTH * height))
    start = 0
    while len(profile) - start >= 2 * least_width:
        valley = _next_valley(profile[start:], tops[start:], least_width, height)
        if valley is None:
            return
        start += valley
        yield start


def _smooth(profile: NDArray[np.int64], sigma: float) -> NDArray[np.float32]:
    """Gaussian smoothing of a value for each column."""
    row = profile.astype(np.float32)[None]
    return np.asarray(cv2.GaussianBlur(row, (0, 0), sigmaX=sigma, sigmaY=0.01, borderType=cv2.BORDER_REPLICATE)[0])


def _next_valley(profile: NDArray[np.float32], tops: NDArray[np.float32], least_width: int, height: int) -> int | None:
    """The first column that is a valley between the highest peak before it and the highest behind it."""
    lower_peak = np.minimum(np.maximum.accumulate(profile), np.maximum.accumulate(profile[::-1])[::-1])
    lower_head = np.maximum(np.minimum.accumulate(tops), np.minimum.accumulate(tops[::-1])[::-1])
    drop = tops - lower_head
    is_narrow = (profile <= _VALLEY * lower_peak) & (drop >= _DROP * height)
    is_valley = (is_narrow | (drop >= _DEEP_DROP * height)) & (lower_peak >= _LEAST_HEIGHT * height)
    is_valley[:least_width] = is_valley[len(is_valley) - least_width :] = False
    if not is_valley.any():
        return None
    # Of the first run of such columns the one with the fewest mask pixels.
    first = int(np.argmax(is_valley))
    length = int(np.argmin(is_valley[first:])) or len(is_valley) - first
    return first + int(np.argmin(profile[first : first + length]))


def _find_seam(probability: NDArray[np.float32], column: int, reach: int) -> NDArray[np.intp]:
    """For each row the column of the connected path, near ``column``, along which the probabilities sum to least."""
    left = max(0, column - reach)
    cost = probability[:, left : column + reach + 1].astype(np.float64)
    width = cost.shape[1]
    # A path that leaves the valley for nothing is no better than one that stays.
    cost += 1e-3 * np.abs(np.arange(width) - (column - left)) / width
    padded = np.full(width + 2, np.inf)
    steps = np.zeros(cost.shape, np.intp)
    for row in range(1, len(cost)):
        padded[1:-1] = cost[row - 1]
        candidates = np.stack([padded[:-2], padded[1:-1], padded[2:]])
        steps[row] = np.argmin(candidates, axis=0) - 1
        cost[row] += candidates.min(axis=0)
    seam = np.empty(len(cost), np.intp)
    seam[-1] = np.argmin(cost[-1])
    for row in range(len(cost) - 1, 0, -1):
        seam[row - 1] = seam[row] + steps[row, seam[row]]
    return seam + left


def largest_first(labels: Labels, count: int) -> Labels:
    """The labels 1 … ``count`` numbered anew by area; those without pixels are passed over."""
    area_px = np.bincount(labels.ravel(), minlength=count + 1)
    order = [label for label in 1 + np.argsort(-area_px[1:], kind="stable") if area_px[label]]
    renumbered = np.zeros(count + 1, np.int32)
    renumbered[order] = np.arange(1, len(order) + 1)
    return renumbered[labels]
