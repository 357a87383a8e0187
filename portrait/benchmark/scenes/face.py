"""A drawn face: shading by its relief, eyes, mouth, brows and beard."""

import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.drawing import Canvas, Color, Layer, ellipse, smooth_curve
from portrait.benchmark.scenes.hair import Strands, draw_strands
from portrait.benchmark.scenes.materials import Grid
from portrait.benchmark.scenes.pose import Pose

_EYE_X, _EYE_Y = 0.295, -0.02
_WHITE, _PUPIL, _LASHES = (205.0, 196.0, 190.0), (16.0, 12.0, 12.0), (34.0, 24.0, 22.0)

# Centre x and y, width and height of a Gaussian spot, and its relative change of red, green and blue light. Spots are
# mirrored: those with x > 0 appear on both sides.
_MODELLING = (
    (0.30, -0.05, 0.20, 0.13, (-0.30, -0.34, -0.34)),  # eye sockets
    (0.11, 0.08, 0.07, 0.22, (-0.14, -0.17, -0.17)),  # beside the nose
    (0.00, 0.12, 0.045, 0.30, (0.16, 0.15, 0.14)),  # bridge of the nose
    (0.00, 0.33, 0.08, 0.07, (0.20, 0.18, 0.17)),  # tip of the nose
    (0.085, 0.405, 0.045, 0.025, (-0.62, -0.68, -0.68)),  # nostrils
    (0.00, 0.46, 0.14, 0.05, (-0.22, -0.26, -0.26)),
    (0.38, 0.30, 0.16, 0.14, (0.05, -0.07, -0.06)),  # cheeks
    (0.34, 0.18, 0.13, 0.07, (0.14, 0.12, 0.11)),
    (0.00, 0.76, 0.17, 0.05, (-0.20, -0.24, -0.24)),  # under the lip
    (0.00, 0.88, 0.13, 0.07, (0.10, 0.09, 0.08)),  # chin
    (0.00, -0.42, 0.34, 0.16, (0.10, 0.09, 0.08)),  # forehead
    (0.00, 1.22, 0.46, 0.16, (-0.42, -0.48, -0.50)),  # the chin's shadow on the neck
)


def model_face(grid: Grid) -> NDArray[np.float32]:
    """Shading of a face: gain of linear light, float32 (H, W, 3), about 1; ``grid`` in head coordinates."""
    x, y = np.abs(grid[0]), grid[1]
    gain = np.ones((*x.shape, 3), np.float32)
    for center_x, center_y, width, height, change in _MODELLING:
        spot = np.exp(-(((x - center_x) / width) ** 2) - ((y - center_y) / height) ** 2)
        gain *= 1.0 + spot[..., None] * np.array(change, np.float32)
    return gain


def draw_features(
    skin_tone: Color, iris: Color, hair: Color, pose: Pose, shape: tuple[int, int], rng: np.random.Generator
) -> Layer:
    """Draw eyes, brows and mouth as one layer."""
    canvas = Canvas(*shape)
    for side in (-1.0, 1.0):
        _draw_eye(canvas, side, iris, pose)
        draw_strands(canvas, _grow_brow(side, pose.unit_px, rng), hair, pose)
    _draw_mouth(canvas, skin_tone, pose)
    return canvas.to_layer()


def draw_beard(hair: Color, length: float, pose: Pose, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """Draw a beard hair by hair, along the jaw and over the lip; hairs extend beyond the outline of the face."""
    canvas = Canvas(*shape)
    # Sample the roots: none on the lips, fewer towards the ears.
    count = 3600
    angle, share = rng.uniform(-1.75, 1.75, count), rng.uniform(0.0, 1.0, count) ** 0.7
    roots = np.stack([np.sin(angle) * (0.42 + 0.22 * share), 0.3 + np.cos(angle) * (0.34 + 0.3 * share)], axis=1)
    is_kept = np.hypot(roots[:, 0] / 0.24, (roots[:, 1] - 0.6) / 0.09) > 1.0
    is_kept &= rng.uniform(0.0, 0.7, count) < 1.75 - np.abs(angle)
    # Hairs point away from the face's middle.
    headings = np.arctan2(roots[:, 0], roots[:, 1] - 0.1) + rng.normal(0.0, 0.35, count)
    draw_strands(canvas, _strokes(roots[is_kept], headings[is_kept], length, pose.unit_px, rng), hair, pose)
    return canvas.to_layer()


def _draw_eye(canvas: Canvas, side: float, iris: Color, pose: Pose) -> None:
    """Draw one eye from back to front: lashes, white, iris with its rim and pupil clipped by the lids, highlight."""
    corners = np.array([[-0.135, 0.012], [-0.06, -0.05], [0.03, -0.058], [0.13, 0.0], [0.06, 0.042], [-0.06, 0.045]])
    lid = smooth_curve(corners * (side, 1.0) + (side * _EYE_X, _EYE_Y), closed=True)
    center = np.array([side * _EYE_X, _EYE_Y - 0.008])
    canvas.fill(pose.place((lid - center) * (1.1, 1.35) + center - (0.0, 0.006)), _LASHES)
    canvas.fill(pose.place(lid), _WHITE)
    for radius, color in ((0.062, tuple(0.45 * level for level in iris)), (0.053, iris), (0.026, _PUPIL)):
        disc = ellipse((float(center[0]), float(center[1])), (radius, radius))
        disc[:, 1] = np.clip(disc[:, 1], lid[:, 1].min() + 0.004, lid[:, 1].max() - 0.002)
        canvas.fill(pose.place(disc), (color[0], color[1], color[2]))
    canvas.fill(pose.place(ellipse((float(center[0]) - 0.02, _EYE_Y - 0.028), (0.012, 0.012))), (250.0, 250.0, 250.0))


def _draw_mouth(canvas: Canvas, skin_tone: Color, pose: Pose) -> None:
    """Draw lower lip, upper lip, the gap between them and a highlight, in tones of the skin."""
    red, green, blue = skin_tone
    upper = np.array([[-0.25, 0.6], [-0.09, 0.555], [0.0, 0.572], [0.09, 0.555], [0.25, 0.6], [0.0, 0.618]])
    lower = np.array([[-0.25, 0.6], [0.0, 0.613], [0.25, 0.6], [0.13, 0.672], [0.0, 0.69], [-0.13, 0.672]])
    gap = np.array([[-0.255, 0.6], [0.0, 0.606], [0.255, 0.6], [0.0, 0.62]])
    canvas.fill(pose.place(smooth_curve(lower, closed=True)), (0.86 * red, 0.62 * green, 0.62 * blue))
    canvas.fill(pose.place(smooth_curve(upper, closed=True)), (0.72 * red, 0.5 * green, 0.52 * blue))
    canvas.fill(pose.place(smooth_curve(gap, closed=True)), (0.36 * red, 0.2 * green, 0.22 * blue))
    canvas.fill(pose.place(ellipse((-0.04, 0.652), (0.05, 0.008))), (0.98 * red, 0.78 * green, 0.78 * blue))


def _grow_brow(side: float, unit_px: float, rng: np.random.Generator) -> Strands:
    """Sample the hairs of one eyebrow along an arch."""
    along = rng.uniform(0.0, 1.0, 150)
    arch = -0.205 - 0.055 * np.sin(np.pi * along**0.8) + rng.normal(0.0, 0.014, 150) * (1.2 - along)
    roots = np.stack([side * (0.13 + 0.33 * along), arch], axis=1)
    headings = side * (np.radians(150.0) - along * 0.9 - rng.uniform(0.0, 0.5, 150))
    return _strokes(roots, np.pi - headings, 0.08, unit_px, rng)


def _strokes(
    roots: NDArray[np.float64],
    headings: NDArray[np.float64],
    length: float,
    unit_px: float,
    rng: np.random.Generator,
) -> Strands:
    """Short tapered hairs that bend at random; a heading is the angle from straight down."""
    # Integrate the heading of each hair.
    count = len(roots)
    bent = headings[:, None] + rng.normal(0.0, 0.5, count)[:, None] * np.linspace(0.0, 1.0, 6)
    steps = (
        np.stack([np.sin(bent), np.cos(bent)], axis=2) * (length * rng.uniform(0.4, 1.0, count) / 5.0)[:, None, None]
    )
    steps[:, 0] = 0.0
    # Taper the widths; one random brightness a hair.
    widths_px = np.linspace(0.0065, 0.0015, 6) * unit_px * rng.uniform(0.6, 1.0, count)[:, None]
    brightness = rng.lognormal(-0.1, 0.3, count)[:, None] * np.ones(6)
    return Strands(roots[:, None] + np.cumsum(steps, axis=1), widths_px, brightness)
