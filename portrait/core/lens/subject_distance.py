"""How far away the subject is, from its size in the image, so that a near face blurs more than a whole figure."""

import math

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, Mask
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import (
    FOCAL_LENGTH_MAX_MM,
    FOCAL_LENGTH_MIN_MM,
    PORTRAIT_FOCAL_LENGTH_MM,
    UNKNOWN_SUBJECT_DISTANCE_M,
    Lens,
)

TRUNK_WIDTH_M, HEAD_WIDTH_M, BODY_HEIGHT_M = 0.42, 0.18, 1.7
"""A grown-up's outline: trunk with clothes and upper arms, head with hair, and the whole figure."""

NEAREST_M, FARTHEST_M = 0.4, 10.0
"""Through 50 mm, in proportion through a longer lens."""

FOLLOWED_SHARE = 0.08
"""Of the way to the newest distance in each frame: half a second at 25 frames a second."""

HELD_CHANGE = 0.005
"""Change of the logarithm of the distance below which the blur stays as it is: a tenth of a pixel of its radius."""

_LONG_SIDE_PX = 192
_HEAD_DEPTH = 0.5
"""The middle of the head lies less far below the top of the figure, in widths of the trunk."""

_SPREAD = 2.0
_MIN_PIXELS = 12


def focus_on(options: BlurOptions, alpha: AlphaMatte) -> BlurOptions:
    """Focus the lens of ``options`` at the subject of a matte, where its distance is left to the image.

    A look with its own blur radius stays as it is; so does one without a subject.
    """
    if options.blur_radius_fraction is not None or options.lens.focus_distance_m is not None:
        return options
    return options.focused_at(subject_distance_m(alpha, options.lens.focal_length_mm))


def suited_focal_length_mm(alpha: AlphaMatte) -> float | None:
    """Focal length of the portrait lens that suits the framing: longer for a whole figure, as photographers choose it.

    From head and chest, 1.5 m away through 50 mm, the focal length grows with the distance at which 50 mm would frame
    the same. So does the distance that belongs to it, and a far background is blurred by the same share of the image up
    to a whole figure through 200 mm.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1, of the whole frame.

    Returns
    -------
    50 … 200 mm, as on a sensor of 36 × 24 mm; None where there is no subject.
    """
    distance_m = subject_distance_m(alpha)
    if distance_m is None:
        return None
    suited_mm = PORTRAIT_FOCAL_LENGTH_MM * distance_m / UNKNOWN_SUBJECT_DISTANCE_M
    return min(max(suited_mm, FOCAL_LENGTH_MIN_MM), FOCAL_LENGTH_MAX_MM)


def subject_distance_m(alpha: AlphaMatte, focal_length_mm: float | None = None) -> float | None:
    """Estimate the distance from lens to subject.

    Trunk width, head width and, when all of it is in the frame, the height of the figure each tell a distance; the
    answer is their geometric mean. The trunk, which is hardest to mistake, keeps the others within a factor of 2: the
    top of the outline may be a raised hand. Depends on the shape of the matte, not on its number of pixels.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1, of the whole frame.
    focal_length_mm
        As on a sensor of 36 × 24 mm; the distance is in proportion to it. None: the portrait lens, 50 mm.

    Returns
    -------
    Metres, 0.4 … 10 through 50 mm; None where there is no subject.
    """
    figures = _figures(alpha)
    if np.count_nonzero(figures) < _MIN_PIXELS:
        return None
    lens, diagonal_px = Lens(PORTRAIT_FOCAL_LENGTH_MM), math.hypot(*figures.shape)
    # Measure trunk, head and height of the figure.
    trunk_px, head_px = _widths_px(figures)
    trunk_px = max(trunk_px, head_px * TRUNK_WIDTH_M / HEAD_WIDTH_M)  # the frame cuts it where only a head is seen
    parts = [(TRUNK_WIDTH_M, trunk_px), (HEAD_WIDTH_M, head_px), (BODY_HEIGHT_M, _height_px(figures))]
    # Each known length tells a distance by the lens's magnification; their geometric mean is the answer.
    distances = [lens.distance_m(size_m, px / diagonal_px) for size_m, px in parts if px is not None]
    bounded = np.clip(distances, distances[0] / _SPREAD, distances[0] * _SPREAD)
    distance_m = float(np.clip(np.exp(np.log(bounded).mean()), NEAREST_M, FARTHEST_M))
    return distance_m * (focal_length_mm or PORTRAIT_FOCAL_LENGTH_MM) / PORTRAIT_FOCAL_LENGTH_MM


class DistanceSmoother:
    """The subject's distance over frames: follows it slowly, or the blur would breathe with the matte's errors.

    Exponential smoothing of the logarithm: nearer and farther by one factor count alike, as they do for the blur. The
    distance is held until it has changed by half a per cent, so that the kernels of the blur serve for many frames.
    """

    def __init__(self) -> None:
        self._log_m: float | None = None
        self._held_log_m: float | None = None

    def smooth(self, distance_m: float | None) -> float | None:
        """Take the distance in the next frame, None where no subject is seen; give the one to focus at.

        The first distance is taken as it is. While there is none, the last one holds.
        """
        if distance_m is not None:
            newest = math.log(distance_m)
            before = newest if self._log_m is None else self._log_m
            self._log_m = before + FOLLOWED_SHARE * (newest - before)
        if self._log_m is None:
            return None
        if self._held_log_m is None or abs(self._log_m - self._held_log_m) > HELD_CHANGE:
            self._held_log_m = self._log_m
        return math.exp(self._held_log_m)

    def reset(self) -> None:
        """Forget the past: the next distance is taken as it is."""
        self._log_m = self._held_log_m = None


def _figures(alpha: AlphaMatte) -> Mask:
    """The subject mask, downsampled."""
    scale = _LONG_SIDE_PX / max(alpha.shape)
    height, width = (max(1, round(side * scale)) for side in alpha.shape)
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)


def _widths_px(figures: Mask) -> tuple[float, float]:
    """Widths of the nearest trunk and of the head over it: diameters of the largest disks inside the figures."""
    inside = cv2.distanceTransform(figures.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    trunk_px = 2.0 * float(inside.max())
    column, reach = int(np.argmax(inside.max(axis=0))), round(0.5 * trunk_px)
    over_trunk = inside[:, max(0, column - reach) : column + reach + 1]
    top = int(np.argmax(over_trunk.any(axis=1)))
    head = over_trunk[top : top + max(1, round(_HEAD_DEPTH * trunk_px))]
    return trunk_px, 2.0 * float(head.max())


def _height_px(figures: Mask) -> float | None:
    """Length of the figures, standing or lying; None where the frame cuts them."""
    if figures[0].any() or figures[-1].any() or figures[:, 0].any() or figures[:, -1].any():
        return None
    rows, columns = (np.flatnonzero(figures.any(axis=axis)) for axis in (1, 0))
    return float(max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1)
