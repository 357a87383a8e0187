"""Whether there is a subject, and clean-up of the network's mask by connected components: holes in a subject are
filled, small islands dropped.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, count_opaque
from portrait.core.resize import ImagePyramid

Probability = NDArray[np.float32]

TRACE = 0.15
"""Probability from which a pixel belongs to a component, soft rim included."""

_SMALL_SUBJECT = 0.02
"""A component smaller than this share of the largest one, and far from it, is dropped."""

_REACH_FRACTION = 0.03
"""A component this near a subject, as a share of the long side, may be held in a hand and is kept."""

_SOLID = 0.9
"""Probability from which a pixel is surely subject; a dip below it inside a subject is a hole."""

_LARGEST_HOLE = 0.04
"""Share of the subjects' area from which an enclosed hole is kept, whatever the network says."""

_CLEARLY_BACKGROUND = 0.12
"""Mean probability of a hole's darker half, below which it is seen through: between arm and body, say."""

MIN_PERSON_FRACTION = 0.002
"""Less of the picture that is surely a person is nobody: a speck, or a figure too far away to be the subject."""


_BRIGHTEST_NOISE, _BLACK_LEVEL, _BLACK_LONG_SIDE_PX = 64, 12, 32
"""Levels of 255. Every pixel of a black image is below the first, and below the second once it is downsampled to a long
side of 32 pixels, which averages its noise.
"""


def person_fraction(matte: AlphaMatte) -> float:
    """Share of the picture that the subject covers, 0 … 1."""
    return float(matte.mean(dtype=np.float64))


def has_person(matte: AlphaMatte) -> bool:
    """Whether the matte holds a subject at all: haze does not make one, however much of the picture it covers."""
    return bool(count_opaque(matte) >= MIN_PERSON_FRACTION * matte.size)


def is_black(image: RgbImage, pyramid: ImagePyramid | None = None) -> bool:
    """Whether an image is black all over but for its noise, as behind a lens cap: some networks see people in that.

    uint8 (H, W, 3); ``pyramid`` for who has it already.
    """
    small = (pyramid or ImagePyramid(image)).resize_to_long_side(_BLACK_LONG_SIDE_PX)
    return int(small.max()) < _BLACK_LEVEL and int(image.max()) < _BRIGHTEST_NOISE


def secure_subject(probability: Probability) -> Probability:
    """Fill holes and drop small connected components of the network's mask.

    A hole is filled when it is enclosed by the subject, small, and not clearly background. A component is dropped when
    it is much smaller than the largest subject and out of its reach: what touches the subject, or nearly so, may be
    held in a hand. Meant for the network's resolution; on a sharp alpha at full resolution it works too.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: the person's probability, or alpha.

    Returns
    -------
    float32 (h, w); the input itself where nothing was to do.
    """
    return _fill_holes(_drop_small_components(probability))


def _drop_small_components(probability: Probability) -> Probability:
    count, labels = connected_components(probability > TRACE)
    if count <= 2:  # the background and at most one subject
        return probability
    # Keep what is large, and what is near that.
    area_px = np.bincount(labels.ravel(), minlength=count)
    is_kept = area_px >= _SMALL_SUBJECT * area_px[1:].max()
    is_kept[0] = False
    is_kept[labels[_within_reach(np.take(is_kept, labels))]] = True
    is_kept[0] = True
    return probability if is_kept.all() else np.where(np.take(is_kept, labels), probability, np.float32(0.0))


def _within_reach(subjects: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Dilation of the subjects by their reach."""
    reach_px = max(1, round(_REACH_FRACTION * max(subjects.shape)))
    window = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach_px + 1, 2 * reach_px + 1))
    return np.asarray(cv2.dilate(subjects.view(np.uint8), window), dtype=np.bool_)


def _fill_holes(probability: Probability) -> Probability:
    count, labels = connected_components(probability < _SOLID, connectivity=4)
    if count <= 2:  # the subjects and what is around them
        return probability
    # Holes are small and enclosed.
    area_px = np.bincount(labels.ravel(), minlength=count)
    is_hole = area_px < _LARGEST_HOLE * area_px[0]
    is_hole[0] = False
    is_hole[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False  # open, or cut by the frame
    if not is_hole.any():
        return probability
    # Fill those that are not clearly background.
    inside = np.take(is_hole, labels)
    is_hole &= _darker_mean(probability[inside], labels[inside], count) > _CLEARLY_BACKGROUND
    return np.where(np.take(is_hole, labels), np.float32(1.0), probability)


def _darker_mean(probability: Probability, labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Mean probability by component, of its pixels below 0.5; 1 where there are none."""
    darker = probability < 0.5
    number = np.bincount(labels[darker], minlength=count)
    total = np.bincount(labels[darker], probability[darker], count)
    return np.where(number > 0, total / np.maximum(number, 1), 1.0)


def connected_components(mask: NDArray[np.bool_], connectivity: int = 8) -> tuple[int, NDArray[np.int32]]:
    """Connected components: how many, the outside counted, and each pixel's number; the outside is 0."""
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=connectivity)
    return count, np.asarray(labels, dtype=np.int32)
