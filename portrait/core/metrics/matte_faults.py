"""Faults of mattes that a viewer sees: scraps of sharp background around the subject, and holes in it."""

import math

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, Mask

_SEEN = 0.25
"""Error of alpha from which a wrong pixel is seen in a portrait."""

_SURE = 0.02
"""The truth is surely subject, or surely background, within this of 1 or 0."""

_LARGEST_PIECE = 0.02
"""Share of the subject's area above which a wrong piece is no scrap or hole, but a part that was added or lost."""

LABEL_TOLERANCE_FRACTION = 0.004
"""Distance from the outline within which labels drawn by hand are not to be trusted, as a share of the diagonal."""


def scrap_fraction(
    alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None, *, tolerance_px: float = 1.0
) -> float:
    """Area of the scraps: small pieces of true background that a matte leaves sharp, as a share of the subject's area.

    Parameters
    ----------
    alpha, truth
        float32 (H, W), 0 … 1.
    judged
        bool (H, W), false where the truth is unknown; None: everywhere known.
    tolerance_px
        Pixels within this distance of the true outline are not judged.

    Returns
    -------
    float
        0 or more; NaN where there is no subject.
    """
    return _small_pieces(alpha, truth > _SURE, _subject_px(truth), judged, tolerance_px)


def hole_fraction(
    alpha: AlphaMatte, truth: AlphaMatte, judged: Mask | None = None, *, tolerance_px: float = 1.0
) -> float:
    """Area of the holes: small pieces of the true subject that a matte leaves out, as a share of the subject's area.

    Parameters and return value are those of `scrap_fraction`.
    """
    return _small_pieces(1.0 - alpha, truth < 1.0 - _SURE, _subject_px(truth), judged, tolerance_px)


def _subject_px(truth: AlphaMatte) -> int:
    return int(np.count_nonzero(truth > 0.5))


def _small_pieces(alpha: AlphaMatte, allowed: Mask, subject_px: int, judged: Mask | None, tolerance_px: float) -> float:
    """Area of the small connected components of alpha out of reach of where it is allowed, as a share."""
    if subject_px == 0:
        return math.nan
    wrong = (alpha >= _SEEN) & ~allowed
    if allowed.any():
        wrong &= cv2.distanceTransform((~allowed).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > tolerance_px
    if judged is not None:
        wrong &= judged
    _, _, pieces, _ = cv2.connectedComponentsWithStats(wrong.view(np.uint8), connectivity=8)
    areas_px = pieces[1:, cv2.CC_STAT_AREA]
    return float(areas_px[areas_px <= _LARGEST_PIECE * subject_px].sum()) / subject_px
