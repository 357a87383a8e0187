"""Defocus from a depth map, by the circle of confusion of a thin lens."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap, RgbImage
from portrait.core.guided_filter import follow_edges
from portrait.core.inpaint import inpaint
from portrait.core.resize import downsample_to_long_side, fit_long_side, resize

_GUIDE_LONG_SIDE_PX = 640
_EPSILON = 4e-4
_REACH = 2.5  # of the filter, in pixels of the depth map
_SUBJECT, _BACKGROUND = 0.9, 0.1
_FARTHEST = 2.0  # percentile: single wrong pixels do not stretch the scale
_LEAST_KNOWN = 0.3  # of the subject
_LEAST_REACH = 0.03
"""The subject must be nearer than its background by at least this share of the map's range to count as nearer."""

_RIM_FRACTION, _RIM_PIXELS = 0.012, 1.0
"""Within this distance of the subject's outline, as a share of the long side or in pixels of the map, depth may be the
subject's.
"""

_LARGE = 0.2
_LARGEST_DEPTH = 0.25
"""Parts of the subject as large as this share of the largest are in focus, as far as this share of the way to infinity
holds them all.
"""

_POINT_FRACTION = 0.01  # of the long side: radius of the window in which the depth at a point is measured


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """The depth of a scene, as measured or estimated.

    Attributes
    ----------
    nearness
        float32 (h, w), covering the whole image, upright: linear in inverse depth, larger is nearer. Unknown depth is
        NaN.
    infinity
        Nearness at infinite distance; None where it is unknown: then the farthest part of the map counts as infinite.
    focus
        The least and the largest nearness that is in focus; None: that of the subject.

    Raises
    ------
    ValueError
        Another type or shape.
    """

    nearness: NDArray[np.float32]
    infinity: float | None = None
    focus: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.nearness.ndim != 2 or self.nearness.dtype != np.float32 or self.nearness.size == 0:
            seen = f"{self.nearness.shape} {self.nearness.dtype}"
            raise ValueError(f"nearness must be (h, w) float32, got {seen}")


def find_defocus(depth: DepthMap, image: RgbImage, alpha: AlphaMatte) -> DefocusMap | None:
    """Defocus map: the circle of confusion of every pixel when the lens is focused at the subject.

    The circle of confusion of a thin lens is linear in inverse depth (Potmesil & Chakravarty 1981,
    doi:10.1145/965161.806818): 0 from the farthest to the nearest large part of the subject, whose nearness is the
    median inside it, or where ``depth.focus`` says; 1 at infinity. Near the
    subject's outline the map is continued from farther away, for a coarse map shows the subject there. Its edges then
    follow the image's by a guided filter (He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213).

    Parameters
    ----------
    depth
        At any resolution.
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).

    Returns
    -------
    float32 (H, W), −1 … 1, as `portrait.core.arrays.DefocusMap`; None where the map does not separate the subject from
    its background, or there is no subject.
    """
    guide = downsample_to_long_side(image, _GUIDE_LONG_SIDE_PX)
    matte = np.asarray(resize(alpha, *guide.shape[:2]), np.float32)
    nearness, known = at_size(depth.nearness, (guide.shape[0], guide.shape[1]))
    scale = _scale(nearness, known > 0.5, matte, depth)
    if scale is None:
        return None
    (far, near), reach = scale
    out_of_focus = np.maximum(np.float32(far) - nearness, 0.0) + np.minimum(np.float32(near) - nearness, 0.0)
    measured = np.clip(out_of_focus / np.float32(reach), -1.0, 1.0).astype(np.float32)
    coarse = _continue_around(measured, known, matte, max(guide.shape) / max(depth.nearness.shape))
    radius_px = max(1, round(_REACH * max(guide.shape) / max(depth.nearness.shape)))
    return follow_edges(coarse, guide, image, radius_px, _EPSILON)


def is_subject_nearer(depth: DepthMap, alpha: AlphaMatte) -> bool:
    """Whether the subject is nearer than the mean of the rest; if not, near and far are probably swapped in the map."""
    nearness, known = at_size(depth.nearness, fit_long_side(alpha.shape, _GUIDE_LONG_SIDE_PX))
    subject, around = _subject_and_rest(nearness, known > 0.5, np.asarray(resize(alpha, *nearness.shape), np.float32))
    return bool(subject.size and around.size and np.median(subject) > np.mean(around))


def nearness_at(depth: DepthMap, down: float, across: float) -> float | None:
    """Nearness at a point of the image, to focus there: `dataclasses.replace` the map's ``focus`` by it, twice.

    Parameters
    ----------
    down, across
        Shares of the image's height and width, 0 … 1.

    Returns
    -------
    Median of a small window, which noise and an edge do not move; None where nothing is known.
    """
    height, width = depth.nearness.shape
    row, column = min(int(down * height), height - 1), min(int(across * width), width - 1)
    reach = max(1, round(_POINT_FRACTION * max(height, width)))
    window = depth.nearness[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    known = window[np.isfinite(window)]
    return float(np.median(known)) if known.size else None


def at_size(nearness: NDArray[np.float32], shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Normalised resizing: the map without its unknown depth at another size, and the known share of each pixel."""
    is_known = np.isfinite(nearness)
    known = resize(is_known.astype(np.float32), *shape)
    values = resize(np.where(is_known, nearness, np.float32(0.0)), *shape)
    return np.asarray(values / np.maximum(known, np.float32(1e-6)), np.float32), known


def _subject_and_rest(
    nearness: NDArray[np.float32], is_known: NDArray[np.bool_], matte: AlphaMatte
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Known values of nearness inside the subject, and outside it."""
    return nearness[is_known & (matte > _SUBJECT)], nearness[is_known & (matte < _BACKGROUND)]


def _scale(
    nearness: NDArray[np.float32], is_known: NDArray[np.bool_], matte: AlphaMatte, depth: DepthMap
) -> tuple[tuple[float, float], float] | None:
    """Range of nearness in focus, and the difference from it to infinity; None where they cannot be determined."""
    subject, around = _subject_and_rest(nearness, is_known, matte)
    if subject.size <= _LEAST_KNOWN * np.count_nonzero(matte > _SUBJECT) or not around.size:
        return None
    focus = float(np.median(subject)) if depth.focus is None else depth.focus[0]
    farthest = float(np.percentile(around, _FARTHEST))
    reach = focus - (farthest if depth.infinity is None else depth.infinity)
    spread = float(np.ptp(nearness[is_known]))
    if not (reach > _LEAST_REACH * spread and reach > 0.0):
        return None
    return depth.focus or _range_in_focus(nearness, is_known & (matte > _SUBJECT), focus, reach), reach


def _range_in_focus(
    nearness: NDArray[np.float32], is_subject: NDArray[np.bool_], focus: float, reach: float
) -> tuple[float, float]:
    """Nearness of the farthest and of the nearest large part of the subject, around that of the whole."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(is_subject.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = 1 + np.flatnonzero(areas >= _LARGE * areas.max())
    medians = [float(np.median(nearness[labels == label])) for label in large]
    most = _LARGEST_DEPTH * reach
    return max(min(*medians, focus), focus - most), min(max(*medians, focus), focus + most)


def _continue_around(
    measured: DefocusMap, known: NDArray[np.float32], matte: AlphaMatte, upsampling: float
) -> DefocusMap:
    """Inpaint the map behind the subject, and where nothing has been measured."""
    rim_px = max(1, round(_RIM_FRACTION * max(matte.shape)), round(_RIM_PIXELS * upsampling))
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim_px + 1, 2 * rim_px + 1))
    weight = np.where(cv2.dilate(matte, window) < _BACKGROUND, known, np.float32(0.0)).astype(np.float32)
    if not weight.any():
        return measured
    filled = inpaint(np.dstack([measured * weight] * 2), weight)  # OpenCV drops a single channel's axis
    return np.ascontiguousarray(filled[..., 0])
