"""Metrics of masks and mattes: IoU, boundary IoU, errors of alpha, calibration, false positives, flicker.

Two figures are called "person IoU of a set". The mean over images, `mean(c.person_iou for c in confusions)`, weighs
every image alike and is reported first. The one from a single confusion matrix over the set,
`sum(confusions, Confusion()).person_iou`, weighs every pixel alike, so large people count for more.
"""

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, Mask
from portrait.core.optical_flow import Flow, warp

PERSON_THRESHOLD = 0.5
"""Probability or alpha from which a pixel counts as person."""

BOUNDARY_FRACTION = 0.02
"""Width of the boundary band as a share of the image's diagonal (Cheng et al. 2021, section 5)."""

RELIABILITY_BINS = 10


@dataclass(frozen=True, slots=True)
class Confusion:
    """Confusion matrix of person and background over the judged pixels; sums over images by ``+``."""

    true_person: int = 0
    false_person: int = 0
    missed_person: int = 0
    true_background: int = 0

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(
            self.true_person + other.true_person,
            self.false_person + other.false_person,
            self.missed_person + other.missed_person,
            self.true_background + other.true_background,
        )

    @property
    def person_iou(self) -> float:
        """Intersection over union of the person; 1 where there is none and none was found."""
        return _ratio(self.true_person, self.true_person + self.false_person + self.missed_person)

    @property
    def background_iou(self) -> float:
        """Intersection over union of the background; 1 where there is none and none was found."""
        return _ratio(self.true_background, self.true_background + self.false_person + self.missed_person)

    @property
    def mean_iou(self) -> float:
        """Mean of the two classes' IoU."""
        return 0.5 * (self.person_iou + self.background_iou)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Histogram of predicted probability for the reliability diagram; sums over images by ``+``.

    Attributes
    ----------
    pixels
        Number of judged pixels of each bin; bins have equal width.
    probability, person
        Sums over the pixels of each bin: of the predicted probability, and of the true opacity.
    """

    pixels: tuple[int, ...] = (0,) * RELIABILITY_BINS
    probability: tuple[float, ...] = (0.0,) * RELIABILITY_BINS
    person: tuple[float, ...] = (0.0,) * RELIABILITY_BINS

    def __add__(self, other: "Reliability") -> "Reliability":
        return Reliability(
            tuple(map(operator.add, self.pixels, other.pixels)),
            tuple(map(operator.add, self.probability, other.probability)),
            tuple(map(operator.add, self.person, other.person)),
        )

    def curve(self) -> list[tuple[float, float]]:
        """(mean probability, share of person) of each bin that holds pixels: the reliability diagram."""
        bins = zip(self.pixels, self.probability, self.person, strict=True)
        return [(found / count, true / count) for count, found, true in bins if count]

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: the mean over all pixels of |probability − share of person| of their bin.

        Guo et al. 2017, arXiv 1706.04599, equation 3. NaN without pixels.
        """
        gap = sum(abs(found - true) for found, true in zip(self.probability, self.person, strict=True))
        total = sum(self.pixels)
        return gap / total if total else math.nan


def count_confusion(mask: Mask, truth: Mask, judged: Mask | None = None) -> Confusion:
    """Confusion matrix of one image.

    Parameters
    ----------
    mask, truth
        bool (H, W), found and true person.
    judged
        bool (H, W), false where the truth is unknown; None: everywhere known.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    judged = _require_judged(mask, truth, judged)
    return Confusion(
        true_person=_count(mask & truth & judged),
        false_person=_count(mask & ~truth & judged),
        missed_person=_count(~mask & truth & judged),
        true_background=_count(~(mask | truth) & judged),
    )


def boundary_iou(
    mask: Mask, truth: Mask, judged: Mask | None = None, boundary_fraction: float = BOUNDARY_FRACTION
) -> float:
    """IoU of the two inner boundary bands, d pixels wide: Cheng et al. 2021, arXiv 2103.16562, equation 2.

    As in the paper's evaluation, distance is that of d erosions by a 3 × 3 square, d is at least 1, and the image's
    border bounds the mask. Where the truth is unknown it takes over what was found, so that the edge of an unknown
    area makes no band, and those pixels are not counted.

    Parameters
    ----------
    mask, truth, judged
        bool (H, W), as for `count_confusion`.
    boundary_fraction
        d as a share of the diagonal.

    Returns
    -------
    float
        0 … 1; 1 where neither has a band.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    judged = _require_judged(mask, truth, judged)
    width_px = max(1, round(boundary_fraction * math.hypot(*mask.shape)))
    found_band = _inner_band(mask, width_px)
    true_band = _inner_band(np.where(judged, truth, mask), width_px)
    shared = _count(found_band & true_band & judged)
    return _ratio(shared, _count((found_band | true_band) & judged))


def sad(alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None) -> float:
    """Sum of absolute differences of two float32 (H, W) alphas, in pixels (papers print thousands)."""
    return float(_judged_difference(alpha, truth, judged).sum())


def mae(alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None) -> float:
    """Mean absolute difference of two float32 (H, W) alphas; NaN where no pixel is judged."""
    return _mean(_judged_difference(alpha, truth, judged))


def mse(alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None) -> float:
    """Mean squared difference of two float32 (H, W) alphas; NaN where no pixel is judged."""
    return _mean(_judged_difference(alpha, truth, judged) ** 2)


def false_person_fraction(mask: Mask) -> float:
    """Share of an image without people, bool (H, W), that is taken for a person."""
    return float(np.mean(mask))


def count_reliability(probability: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None) -> Reliability:
    """Reliability histogram of one image.

    Parameters
    ----------
    probability, truth
        float32 (H, W), 0 … 1; the truth may be a mask's 0 and 1, or alpha.
    judged
        bool (H, W), as for `count_confusion`.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    judged = _require_judged(probability, truth, judged)
    found, true = probability[judged], truth[judged]
    bins = np.minimum((found * RELIABILITY_BINS).astype(np.intp), RELIABILITY_BINS - 1)
    sums = (np.bincount(bins, weights, RELIABILITY_BINS).tolist() for weights in (found, true))
    return Reliability(tuple(np.bincount(bins, minlength=RELIABILITY_BINS).tolist()), *map(tuple, sums))


def flicker(alphas: Iterable[AlphaMatte]) -> float:
    """Mean |Δalpha| from frame to frame over all pixels, for a scene at rest.

    Parameters
    ----------
    alphas
        Two or more float32 (H, W) of one size, in the order of time.

    Raises
    ------
    ValueError
        Fewer than two frames, or sizes that differ.
    """
    steps = [mae(after, before) for before, after in pairwise(alphas)]
    if not steps:
        raise ValueError("flicker needs two frames or more")
    return float(np.mean(steps))


def warped_flicker(before: AlphaMatte, after: AlphaMatte, flow: Flow, consistent: Mask) -> float:
    """Warped flicker: mean |Δalpha| between two frames after warping, over pixels of consistent optical flow.

    The warping error of Lai et al. 2018, arXiv 1808.00449, taken of alpha.

    Parameters
    ----------
    before, after
        float32 (H, W), the mattes of two frames in the order of time.
    flow, consistent
        From the later frame to the earlier one, as `portrait.core.optical_flow` finds them.

    Returns
    -------
    float
        NaN where no pixel is consistent.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    return mae(after, warp(before, flow), consistent)


def _require_judged(found: NDArray[np.generic], truth: NDArray[np.generic], judged: Mask | None) -> Mask:
    if judged is None:
        judged = np.ones(found.shape, dtype=np.bool_)
    if found.ndim != 2 or not found.shape == truth.shape == judged.shape:
        raise ValueError(f"need three (H, W) of one size, got {found.shape}, {truth.shape}, {judged.shape}")
    return judged


def _inner_band(mask: Mask, width_px: int) -> Mask:
    """Mask pixels within ``width_px`` of the outside, the image's border included."""
    framed = np.pad(mask.astype(np.uint8), 1)
    eroded = cv2.erode(framed, np.ones((3, 3), np.uint8), iterations=width_px)[1:-1, 1:-1]
    band: Mask = mask & (eroded == 0)
    return band


def _judged_difference(alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None) -> NDArray[np.float64]:
    judged = _require_judged(alpha, truth, judged)
    return np.abs(alpha[judged].astype(np.float64) - truth[judged])


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else math.nan


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
