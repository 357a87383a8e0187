"""Occlusion as augmentation: things that reach into the frame stand in front of people and hide parts of them.

Table edges, posts, leaves, lamps and microphones on arms, wheels. All start at the border of the frame: what floats on
a body without reaching the border could be held, which another label would call subject.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from export.data.geometric import random_view
from export.data.labels import INSTANCE_PLANE, LABEL_PLANE, LabelledImage

Rng = np.random.Generator
DrawBackground = Callable[[Rng], LabelledImage | None]

_SHIFT = 4
"""Fractional bits of the coordinates that OpenCV draws with."""


def occlude(scene: LabelledImage, draw_background: DrawBackground, rng: Rng) -> LabelledImage:
    """Put a random thing in front of a scene; what it hides is background.

    Parameters
    ----------
    scene
        uint8 (size, size, 5), see `export.data.labels`.
    draw_background
        Supplies images whose surfaces the thing is made of; where it gives None the thing has one colour.
    rng
        Source of all random choices.

    Returns
    -------
    uint8 (size, size, 5).
    """
    size_px = scene.shape[0]
    shape = _SHAPES[rng.integers(len(_SHAPES))]
    alpha = np.zeros((size_px, size_px), np.uint8)
    shape(alpha, rng)
    # Near things are out of focus more often than not.
    sigma_px = size_px * float(np.exp(rng.uniform(np.log(0.002), np.log(0.015))))
    opacity = cv2.GaussianBlur(alpha, (0, 0), sigma_px).astype(np.float32)[..., None] / 255.0
    surface = cv2.GaussianBlur(_draw_surface(size_px, draw_background, rng), (0, 0), sigma_px)
    mixed = opacity * surface + (1.0 - opacity) * scene[..., :3]
    result = scene.copy()
    result[..., :3] = np.rint(mixed).astype(np.uint8)
    is_hidden = opacity[..., 0] >= 0.5
    result[is_hidden, LABEL_PLANE] = 0
    result[is_hidden, INSTANCE_PLANE] = 0
    return result


def _draw_surface(size_px: int, draw_background: DrawBackground, rng: Rng) -> NDArray[np.uint8]:
    """Colours of the thing, uint8 (size, size, 3): a part of another image, or one colour in uneven light."""
    other = draw_background(rng) if rng.random() < 0.6 else None
    if other is not None:
        view = random_view(other, size_px, rng, aspect=1.0)[..., :3].astype(np.float32)
        return np.asarray(np.clip(view * rng.uniform(0.4, 1.1), 0, 255), dtype=np.uint8)
    color = rng.uniform(5.0, 230.0) * np.exp(rng.normal(0.0, 0.2, 3))
    light = np.linspace(rng.uniform(0.6, 1.2), rng.uniform(0.6, 1.2), size_px)[:, None, None]
    return np.asarray(np.clip(np.broadcast_to(light * color, (size_px, size_px, 3)), 0, 255), dtype=np.uint8)


def _draw_table(alpha: NDArray[np.uint8], rng: Rng) -> None:
    """All below a slightly tilted line."""
    size_px = alpha.shape[0]
    height, tilt = rng.uniform(0.06, 0.3), rng.normal(0.0, 0.06)
    corners = ((0.0, 1.0 - height - tilt), (1.0, 1.0 - height + tilt), (1.0, 1.5), (0.0, 1.5))
    _fill(alpha, size_px * np.array(corners))


def _draw_post(alpha: NDArray[np.uint8], rng: Rng) -> None:
    """A bar across the frame, from top to bottom or side to side, upright more often."""
    size_px = alpha.shape[0]
    width, at, tilt = rng.uniform(0.015, 0.1), rng.random(), rng.normal(0.0, 0.12)
    bar = np.array(((at - tilt, -0.1), (at - tilt + width, -0.1), (at + tilt + width, 1.1), (at + tilt, 1.1)))
    _fill(alpha, size_px * (bar if rng.random() < 0.75 else bar[:, ::-1]))


def _draw_leaves(alpha: NDArray[np.uint8], rng: Rng) -> None:
    """Ellipses in a bunch at a random point of the border."""
    size_px = alpha.shape[0]
    root = _border_point(rng)
    for _ in range(int(rng.integers(6, 24))):
        center = size_px * (root + rng.normal(0.0, 0.11, 2))
        length = size_px * rng.uniform(0.03, 0.12)
        axes = (length, length * rng.uniform(0.15, 0.5))
        cv2.ellipse(alpha, (tuple(center), (2 * axes[0], 2 * axes[1]), rng.uniform(0.0, 180.0)), 255, -1)


def _draw_arm(alpha: NDArray[np.uint8], rng: Rng) -> None:
    """A rod from the border with a round or oblong end: a microphone, a lamp."""
    size_px = alpha.shape[0]
    root, end = _border_point(rng), rng.uniform(0.25, 0.8, 2)
    thickness = max(1, round(size_px * rng.uniform(0.008, 0.03)))
    cv2.line(alpha, _fixed_point(size_px * root), _fixed_point(size_px * end), 255, thickness, cv2.LINE_AA, _SHIFT)
    radius = size_px * rng.uniform(0.02, 0.08)
    axes = (2 * radius, 2 * radius * rng.uniform(1.0, 2.0))
    cv2.ellipse(alpha, (tuple(size_px * end), axes, rng.uniform(0.0, 180.0)), 255, -1)


def _draw_wheel(alpha: NDArray[np.uint8], rng: Rng) -> None:
    """The upper part of a ring at the lower border."""
    size_px = alpha.shape[0]
    radius = size_px * rng.uniform(0.2, 0.6)
    center = (size_px * rng.uniform(0.2, 0.8), size_px + radius * rng.uniform(-0.5, 0.5))
    thickness = max(2, round(radius * rng.uniform(0.06, 0.15)))
    cv2.ellipse(alpha, (center, (2 * radius, 2 * radius * rng.uniform(0.5, 1.0)), 0.0), 255, thickness, cv2.LINE_AA)


_SHAPES = (_draw_table, _draw_post, _draw_leaves, _draw_arm, _draw_wheel)


def _border_point(rng: Rng) -> NDArray[np.float64]:
    """A random point (x, y) of the frame's border but for the top's, in units of its side."""
    along = rng.random()
    return np.array(((along, 1.0), (0.0, along), (1.0, along))[rng.integers(3)])


def _fill(alpha: NDArray[np.uint8], corners: NDArray[np.float64]) -> None:
    """Fill a convex polygon of corners (x, y) in pixels."""
    cv2.fillConvexPoly(alpha, np.rint(corners * (1 << _SHIFT)).astype(np.int32), 255, cv2.LINE_AA, _SHIFT)


def _fixed_point(point: NDArray[np.float64]) -> tuple[int, int]:
    """A point (x, y) in pixels as OpenCV's fixed-point coordinates."""
    x, y = np.rint(point * (1 << _SHIFT)).astype(int)
    return int(x), int(y)
