"""Instance labels by centres and offsets of a network (Panoptic-DeepLab, Cheng et al. 2020, arXiv 1911.10194)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.model_spec import PEOPLE_CHANNELS, ModelSpec
from portrait.core.people.instances import PERSON_THRESHOLD, SPECK_FRACTION, Labels, largest_first
from portrait.core.resize import resize

CENTER_THRESHOLD = 0.15
"""Height of a peak of the heat map from which it is a person."""

MOST_PEOPLE = 200

_SUPPRESSION_FRACTION = 0.04
"""Side of the window in which one peak suppresses lower ones, as a share of the long side."""


@dataclass(frozen=True, slots=True, eq=False)
class CenterMaps:
    """What a network finds of people one by one; float32, covering the whole image at any resolution.

    Attributes
    ----------
    heat
        (h, w), 0 … 1: near 1 at the people's centres of mass.
    down, right
        (h, w): the way from each pixel to the centre of its person, in units of the height and of the width.
    """

    heat: NDArray[np.float32]
    down: NDArray[np.float32]
    right: NDArray[np.float32]


def to_center_maps(network_output: NDArray[np.float32], spec: ModelSpec) -> CenterMaps:
    """The channels of `portrait.core.model_spec.PEOPLE_CHANNELS` of an output (C, h, w).

    Raises
    ------
    ValueError
        The spec has no such channels.
    """
    if not spec.tells_people_apart:
        raise ValueError(f"{spec.name} has none of the channels {', '.join(PEOPLE_CHANNELS)}")
    heat, down, right = (network_output[spec.class_names.index(name)] for name in PEOPLE_CHANNELS)
    return CenterMaps(heat, 2.0 * down - 1.0, 2.0 * right - 1.0)


def label_by_centers(probability: NDArray[np.float32], maps: CenterMaps) -> Labels:
    """Group the pixels of a mask by the centre that their offsets lead to.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: of the person, or alpha.
    maps
        Of the same image.

    Returns
    -------
    int32 (h, w): 1 … n, the largest first; pixels of a mask without any centre share a label.
    """
    height, width = probability.shape
    rows, columns = np.nonzero(probability >= PERSON_THRESHOLD)
    labels = np.zeros(probability.shape, np.int32)
    if rows.size < SPECK_FRACTION * probability.size:
        return labels
    centers = _find_peaks(maps.heat, probability)
    down, right = (resize(plane, height, width)[rows, columns] for plane in (maps.down, maps.right))
    target = np.stack([(rows + 0.5) / height + down, (columns + 0.5) / width + right])
    # Each pixel belongs to the centre nearest to where its offset leads, distances being measured in pixels.
    distance = [np.hypot((target[0] - y) * height, (target[1] - x) * width) for y, x in centers]
    labels[rows, columns] = 1 + np.argmin(distance, axis=0) if centers else 1
    return largest_first(_without_specks(labels), len(centers) or 1)


def _find_peaks(heat: NDArray[np.float32], probability: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Non-maximum suppression: the heat map's peaks on the mask as (y, x) in units of the sides, highest first."""
    window = max(3, round(_SUPPRESSION_FRACTION * max(heat.shape)) | 1)
    highest = cv2.dilate(heat, np.ones((window, window), np.uint8))
    on_mask = resize(probability, *heat.shape) >= PERSON_THRESHOLD
    near_mask = cv2.dilate(on_mask.astype(np.uint8), np.ones((window, window), np.uint8)) > 0
    rows, columns = np.nonzero((heat >= CENTER_THRESHOLD) & (heat == highest) & near_mask)
    kept: list[tuple[int, int]] = []
    for index in np.argsort(-heat[rows, columns], kind="stable")[:MOST_PEOPLE]:
        row, column = int(rows[index]), int(columns[index])
        # Equal neighbours, where a centre lies between cells, are one peak.
        if all(max(abs(row - y), abs(column - x)) > window // 2 for y, x in kept):
            kept.append((row, column))
    height, width = heat.shape
    return [((row + 0.5) / height, (column + 0.5) / width) for row, column in kept]


def _without_specks(labels: Labels) -> Labels:
    """The labels whose areas are large enough for a person; the pixels of others join no one."""
    area_px = np.bincount(labels.ravel())
    is_kept = area_px >= SPECK_FRACTION * labels.size
    return np.where(is_kept[labels], labels, 0).astype(np.int32)
