"""Panoptic quality of people (Kirillov et al. 2019, arXiv 1801.00868): how many are found one by one, and how well."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MATCH_IOU = 0.5
"""A person counts as found where the IoU is above this; then no other can match the same one."""

UNKNOWN = 255


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """People found and missed; adds up over images.

    Attributes
    ----------
    found, missed
        True people with and without a match.
    false
        People found of whom none is true.
    iou_sum
        Over the matches.
    """

    found: int = 0
    missed: int = 0
    false: int = 0
    iou_sum: float = 0.0

    def __add__(self, other: "PeopleCounts") -> "PeopleCounts":
        return PeopleCounts(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.iou_sum + other.iou_sum,
        )

    @property
    def found_share(self) -> float:
        """Recall: share of the true people that were found; 1 without any."""
        people = self.found + self.missed
        return self.found / people if people else 1.0

    @property
    def panoptic_quality(self) -> float:
        """Mean IoU of the matches times F1 of the detection; 1 where nobody is and nobody was found."""
        weight = self.found + 0.5 * (self.false + self.missed)
        return self.iou_sum / weight if weight else 1.0


def count_people(true: NDArray[np.uint8], found: NDArray[np.integer], least_fraction: float = 0.002) -> PeopleCounts:
    """Match the people of two label maps.

    Parameters
    ----------
    true
        uint8 (H, W): 0 nobody, 1 … 254 one person each, 255 unknown: not counted.
    found
        (H, W): 0 nobody, 1 … n one person each.
    least_fraction
        People who cover less of the image are too small to count; found ones count from half of that.
    """
    judged = true != UNKNOWN
    number_of_found = int(found.max(initial=0))
    pairs = np.zeros((int(UNKNOWN), number_of_found + 1), np.int64)
    np.add.at(pairs, (true[judged], found[judged]), 1)
    true_area, found_area = pairs.sum(axis=1), pairs.sum(axis=0)
    union = true_area[1:, None] + found_area[None, 1:] - pairs[1:, 1:]
    iou = pairs[1:, 1:] / np.maximum(union, 1)
    counts = true_area[1:] >= least_fraction * true.size
    is_match = (iou > MATCH_IOU) & counts[:, None]
    is_small_or_matched = (found_area[1:] < 0.5 * least_fraction * true.size) | (iou > MATCH_IOU).any(axis=0)
    # Who lies mostly where nothing is known, or on someone too small to count, is no false one.
    outside = np.bincount(found[~judged].ravel(), minlength=number_of_found + 1)[1:]
    on_uncounted = pairs[1:, 1:][~counts].sum(axis=0)
    is_excused = outside + on_uncounted > 0.5 * (found_area[1:] + outside)
    matches = int(is_match.sum())
    return PeopleCounts(
        found=matches,
        missed=int(counts.sum()) - matches,
        false=int((~is_small_or_matched & ~is_excused).sum()),
        iou_sum=float(iou[is_match].sum()),
    )
