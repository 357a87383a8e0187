"""Copy-paste augmentation (Ghiasi et al. 2021, arXiv 2012.07177): people are placed in other scenes and composited.

People that the border of their own image cuts off are placed so that the border of the scene cuts them off too.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from export.data.geometric import Box, person_box, warp
from export.data.labels import (
    INSTANCE_PLANE,
    LABEL_PLANE,
    PERSON_LABEL,
    UNKNOWN_INSTANCE,
    VOID_LABEL,
    LabelledImage,
    from_opacity,
    is_soft,
    to_opacity,
)
from export.data.photometric import match_color
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.soft_layers import estimate_layers

Rng = np.random.Generator

_CUT_FRACTION = 0.015
"""People whose label ends this close to the image's border, as a share of its side, count as cut off by it."""

_KEPT_BY_EROSION = 0.85
"""Erosion is omitted where less than this share of the pixels would be left: thin limbs would vanish."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Random placement of composited people, and treatment of their edges.

    Attributes
    ----------
    smallest_share
        Smallest height of people who are not cut off, as a share of the frame's height; drawn evenly on a log scale.
    standing_probability
        Probability that the feet of people who are not cut off are in the lower part of the frame; else anywhere.
    close_up_probability
        Probability that people who are not cut off are so near that the lower edge cuts them between chest and knees.
    edge_erosion_px
        Largest random erosion of the mask in pixels of the sample, against a halo of the old background.
    own_edge_colors
        Estimate foreground colours at soft edges, also against a halo of the old background.
    """

    smallest_share: float = 0.2
    standing_probability: float = 0.0
    close_up_probability: float = 0.0
    edge_erosion_px: int = 0
    own_edge_colors: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPeople:
    """The people of one image, resampled to their place in the scene; the larger ``height_px``, the nearer they are."""

    labelled: LabelledImage
    height_px: float


def place_people(
    people: LabelledImage, aspect: float, size_px: int, rng: Rng, placing: Placing = Placing()
) -> PlacedPeople | None:
    """Place the people of one image at random in a square scene that was resized from an aspect ratio.

    Returns
    -------
    The placed people; None when the image shows nobody.
    """
    box = person_box(people)
    if box is None:
        return None
    matrix = _find_place(people.shape[:2], box, aspect, size_px, rng, placing)
    placed = warp(people, matrix, size_px, cv2.BORDER_REPLICATE, 0)
    return PlacedPeople(placed, float(matrix[1, 1]) * (box[3] - box[1]))


def paste_people(scene: LabelledImage, people: PlacedPeople, rng: Rng, placing: Placing = Placing()) -> LabelledImage:
    """Alpha compositing of placed people over a scene of the same size, with matched colour statistics."""
    # Alpha and foreground colours.
    placed = people.labelled
    alpha = _find_alpha(placed[..., 3], rng, placing)
    own = placed[..., :3]
    if placing.own_edge_colors or is_soft(placed[..., 3]):
        own = _estimate_foreground(own, alpha)
    # Composite image and label.
    foreground = match_color(own, scene[..., :3], placed[..., 3] > VOID_LABEL, rng)
    mixed = alpha[..., None] * foreground + (1.0 - alpha[..., None]) * scene[..., :3]
    label = _label_composite(scene[..., LABEL_PLANE], placed[..., LABEL_PLANE], alpha)
    instances = _number_composite(scene[..., INSTANCE_PLANE], placed[..., INSTANCE_PLANE], alpha)
    return np.dstack([np.rint(mixed).astype(np.uint8), label, instances])


def _number_composite(
    scene: NDArray[np.uint8], placed: NDArray[np.uint8], alpha: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Whom a pixel belongs to; people who are pasted get the numbers that follow those of the scene."""
    taken = int(np.where(scene == UNKNOWN_INSTANCE, 0, scene).max())
    numbers = np.minimum(placed.astype(np.int32) + taken, UNKNOWN_INSTANCE)
    is_known = (placed > 0) & (placed != UNKNOWN_INSTANCE)
    own = np.where(is_known, numbers, UNKNOWN_INSTANCE).astype(np.uint8)
    return np.where((alpha >= 0.5) | (placed == UNKNOWN_INSTANCE), own, scene)


def _label_composite(
    scene: NDArray[np.uint8], placed: NDArray[np.uint8], alpha: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Label of the composite: a mask is cut at alpha one half, real alpha is composited; void pixels stay void."""
    if is_soft(placed):
        opacity = np.rint(255.0 * (alpha + (1.0 - alpha) * to_opacity(scene))).astype(np.uint8)
        label = np.where((scene == VOID_LABEL) & (alpha < 1.0), scene, from_opacity(opacity))
    else:
        label = np.where(alpha >= 0.5, np.uint8(PERSON_LABEL), scene)
    return np.where(placed == VOID_LABEL, placed, label)


def _find_alpha(label: NDArray[np.uint8], rng: Rng, placing: Placing) -> NDArray[np.float32]:
    """Alpha of a label: real alpha as it is, with void as background; of a mask a softened edge."""
    if is_soft(label):
        return to_opacity(np.where(label == VOID_LABEL, np.uint8(0), label))
    return soft_edge(label, rng, int(rng.integers(placing.edge_erosion_px + 1)))


def soft_edge(label: NDArray[np.uint8], rng: Rng, erosion_px: int = 0) -> NDArray[np.float32]:
    """Alpha from a mask: erosion, Gaussian blur, and a contrast stretch that moves the edge inwards."""
    hard = (label > VOID_LABEL).astype(np.float32)
    if erosion_px:
        eroded = np.asarray(cv2.erode(hard, np.ones((3, 3), np.uint8), iterations=erosion_px), dtype=np.float32)
        hard = eroded if eroded.sum() > _KEPT_BY_EROSION * hard.sum() else hard
    blurred = cv2.GaussianBlur(hard, (0, 0), rng.uniform(0.5, 1.2))
    return np.asarray(np.clip((blurred - 0.3) / 0.6, 0.0, 1.0), dtype=np.float32)


def _estimate_foreground(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Foreground colour estimation at the soft edges of alpha."""
    image = np.ascontiguousarray(image)
    light = to_linear(image)
    estimate_layers(image, alpha).put_foreground(light, slice(0, light.shape[0]))
    return to_srgb(light)


def _find_place(
    shape: tuple[int, ...], box: Box, aspect: float, size_px: int, rng: Rng, placing: Placing
) -> NDArray[np.float64]:
    """Random 2×3 affine matrix of the placement: cut sides come to lie at or beyond the frame, others anywhere."""
    # Which sides are cut, and whether the people are shown as a close-up.
    left, top, right, bottom = box
    cut_left, cut_top, cut_right, cut_bottom = _find_cuts(shape, box)
    is_free = not (cut_left or cut_right or cut_top)
    is_whole = is_free and not cut_bottom
    is_close = is_whole and bottom - top > right - left and rng.random() < placing.close_up_probability
    # Scale: log-uniform height, enlarged where opposite sides are cut.
    low, high = (1.2, 3.0) if is_close else (placing.smallest_share if is_whole else 0.45, 1.15)
    scale_y = size_px * np.exp(rng.uniform(np.log(low), np.log(high))) / (bottom - top)
    if cut_top and cut_bottom:
        scale_y = max(scale_y, size_px / (bottom - top))
    if cut_left and cut_right:
        scale_y = max(scale_y, size_px * aspect / (right - left))
    scale_x = scale_y / aspect
    # Position: a close-up from the head down, standing people by their feet, others anywhere.
    x = _offset(left * scale_x, right * scale_x, size_px, cut_left, cut_right, rng)
    if is_close:
        y = size_px * rng.uniform(0.03, 0.35) - top * scale_y
    elif is_whole and rng.random() < placing.standing_probability:
        y = size_px * rng.uniform(0.6, 1.05) - bottom * scale_y
    else:
        y = _offset(top * scale_y, bottom * scale_y, size_px, cut_top, cut_bottom, rng)
    # A small rotation about the centre of the box.
    tilt = np.deg2rad(rng.normal(0.0, 2.0)) if is_whole else 0.0
    upright = np.array([[scale_x, 0.0, x], [0.0, scale_y, y]])
    return upright @ _tilt_about((left + right) / 2, (top + bottom) / 2, tilt)


def _tilt_about(x: float, y: float, angle: float) -> NDArray[np.float64]:
    """3×3 matrix of a rotation by a small angle (radians) about a point, with sin and cos to first order."""
    return np.array([[1.0, -angle, angle * y], [angle, 1.0, -angle * x], [0.0, 0.0, 1.0]])


def _find_cuts(shape: tuple[int, ...], box: Box) -> tuple[bool, bool, bool, bool]:
    """Whether the image's border cuts off the people at the left, top, right, bottom."""
    height, width = shape
    left, top, right, bottom = box
    margin_x, margin_y = max(3.0, _CUT_FRACTION * width), max(3.0, _CUT_FRACTION * height)
    return left < margin_x, top < margin_y, right > width - margin_x, bottom > height - margin_y


def _offset(low: float, high: float, size_px: int, is_cut_low: bool, is_cut_high: bool, rng: Rng) -> float:
    """Random shift of a span ``low … high`` along one axis; cut ends come to lie outside the frame."""
    if is_cut_low and is_cut_high:
        return size_px - high + rng.random() * (high - low - size_px)
    if is_cut_low:
        return -low - 2.0
    if is_cut_high:
        return size_px - high + 2.0 + rng.uniform(0.0, 0.15) * (high - low)
    slack = size_px - (high - low)
    reach = 0.15 * (high - low)
    return float(rng.uniform(min(0.0, slack) - reach, max(0.0, slack) + reach) - low)
