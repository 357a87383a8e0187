"""Augmentation: what the network sees in training. numpy and OpenCV; every choice is drawn from the given generator.

A labelled image is uint8 (H, W, 4): RGB and the label (0 background, 255 person, 128 not judged).
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from export.degrade import degrade
from export.labels import PERSON_LABEL, VOID_LABEL, LabelledImage
from export.photometric import match_color, vary_color

Rng = np.random.Generator
DrawPerson = Callable[[Rng], LabelledImage]
DrawBackground = Callable[[Rng], LabelledImage | None]


@dataclass(frozen=True, slots=True)
class TrainPreset:
    """Random view, people composited onto other backgrounds, colour and camera faults.

    The view is squashed to a square, as the network will see pictures of any aspect ratio.
    """

    size_px: int = 256
    composite_probability: float = 0.5
    crowd_probability: float = 0.25

    def __call__(
        self, source: LabelledImage, draw_person: DrawPerson, draw_background: DrawBackground, rng: Rng
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """One training sample.

        Returns
        -------
        image, label
            uint8 (size, size, 3) RGB and uint8 (size, size).
        """
        has_person = bool((source[..., 3] == PERSON_LABEL).any())
        background = draw_background(rng) if has_person and rng.random() < self.composite_probability else None
        if background is None:
            scene = random_view(source, self.size_px, rng)
        else:
            scene = self._compose(source, background, draw_person, rng)
        if rng.random() < 0.5:
            scene = scene[:, ::-1]
        image = degrade(vary_color(np.ascontiguousarray(scene[..., :3]), rng), rng)
        return image, np.ascontiguousarray(scene[..., 3])

    def _compose(
        self, source: LabelledImage, background: LabelledImage, draw_person: DrawPerson, rng: Rng
    ) -> LabelledImage:
        aspect = random_aspect(rng)
        scene = random_view(background, self.size_px, rng, aspect)
        scene[..., 3] = 0
        if rng.random() < self.crowd_probability:
            scene = paste_person(scene, draw_person(rng), aspect, rng)
        return paste_person(scene, source, aspect, rng)


def random_aspect(rng: Rng) -> float:
    """Width / height of a camera's picture: upright phone to wide webcam."""
    return float(np.exp(rng.uniform(np.log(0.56), np.log(1.78))))


def random_view(source: LabelledImage, size_px: int, rng: Rng, aspect: float | None = None) -> LabelledImage:
    """A random crop, zoom and rotation of a picture, squashed to a square; beyond its border nothing is judged."""
    height, width = source.shape[:2]
    if aspect is None:
        aspect = width / height * float(np.exp(rng.uniform(-0.3, 0.3)))
    zoom = float(np.clip(np.exp(rng.normal(-0.1, 0.22)), 0.45, 1.25))
    view_height = zoom * min(height, width / aspect) if zoom < 1 else zoom * max(height, width / aspect)
    view_width = view_height * aspect
    center_x = width / 2 + rng.uniform(-0.5, 0.5) * abs(width - view_width)
    center_y = height / 2 + rng.uniform(-0.5, 0.5) * abs(height - view_height)
    to_view = affine(
        (center_x, center_y), (size_px / view_width, size_px / view_height), random_angle_deg(rng), size_px
    )
    return warp(source, to_view, size_px, cv2.BORDER_REFLECT_101, label_outside=VOID_LABEL)


def random_angle_deg(rng: Rng) -> float:
    """Mostly upright, sometimes clearly tilted."""
    return float(rng.normal(0.0, 15.0) if rng.random() < 0.3 else rng.normal(0.0, 3.0))


def affine(
    center: tuple[float, float], scale: tuple[float, float], angle_deg: float, size_px: int
) -> NDArray[np.float64]:
    """2×3 matrix that rotates about ``center`` (x, y), scales, and moves it to the middle of the output."""
    angle = np.deg2rad(angle_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.diag(scale) @ rotation
    offset = size_px / 2 - linear @ np.asarray(center)
    return np.column_stack([linear, offset])


def warp(
    source: LabelledImage, matrix: NDArray[np.float64], size_px: int, border: int, label_outside: int
) -> LabelledImage:
    """Resample picture and label with one matrix; shrinking is prefiltered so that nothing aliases."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    source = np.asarray(source)
    if scale < 0.67:
        size = (max(1, round(source.shape[1] * scale)), max(1, round(source.shape[0] * scale)))
        matrix = matrix.copy()
        matrix[:, 0] *= source.shape[1] / size[0]
        matrix[:, 1] *= source.shape[0] / size[1]
        rgb = cv2.resize(np.ascontiguousarray(source[..., :3]), size, interpolation=cv2.INTER_AREA)
        label = cv2.resize(np.ascontiguousarray(source[..., 3]), size, interpolation=cv2.INTER_NEAREST)
    else:
        rgb, label = np.ascontiguousarray(source[..., :3]), np.ascontiguousarray(source[..., 3])
    out = (size_px, size_px)
    rgb = cv2.warpAffine(rgb, matrix, out, flags=cv2.INTER_LINEAR, borderMode=border)
    label = cv2.warpAffine(
        label, matrix, out, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=(label_outside,)
    )
    return np.dstack([rgb, label]).astype(np.uint8, copy=False)


def paste_person(scene: LabelledImage, person: LabelledImage, aspect: float, rng: Rng) -> LabelledImage:
    """Place the people of one picture into a scene, with matched colour and soft edges.

    People cut off by the border of their own picture stay cut off by the border of the new one.
    """
    box = person_box(person)
    if box is None:
        return scene
    size_px = scene.shape[0]
    placed = warp(person, _placement(person, box, aspect, size_px, rng), size_px, cv2.BORDER_REPLICATE, 0)
    alpha = soft_edge(placed[..., 3], rng)
    foreground = match_color(placed[..., :3], scene[..., :3], placed[..., 3] == PERSON_LABEL, rng)
    mixed = alpha[..., None] * foreground + (1.0 - alpha[..., None]) * scene[..., :3]
    label = np.where(placed[..., 3] == 0, scene[..., 3], placed[..., 3])
    return np.dstack([np.rint(mixed), label]).astype(np.uint8)


def person_box(person: LabelledImage) -> tuple[int, int, int, int] | None:
    """Bounding box (left, top, right, bottom) of the people, ends exclusive; None when there are too few pixels."""
    on_person = np.asarray(person[..., 3]) == PERSON_LABEL
    if on_person.sum() < 100:
        return None
    rows, columns = np.flatnonzero(on_person.any(axis=1)), np.flatnonzero(on_person.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _placement(
    person: LabelledImage, box: tuple[int, int, int, int], aspect: float, size_px: int, rng: Rng
) -> NDArray[np.float64]:
    """Where the people go: cut sides stay at (or beyond) the frame, free ones may lie anywhere."""
    height, width = person.shape[:2]
    left, top, right, bottom = box
    margin = 3
    cut_left, cut_right = left < margin, right > width - margin
    cut_top, cut_bottom = top < margin, bottom > height - margin
    is_free = not (cut_left or cut_right or cut_top)
    share = np.exp(rng.uniform(np.log(0.2 if is_free and not cut_bottom else 0.45), np.log(1.15)))
    scale_y = size_px * share / (bottom - top)
    scale_x = scale_y / aspect
    if cut_left and cut_right:  # must span the frame
        scale_y *= max(1.0, size_px / ((right - left) * scale_x))
        scale_x = scale_y / aspect
    x = _offset(left * scale_x, right * scale_x, size_px, cut_left, cut_right, rng)
    y = _offset(top * scale_y, bottom * scale_y, size_px, cut_top, cut_bottom, rng)
    tilt = np.deg2rad(rng.normal(0.0, 2.0)) if is_free and not cut_bottom else 0.0
    return np.array([[scale_x, -tilt * scale_x, x], [tilt * scale_y, scale_y, y]])


def _offset(low: float, high: float, size_px: int, is_cut_low: bool, is_cut_high: bool, rng: Rng) -> float:
    """Shift along one axis for a span ``low … high`` so that its cut ends leave the frame."""
    if is_cut_low and not is_cut_high:
        return -low - 2.0
    if is_cut_high:
        return size_px - high + 2.0 + rng.uniform(0.0, 0.15) * (high - low)
    slack = size_px - (high - low)
    reach = 0.15 * (high - low)
    return float(rng.uniform(min(0.0, slack) - reach, max(0.0, slack) + reach) - low)


def soft_edge(label: NDArray[np.uint8], rng: Rng) -> NDArray[np.float32]:
    """Alpha from a label: eroded by about half a pixel and blurred, so that no old background rides along."""
    hard = (label == PERSON_LABEL).astype(np.float32)
    sigma_px = rng.uniform(0.5, 1.2)
    blurred = cv2.GaussianBlur(hard, (0, 0), sigma_px)
    return np.asarray(np.clip((blurred - 0.3) / 0.6, 0.0, 1.0), dtype=np.float32)
