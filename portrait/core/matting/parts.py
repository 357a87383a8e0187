"""Connected components of a matte that are dropped, and holes in it that are filled, by a point inside them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte
from portrait.core.matting.strokes import PartEdit, PartKind, Point
from portrait.core.plane_algebra import Plane
from portrait.core.resize import downsample_to_long_side

LABEL_LONG_SIDE_PX = 640
_SOLID, _TRACE = 0.5, 0.02
_NEAR_PX = 4
"""A click this near a part means it, at the size at which parts are told apart."""


def part_kind_at(matte: AlphaMatte, point: Point) -> PartKind | None:
    """What a click would do: drop the part of the matte at a point, fill the hole there; None: neither is there.

    float32 (H, W), 0 … 1.
    """
    for kind in ("drop", "fill"):
        if find_part(matte, PartEdit(kind, point)) is not None:
            return kind
    return None


def find_part(matte: AlphaMatte, edit: PartEdit) -> Plane | None:
    """Connected component of the matte (drop), or hole in it (fill), with its soft rim.

    Parameters
    ----------
    matte
        float32 (H, W), 0 … 1.

    Returns
    -------
    float32 (h, w), 0 … 1, of the whole image at a long side of 640 pixels at most: what is to be changed. None where
    there is no such part: the open background is no hole.
    """
    small = np.ascontiguousarray(downsample_to_long_side(matte, LABEL_LONG_SIDE_PX))
    opacity = small if edit.kind == "drop" else 1.0 - small
    count, labels = cv2.connectedComponents(
        (opacity > _SOLID).view(np.uint8), connectivity=8 if edit.kind == "drop" else 4
    )
    label = _label_at(np.asarray(labels), edit.point)
    if count <= 1 or label == 0:
        return None
    is_part = labels == label
    if edit.kind == "fill" and _touches_frame(is_part):
        return None
    return _with_rim(np.asarray(labels), label, opacity)


def _label_at(labels: NDArray[np.int32], point: Point) -> int:
    """The label at a point, or the nearest one within a few pixels; 0: none."""
    height, width = labels.shape
    x, y = int(point[0] * width), int(point[1] * height)
    if not (0 <= x < width and 0 <= y < height):
        return 0
    if labels[y, x]:
        return int(labels[y, x])
    top, left = max(0, y - _NEAR_PX), max(0, x - _NEAR_PX)
    near = labels[top : y + _NEAR_PX + 1, left : x + _NEAR_PX + 1]
    rows, columns = np.nonzero(near)
    if not rows.size:
        return 0
    nearest = int(np.argmin(np.hypot(rows + top - y, columns + left - x)))
    return int(near[rows[nearest], columns[nearest]])


def _touches_frame(mask: NDArray[np.bool_]) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _with_rim(labels: NDArray[np.int32], label: int, opacity: Plane) -> Plane:
    """A part with the soft pixels around it that are nearer to it than to any other part."""
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    owner[nearest[labels > 0]] = labels[labels > 0]
    is_own = owner[nearest] == label
    _, soft = cv2.connectedComponents((is_own & (opacity > _TRACE)).view(np.uint8), connectivity=8)
    inside = np.unique(soft[labels == label])
    rim = cv2.dilate(np.isin(soft, inside[inside > 0]).view(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(cv2.blur((rim.view(np.bool_) & is_own).astype(np.float32), (3, 3)), np.float32)
