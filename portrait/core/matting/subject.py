"""Fail-safes for the subject: never a half-blurred face, no scraps of background kept sharp."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.resize import downsample_to_long_side

Probability = NDArray[np.float32]

_TRACE = 0.15
"""Probability from which a pixel may be part of a scrap, its soft rim included."""

_SMALL_SUBJECT = 0.02
"""What is smaller than this share of the largest subject, and lies far from it, is a scrap."""

_REACH_FRACTION = 0.03
"""So far from a subject, as a share of the long side, a thing may be and still be held."""

_SOLID = 0.9
"""Probability from which a pixel is surely subject; a dip below it inside a subject is a hole."""

_LARGEST_HOLE = 0.04
"""Share of the subjects' area from which an enclosed hole is kept, whatever the network says."""

_CLEARLY_BACKGROUND = 0.12
"""Mean probability of a hole's darker half, below which it is seen through: between arm and body, say."""


_BRIGHTEST_NOISE, _BLACK, _BLACK_LONG_SIDE_PX = 64, 12, 32
"""Levels of 255 that single pixels of a black picture stay below, and its means over parts of that many to a side."""


def is_black(image: RgbImage) -> bool:
    """Whether a picture is black all over but for its noise, as behind a lens cap: some networks see people in that.

    uint8 (H, W, 3).
    """
    if int(image.max()) >= _BRIGHTEST_NOISE:
        return False
    return int(downsample_to_long_side(image, _BLACK_LONG_SIDE_PX).max()) < _BLACK


def secure_subject(probability: Probability) -> Probability:
    """Close the holes that a network leaves inside a subject, and drop isolated scraps.

    A hole is closed when it is enclosed by the subject, small, and not clearly background. A scrap is dropped when it
    is much smaller than the largest subject and out of its reach: what touches the subject, or nearly so, may be held
    in a hand. Meant for the network's resolution, where it takes well under a millisecond; of a sharp alpha at full
    resolution it is true too.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: the person's probability, or alpha.

    Returns
    -------
    float32 (h, w); the input itself where nothing was to do.
    """
    return _close_holes(_drop_scraps(probability))


def _drop_scraps(probability: Probability) -> Probability:
    count, labels = _label(probability > _TRACE)
    if count <= 2:  # the background and at most one subject
        return probability
    area_px = np.bincount(labels.ravel(), minlength=count)
    is_kept = area_px >= _SMALL_SUBJECT * area_px[1:].max()
    is_kept[0] = False
    is_kept[labels[_within_reach(np.take(is_kept, labels))]] = True
    is_kept[0] = True
    return probability if is_kept.all() else np.where(np.take(is_kept, labels), probability, np.float32(0.0))


def _within_reach(subjects: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reach_px = max(1, round(_REACH_FRACTION * max(subjects.shape)))
    window = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach_px + 1, 2 * reach_px + 1))
    return np.asarray(cv2.dilate(subjects.view(np.uint8), window), dtype=np.bool_)


def _close_holes(probability: Probability) -> Probability:
    count, labels = _label(probability < _SOLID, connectivity=4)
    if count <= 2:  # the subjects and what is around them
        return probability
    area_px = np.bincount(labels.ravel(), minlength=count)
    is_hole = area_px < _LARGEST_HOLE * area_px[0]
    is_hole[0] = False
    is_hole[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False  # open, or cut by the frame
    if not is_hole.any():
        return probability
    inside = np.take(is_hole, labels)
    is_hole &= _darker_mean(probability[inside], labels[inside], count) > _CLEARLY_BACKGROUND
    return np.where(np.take(is_hole, labels), np.float32(1.0), probability)


def _darker_mean(probability: Probability, labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Mean probability by label, of the pixels that are rather background; 1 where there are none."""
    darker = probability < 0.5
    number = np.bincount(labels[darker], minlength=count)
    total = np.bincount(labels[darker], probability[darker], count)
    return np.where(number > 0, total / np.maximum(number, 1), 1.0)


def _label(mask: NDArray[np.bool_], connectivity: int = 8) -> tuple[int, NDArray[np.int32]]:
    """How many connected regions there are, with the rest, and the number of each pixel's; the rest is 0."""
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=connectivity)
    return count, np.asarray(labels, dtype=np.int32)
