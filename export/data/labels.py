"""Levels of the 8-bit labels of all data sets: opacity of the person in 255ths, except level 128, which is void.

A mask has three levels: 0 background, 255 person and 128 void (not judged). A label with real alpha has levels between
them; its opacity 128 is stored as 129, so that it is not read as void, and still counts as person.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

PERSON_LABEL = 255
VOID_LABEL = 128
"""Void: such pixels count in no loss and no figure. Background is 0; levels above 128 are person."""

LabelledImage = NDArray[np.uint8]
"""uint8 (H, W, 5): RGB, the label, and whom each pixel belongs to: 0 nobody, 1 … 254 one person each, 255 not known."""

LABEL_PLANE, INSTANCE_PLANE = 3, 4
UNKNOWN_INSTANCE = 255
MOST_INSTANCES = 254

HARD_LEVELS = (0, VOID_LABEL, PERSON_LABEL)
"""The levels of a mask."""


def from_opacity(opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label of 8-bit opacity, without void pixels: 128 becomes 129."""
    label: NDArray[np.uint8] = opacity + (opacity == VOID_LABEL)
    return label


def to_opacity(label: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Opacity of a label, float32 0 … 1, of the same shape; meaningless where the label is void."""
    return label.astype(np.float32) / np.float32(PERSON_LABEL)


def is_soft(label: NDArray[np.uint8]) -> bool:
    """Whether a label holds real alpha: some level is not one of a mask's."""
    counts = np.bincount(label.ravel(), minlength=256)
    return bool(counts.sum() > counts[list(HARD_LEVELS)].sum())


def fill_small_holes(label: NDArray[np.uint8], most_fraction: float) -> NDArray[np.uint8]:
    """Hole filling by connected components: automatic masks have small holes in eyes, teeth and glasses.

    Parameters
    ----------
    label
        uint8 (H, W); a label with real alpha is returned as it is.
    most_fraction
        Area of the largest hole that is filled, as a share of the image.
    """
    if is_soft(label):
        return label
    # A hole is a small component of background that does not touch the border; component 0 is all the rest.
    count, parts, stats, _ = cv2.connectedComponentsWithStats((label == 0).astype(np.uint8), connectivity=4)
    left, top, width, height, area_px = stats.T
    touches_border = (left == 0) | (top == 0) | (left + width == label.shape[1]) | (top + height == label.shape[0])
    is_hole = (area_px <= most_fraction * label.size) & ~touches_border & (np.arange(count) > 0)
    return np.where(is_hole[parts], np.uint8(PERSON_LABEL), label)
