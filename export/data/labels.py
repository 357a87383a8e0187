"""What a label's levels mean, in every data set: opacity of the person in 255ths, but for one level that says nothing.

Masks hold three levels, 0 background, 255 person and 128 not judged. Pictures with real alpha fill the levels between;
there 128 is written as 129, so that an opacity never reads as "not judged", and one half stays person.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

PERSON_LABEL = 255
VOID_LABEL = 128
"""Not judged: counts in no loss and no figure. Background is 0; person is whatever lies above."""

LabelledImage = NDArray[np.uint8]
"""uint8 (H, W, 5): RGB, the label, and whom each pixel belongs to: 0 nobody, 1 … 254 one person each, 255 not known."""

LABEL_PLANE, INSTANCE_PLANE = 3, 4
UNKNOWN_INSTANCE = 255
MOST_INSTANCES = 254

HARD_LEVELS = (0, VOID_LABEL, PERSON_LABEL)
"""Those of a mask."""


def from_opacity(opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The label of 8-bit opacity, all of it judged."""
    label: NDArray[np.uint8] = opacity + (opacity == VOID_LABEL)
    return label


def to_opacity(label: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 opacity, 0 … 1, of the same shape; meaningless where the label is void."""
    return label.astype(np.float32) / np.float32(PERSON_LABEL)


def is_soft(label: NDArray[np.uint8]) -> bool:
    """Whether there is real alpha in a label, rather than a mask."""
    counts = np.bincount(label.ravel(), minlength=256)
    return bool(counts.sum() > counts[list(HARD_LEVELS)].sum())


def fill_small_holes(label: NDArray[np.uint8], most_fraction: float) -> NDArray[np.uint8]:
    """Take small holes inside people for people: masks drawn by machines have them in eyes, teeth and glasses.

    Parameters
    ----------
    label
        uint8 (H, W); one with real alpha comes back as it is.
    most_fraction
        Size of the largest hole that is filled, as a share of the picture.
    """
    if is_soft(label):
        return label
    count, parts, stats, _ = cv2.connectedComponentsWithStats((label == 0).astype(np.uint8), connectivity=4)
    left, top, width, height, area_px = stats.T
    touches_border = (left == 0) | (top == 0) | (left + width == label.shape[1]) | (top + height == label.shape[0])
    is_hole = (area_px <= most_fraction * label.size) & ~touches_border & (np.arange(count) > 0)
    return np.where(is_hole[parts], np.uint8(PERSON_LABEL), label)
