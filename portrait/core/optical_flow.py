"""Dense optical flow between frames, backward warping, and the forward–backward check."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import Mask, RgbImage

Flow = NDArray[np.float32]
"""float32 (H, W, 2), pixels: the pixel at (x, y) lies at (x + flow[y, x, 0], y + flow[y, x, 1]) in the other frame."""

SMALLEST_SIDE_PX = 32
"""Smaller frames leave the coarsest level of the flow without a patch."""

_RESIDUAL_LEVELS = 12.0


def find_flow(frame: RgbImage, other: RgbImage, *, is_quick: bool = False) -> Flow:
    """Dense optical flow by inverse search (Kroeger et al. 2016, arXiv 1603.03590).

    Tells where each pixel of ``frame`` is in ``other``.

    Parameters
    ----------
    frame, other
        uint8 (H, W, 3) of one size.
    is_quick
        Without variational refinement, a tenth of the time: for thumbnails of a video.

    Returns
    -------
    float32 (H, W, 2), (Δx, Δy) in pixels.

    Raises
    ------
    ValueError
        The sizes differ, or a side is shorter than 32 pixels.
    """
    if frame.shape != other.shape or min(frame.shape[:2]) < SMALLEST_SIDE_PX:
        raise ValueError(f"need frames of one size, {SMALLEST_SIDE_PX} px at least, got {frame.shape}, {other.shape}")
    preset = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST if is_quick else cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    search = cv2.DISOpticalFlow.create(preset)
    search.setFinestScale(1)  # half size, which that of MEDIUM is by default
    grey, other_grey = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (frame, other))
    return np.asarray(search.calc(grey, other_grey, np.zeros((*grey.shape, 2), np.float32)), dtype=np.float32)


def warp(other: cv2.typing.MatLike, flow: Flow) -> NDArray[np.float32]:
    """Backward warping: the other frame, (H, W) or (H, W, C), sampled bilinearly where the flow points; float32."""
    columns, rows = _targets(flow)
    fetched = cv2.remap(other, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fetched, dtype=np.float32)


def find_consistent(frame: RgbImage, other: RgbImage, flow: Flow) -> Mask:
    """Forward–backward flow check: pixels whose flow is consistent, neither occluded in the other frame nor mismatched.

    The flow there and back must end where it began (Sundaram, Brox & Keutzer 2010, doi:10.1007/978-3-642-15549-9_32),
    inside the frame, and the colours at both ends must agree.

    Parameters
    ----------
    frame, other
        uint8 (H, W, 3) of one size.
    flow
        From ``frame`` to ``other``, as `find_flow` gives it.

    Returns
    -------
    bool (H, W).
    """
    back = warp(find_flow(other, frame), flow)
    mismatch = ((flow + back) ** 2).sum(axis=2)
    tolerance = 0.01 * ((flow**2).sum(axis=2) + (back**2).sum(axis=2)) + 0.5
    columns, rows = _targets(flow)
    height, width = flow.shape[:2]
    is_inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    residual = cv2.blur(np.abs(frame - warp(other, flow)).mean(axis=2), (3, 3))  # the mean evens out sensor noise
    consistent: Mask = (mismatch < tolerance) & is_inside & (residual < _RESIDUAL_LEVELS)
    return consistent


def _targets(flow: Flow) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column and row that each pixel's flow points to, float32 (H, W) each."""
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return columns, rows
