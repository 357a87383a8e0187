"""What people wear on their heads: headscarf, turban and cap, with exact alpha."""

from typing import Literal

import numpy as np

from portrait.benchmark.scenes.drawing import Color, Layer, Points, ellipse, fill_alpha, smooth_curve
from portrait.benchmark.scenes.materials import cloth, relief
from portrait.benchmark.scenes.pose import Pose
from portrait.core.arrays import AlphaMatte

CoveringKind = Literal["headscarf", "turban", "cap"]

# Outlines in head coordinates (see `Pose`); the right halves are mirrored.
_SCARF = ((0.0, -1.2), (0.55, -1.08), (0.88, -0.6), (0.96, 0.2), (0.98, 1.0), (1.3, 1.75), (0.8, 2.5), (0.0, 2.75))
_TURBAN = ((0.0, -1.75), (0.6, -1.62), (1.02, -1.15), (0.98, -0.55), (0.74, -0.28), (0.4, -0.5), (0.0, -0.62))
_CAP = ((0.0, -1.24), (0.42, -1.14), (0.74, -0.78), (0.78, -0.5), (0.0, -0.55))
_FACE = ((0.0, 0.1), (0.55, 0.8))
_BRIM = ((0.0, -0.48), (0.8, 0.15))


def draw_covering(
    kind: CoveringKind, color: Color, pose: Pose, shape: tuple[int, int], rng: np.random.Generator
) -> Layer:
    """Draw a covering of the head as one layer before head and shoulders, of size ``shape``, (H, W)."""
    alpha = _coverage(kind, pose, shape)
    fabric = cloth("plain", color, pose.grid(*shape), pose.unit_px, rng)
    lit = fabric * relief(alpha, 0.5 * pose.unit_px)[..., None]
    return Layer(np.clip(lit, 0.0, 1.0).astype(np.float32), alpha)


def _coverage(kind: CoveringKind, pose: Pose, shape: tuple[int, int]) -> AlphaMatte:
    if kind == "turban":
        return fill_alpha([pose.place(_closed(_TURBAN))], *shape)
    if kind == "cap":
        return fill_alpha([pose.place(_closed(_CAP)), pose.place(ellipse(*_BRIM))], *shape)
    # A headscarf leaves the face free.
    face = fill_alpha([pose.place(ellipse(*_FACE))], *shape)
    return np.asarray(fill_alpha([pose.place(_closed(_SCARF))], *shape) * (1.0 - face), dtype=np.float32)


def _closed(right: tuple[tuple[float, float], ...]) -> Points:
    corners = np.array(right)
    left = corners[corners[:, 0] > 0.0][::-1] * (-1.0, 1.0)
    return smooth_curve(np.vstack([corners, left]), closed=True)
