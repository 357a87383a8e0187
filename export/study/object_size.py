"""Figures by the size of the people in an image, and paired differences of two networks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from export.data.data_set import DataItem, load_labelled
from export.data.labels import VOID_LABEL

SIZES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"small": (0.0, 0.05), "medium": (0.05, 0.2), "large": (0.2, 1.01), "all": (0.0, 1.01)}
)
"""Share of the image that is covered by people: from, and up to but without."""


def measure_person_share(item: DataItem) -> float:
    """Share of the judged pixels of an image that people cover; NaN where nobody is."""
    label = load_labelled(item)[..., 3]
    people, judged = int((label > VOID_LABEL).sum()), int((label != VOID_LABEL).sum())
    return people / judged if people else math.nan


def select_size(shares: Sequence[float], size: str) -> list[int]:
    """Indices of the images whose people have a size of `SIZES`."""
    low, high = SIZES[size]
    return [index for index, share in enumerate(shares) if low <= share < high]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean difference of a figure over the same images, and its standard error; NaN without images."""

    mean: float
    standard_error: float
    images: int

    @property
    def verdict(self) -> str:
        """``shown`` over two standard errors, ``opposite`` under minus two, else ``unclear``."""
        if self.images < 2 or not math.isfinite(self.mean):
            return "unclear"
        if abs(self.mean) <= 2.0 * self.standard_error:
            return "unclear"
        return "shown" if self.mean > 0.0 else "opposite"


def compare_pairs(better: Sequence[float], worse: Sequence[float]) -> PairedDifference:
    """Difference of two networks, image by image: what the images have in common drops out."""
    differences = np.asarray(better, np.float64) - np.asarray(worse, np.float64)
    differences = differences[np.isfinite(differences)]
    if not differences.size:
        return PairedDifference(math.nan, math.nan, 0)
    error = float(differences.std(ddof=1) / math.sqrt(differences.size)) if differences.size > 1 else math.nan
    return PairedDifference(float(differences.mean()), error, int(differences.size))
