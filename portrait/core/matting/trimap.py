"""Trimap generation from the network's probability: known pixels, and an unknown band of adaptive width."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.guided_filter import box_mean
from portrait.core.plane_algebra import Plane

_CERTAIN = 0.02
"""Probabilities this close to 0 or 1 are known. Little: a network's traces of hair are faint."""

_NARROW = 3 / 900
"""Reach beyond a thin band of uncertain pixels, a hard edge's, as a share of the long side."""

_WIDE = 6 / 900
"""Reach beyond a band whose half width is above `_NARROW`: hair, or an outline that the network is unsure of."""

_FADE = 1 / 900


def near_uncertain(probability: Plane, certain: float, reach_px: int) -> Plane:
    """Dilation, with a soft rim, of the uncertain pixels: those not within ``certain`` of 0 or 1.

    float32 (h, w): 1 up to about ``reach_px`` away, fading to 0.
    """
    size = 2 * reach_px + 1
    reached = cv2.dilate(_uncertain(probability, certain), np.ones((size, size), np.uint8))
    return box_mean(reached.astype(np.float32), max(1, reach_px // 2))


def unknown_band(probability: Plane) -> Plane:
    """The unknown part of an adaptive trimap, with a soft rim: 1 unknown, 0 known; float32 (h, w).

    The band reaches `_NARROW` beyond the uncertain pixels where the probability rises steeply, and `_WIDE` where it is
    soft over a wide strip, as around hair.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1. Widths are shares of the long side.
    """
    narrow_px, wide_px, fade_px = (max(1, round(share * max(probability.shape))) for share in (_NARROW, _WIDE, _FADE))
    uncertain = _uncertain(probability, _CERTAIN)
    soft = cv2.erode(uncertain, _disk(narrow_px))
    band = cv2.max(cv2.dilate(uncertain, _disk(narrow_px)), cv2.dilate(soft, _disk(narrow_px + wide_px)))
    return box_mean(band.astype(np.float32), fade_px)


def _uncertain(probability: Plane, certain: float) -> NDArray[np.uint8]:
    return ((probability > certain) & (probability < 1.0 - certain)).view(np.uint8)


def _disk(radius_px: int) -> cv2.typing.MatLike:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
