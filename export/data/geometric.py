"""Geometric augmentation: random crops, zooms and rotations, with one affine matrix for image and label.

Labelled images are uint8 (H, W, 5); a view is squashed to a square, as the network will see pictures of any aspect.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from export.data.labels import (
    INSTANCE_PLANE,
    LABEL_PLANE,
    UNKNOWN_INSTANCE,
    VOID_LABEL,
    LabelledImage,
    from_opacity,
    is_soft,
)

Rng = np.random.Generator
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels, ends exclusive."""

CAMERA_ASPECTS = (16 / 9, 16 / 9, 4 / 3, 9 / 16)
"""Width / height of what cameras deliver: mostly wide webcams, some upright phones."""

_SMALLEST_CROP_PX = 96
_FEWEST_PERSON_PIXELS = 100


def random_aspect(rng: Rng) -> float:
    """Random aspect ratio, width / height, of a camera's image: from upright phone to wide webcam."""
    return float(np.exp(rng.uniform(np.log(0.56), np.log(1.78))))


def random_view(source: LabelledImage, size_px: int, rng: Rng, aspect: float | None = None) -> LabelledImage:
    """Random crop, zoom and rotation, resized to a square; pixels beyond the image's border are void.

    Without ``aspect`` the view has about the image's aspect ratio and may be larger than the image. With ``aspect``, as
    for a background, it is never larger than the image: only rotation can bring in void pixels.
    """
    # Aspect ratio and zoom; a zoom above 1 shows more than the image.
    height, width = source.shape[:2]
    most_zoom = 1.25 if aspect is None else 0.99
    if aspect is None:
        aspect = width / height * float(np.exp(rng.uniform(-0.3, 0.3)))
    zoom = float(np.clip(np.exp(rng.normal(-0.1, 0.22)), 0.45, most_zoom))
    view_height = zoom * min(height, width / aspect) if zoom < 1 else zoom * max(height, width / aspect)
    view_width = view_height * aspect
    # Position and rotation.
    center_x = width / 2 + rng.uniform(-0.5, 0.5) * abs(width - view_width)
    center_y = height / 2 + rng.uniform(-0.5, 0.5) * abs(height - view_height)
    scale = (size_px / view_width, size_px / view_height)
    to_view = affine((center_x, center_y), scale, random_angle_deg(rng), size_px)
    return warp(source, to_view, size_px, cv2.BORDER_REFLECT_101, label_outside=VOID_LABEL)


def camera_view(source: LabelledImage, box: Box, size_px: int, rng: Rng) -> LabelledImage:
    """Random crop as a webcam or an upright phone would frame the people in ``box``, resized to a square.

    There is head room above, the lower edge cuts the body, and the crop stays inside the image. A tall image so gives a
    wide view of head and chest, a wide image an upright view of one person.
    """
    height, width = source.shape[:2]
    left, top, right, bottom = box
    aspect = CAMERA_ASPECTS[rng.integers(len(CAMERA_ASPECTS))]
    # How much of the people is shown, from the top, and the size of the view around it.
    at_least = min(bottom - top, max(0.3 * (bottom - top), 0.8 * (right - left)))  # head and shoulders
    shown = np.exp(rng.uniform(np.log(at_least), np.log(bottom - top)))
    head_room = rng.uniform(0.05, 0.4) * min(shown, right - left)
    view_height = min(max(_SMALLEST_CROP_PX, shown + head_room), height, width / aspect)
    view_width = view_height * aspect
    # Position inside the image, and a slight rotation.
    center_x = (left + right) / 2 + rng.normal(0.0, 0.15) * view_width
    center_x = _clamp(center_x, view_width / 2, width - view_width / 2)
    center_y = _clamp(top - head_room + view_height / 2, view_height / 2, height - view_height / 2)
    to_view = affine((center_x, center_y), (size_px / view_width, size_px / view_height), rng.normal(0.0, 3.0), size_px)
    return warp(source, to_view, size_px, cv2.BORDER_REFLECT_101, label_outside=VOID_LABEL)


def _clamp(value: float, low: float, high: float) -> float:
    """Clamp to ``low`` … ``high``; the middle of the two where they are in reverse order."""
    return (low + high) / 2 if low > high else min(max(value, low), high)


def random_angle_deg(rng: Rng) -> float:
    """Random rotation in degrees: mostly near 0, in three of ten cases up to clearly tilted."""
    return float(rng.normal(0.0, 15.0) if rng.random() < 0.3 else rng.normal(0.0, 3.0))


def person_box(labelled: LabelledImage) -> Box | None:
    """Bounding box of all person pixels; None when there are fewer than `_FEWEST_PERSON_PIXELS`."""
    on_person = np.asarray(labelled[..., 3]) > VOID_LABEL
    if on_person.sum() < _FEWEST_PERSON_PIXELS:
        return None
    rows, columns = np.flatnonzero(on_person.any(axis=1)), np.flatnonzero(on_person.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def affine(
    center: tuple[float, float], scale: tuple[float, float], angle_deg: float, size_px: int
) -> NDArray[np.float64]:
    """2×3 affine matrix: rotate about ``center`` (x, y), scale, and move the centre to the middle of the output."""
    angle = np.deg2rad(angle_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.diag(scale) @ rotation
    offset = size_px / 2 - linear @ np.asarray(center)
    return np.column_stack([linear, offset])


def warp(
    source: LabelledImage, matrix: NDArray[np.float64], size_px: int, border: int, label_outside: int
) -> LabelledImage:
    """Affine warp of image and label to a square; downsampling is done by area first, against aliasing."""
    # Downsample by area where the matrix reduces by more than a third, and adapt the matrix.
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    rgb, label, instances = split_planes(source)
    if scale < 0.67:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        matrix = matrix @ np.diag([rgb.shape[1] / size[0], rgb.shape[0] / size[1], 1.0])
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        label = shrink_label(label, size)
        instances = shrink_instances(instances, size)
    out = (size_px, size_px)
    rgb = np.asarray(cv2.warpAffine(rgb, matrix, out, flags=cv2.INTER_LINEAR, borderMode=border), dtype=np.uint8)
    outside = UNKNOWN_INSTANCE if label_outside == VOID_LABEL else 0
    return np.dstack(
        [rgb, _warp_label(label, matrix, out, label_outside), _warp_nearest(instances, matrix, out, outside)]
    )


def split_planes(labelled: LabelledImage) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """RGB (H, W, 3), label and instances (H, W), each C-contiguous."""
    planes = (labelled[..., :3], labelled[..., LABEL_PLANE], labelled[..., INSTANCE_PLANE])
    rgb, label, instances = (np.ascontiguousarray(plane) for plane in planes)
    return rgb, label, instances


def shrink_instances(instances: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Nearest-neighbour resizing of instances to (width, height)."""
    return np.asarray(cv2.resize(instances, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def _warp_nearest(
    plane: NDArray[np.uint8], matrix: NDArray[np.float64], out: tuple[int, int], outside: int
) -> NDArray[np.uint8]:
    return _warp_plane(plane, matrix, out, cv2.INTER_NEAREST, outside)


def _warp_plane(
    plane: cv2.typing.MatLike, matrix: NDArray[np.float64], out: tuple[int, int], interpolation: int, outside: int
) -> NDArray[np.uint8]:
    border = cv2.BORDER_CONSTANT
    warped = cv2.warpAffine(plane, matrix, out, flags=interpolation, borderMode=border, borderValue=(outside,))
    return np.asarray(warped, dtype=np.uint8)


def shrink_label(label: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Downsample a label to (width, height): a mask by nearest neighbour, alpha by area."""
    if not is_soft(label):
        return np.asarray(cv2.resize(label, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
    opacity = np.asarray(cv2.resize(label, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    void = cv2.resize((label == VOID_LABEL).astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    return _with_void(opacity, void)


def _warp_label(
    label: NDArray[np.uint8], matrix: NDArray[np.float64], out: tuple[int, int], outside: int
) -> NDArray[np.uint8]:
    if not is_soft(label):
        return _warp_nearest(label, matrix, out, outside)
    is_void = (label == VOID_LABEL).astype(np.uint8) * 255
    void = _warp_plane(is_void, matrix, out, cv2.INTER_LINEAR, 255 * (outside == VOID_LABEL))
    return _with_void(_warp_plane(label, matrix, out, cv2.INTER_LINEAR, outside), void)


def _with_void(opacity: NDArray[np.uint8], void: cv2.typing.MatLike) -> NDArray[np.uint8]:
    """Label of resampled alpha, void wherever a void pixel contributed."""
    return np.where(np.asarray(void) > 0, np.uint8(VOID_LABEL), from_opacity(opacity))
