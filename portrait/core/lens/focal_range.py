"""Focus by a point of the image, and a range of depth with soft ends that stays sharp, in a defocus map."""

import math

import numpy as np

from portrait.core.arrays import AlphaMatte, DefocusMap
from portrait.core.lens.focus import FocusPoint, require_focal_range

_SUBJECT = 0.5
_WINDOW = 0.006
"""Half side of the window around the point whose median counts, as a share of the diagonal."""

_SAME = 0.02
"""A point whose defocus differs from the subject's by less is as far away as the subject, which then stays sharp."""


def refocus(
    defocus_map: DefocusMap, alpha: AlphaMatte, focus: FocusPoint | None, focal_range: float
) -> tuple[DefocusMap, AlphaMatte]:
    """Defocus map of the same scene with the lens focused elsewhere, and within a range not out of focus at all.

    The circle of confusion of a thin lens is linear in inverse depth (Potmesil & Chakravarty 1981,
    doi:10.1145/965161.806818), so in units of the disk far behind the subject another focus shifts the map by a
    constant.

    Parameters
    ----------
    defocus_map
        float32 (H, W), −1 … 1, focused at the subject.
    alpha
        float32 (H, W), 0 … 1, of the subject, whose defocus is 0.
    focus
        None, or a point on the subject: the subject.
    focal_range
        0 … 0.9: defocus up to which things stay sharp; see `soften`.

    Returns
    -------
    The map, and the matte of what is sharp whatever the map says: that of the subject, or of nothing where the focus is
    elsewhere; then the map tells the subject's defocus too.
    """
    offset = None if focus is None else _defocus_at(defocus_map, alpha, focus)
    if offset is None or abs(offset) < _SAME:
        return soften(defocus_map, focal_range), alpha
    whole = (np.float32(1.0) - alpha) * defocus_map - np.float32(offset)
    return soften(np.clip(whole, -1.0, 1.0).astype(np.float32), focal_range), np.zeros_like(alpha)


def soften(defocus_map: DefocusMap, focal_range: float) -> DefocusMap:
    """Soft thresholding of a defocus map: 0 within a range, growing smoothly from its ends, −1 and 1 as they were.

    Beyond the range the blur begins as a parabola, which meets a straight line at a tangent: no edge is seen where
    sharpness ends.
    """
    require_focal_range(focal_range)
    if focal_range == 0.0:
        return defocus_map
    ramp = min(focal_range, 1.0 - focal_range)
    beyond = np.maximum(np.abs(defocus_map) - np.float32(focal_range), 0.0)
    line, parabola = beyond - np.float32(0.5 * ramp), beyond**2 / np.float32(2.0 * ramp)
    softened = np.where(beyond < ramp, parabola, line) / np.float32(1.0 - focal_range - 0.5 * ramp)
    return np.asarray(np.copysign(np.minimum(softened, 1.0), defocus_map), np.float32)


def _defocus_at(defocus_map: DefocusMap, alpha: AlphaMatte, focus: FocusPoint) -> float | None:
    """Median defocus around a point; None on the subject."""
    height, width = alpha.shape
    column, row = min(int(focus[0] * width), width - 1), min(int(focus[1] * height), height - 1)
    if alpha[row, column] > _SUBJECT:
        return None
    reach_px = max(1, round(_WINDOW * math.hypot(height, width)))
    window = np.s_[max(0, row - reach_px) : row + reach_px + 1, max(0, column - reach_px) : column + reach_px + 1]
    return float(np.median(defocus_map[window][alpha[window] <= _SUBJECT]))
