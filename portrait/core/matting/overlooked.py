"""Overlooked people: whether a mask lacks somebody who lies, as another network sees them."""

import cv2
import numpy as np

from portrait.core.arrays import Mask
from portrait.core.plane_algebra import Plane
from portrait.core.resize import resize

_LIKELY = 0.5

_LEAST_PERSON = 0.003
"""Share of the image that people cover, from which they are worth further looks."""

_LEAST_MISSED = 0.25
"""Share of them that the mask lacks in one piece, from which somebody is missed."""

_LYING = 1.3
"""Width of that piece, as a multiple of its height, from which it lies; a row of people who stand may be a square."""


def lacks_who_lies(probability: Plane, is_person: Mask) -> bool:
    """Whether a mask lacks a good part of the people, in one piece that is wider than high; bystanders stand.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: of a person.
    is_person
        bool of any size, covering the same image: where another network sees people.
    """
    seen_px = np.count_nonzero(is_person)
    missed = is_person & ~_to_mask(probability, is_person)
    if seen_px < _LEAST_PERSON * is_person.size or not missed.any():
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(missed.view(np.uint8))
    piece = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()]
    is_wide = piece[cv2.CC_STAT_WIDTH] >= _LYING * piece[cv2.CC_STAT_HEIGHT]
    return bool(is_wide and piece[cv2.CC_STAT_AREA] >= _LEAST_MISSED * seen_px)


def agreement(probability: Plane, is_person: Mask) -> float:
    """Intersection over union of a mask and another network's, 0 … 1, which shows somebody; see `lacks_who_lies`."""
    mask = _to_mask(probability, is_person)
    return np.count_nonzero(mask & is_person) / np.count_nonzero(mask | is_person)


def _to_mask(probability: Plane, is_person: Mask) -> Mask:
    return np.asarray(resize(probability, is_person.shape[0], is_person.shape[1]) >= _LIKELY)
