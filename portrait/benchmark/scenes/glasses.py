"""Drawn glasses: thin rims, and lenses of low alpha that show what is behind them."""

import numpy as np

from portrait.benchmark.scenes.drawing import Canvas, Color, Layer, Points, ellipse, fill_alpha, linear, ribbon
from portrait.benchmark.scenes.pose import Pose

_RIM_RADII = (0.31, 0.27)
_LENS_ALPHA, _GLINT_ALPHA = 0.07, 0.3
_GLASS: Color = (214.0, 226.0, 236.0)


def draw_glasses(
    pose: Pose, shape: tuple[int, int], center: tuple[float, float], scale: float, rim_width: float, color: Color
) -> list[Layer]:
    """Draw glasses as two layers: lenses with glints, and the frame in front of them.

    Parameters
    ----------
    pose
        Pose of the person who wears or holds them.
    center
        Place of the bridge, in head coordinates.
    scale, rim_width
        Size, where 1 fits the face; width of the wire in units of half the head's height.
    color
        Colour of the frame.
    """
    # Lenses: a thin even alpha, higher in the glints.
    lenses = [_lens(center, scale, side) for side in (-1.0, 1.0)]
    glass = _LENS_ALPHA * fill_alpha([pose.place(lens) for lens in lenses], *shape)
    glints = [pose.place(_glint(center, scale, side)) for side in (-1.0, 1.0)]
    glass = np.maximum(glass, _GLINT_ALPHA * fill_alpha(glints, *shape))
    light = np.broadcast_to(linear(_GLASS), (*shape, 3)).astype(np.float32)
    # Frame: opaque wire.
    frame = Canvas(*shape)
    for outline in _frame(center, scale, rim_width):
        frame.fill(pose.place(outline), color)
    return [Layer(light, glass.astype(np.float32)), frame.to_layer()]


def _lens(center: tuple[float, float], scale: float, side: float) -> Points:
    """Outline of the left (−1) or right (1) lens."""
    return ellipse((center[0] + side * 0.36 * scale, center[1]), (_RIM_RADII[0] * scale, _RIM_RADII[1] * scale))


def _glint(center: tuple[float, float], scale: float, side: float) -> Points:
    """Outline of the reflection on a lens: a slanted bar."""
    x, y = center[0] + (side * 0.36 + 0.08) * scale, center[1] - 0.06 * scale
    return np.array([[x - 0.05, y + 0.12], [x + 0.06, y - 0.1], [x + 0.1, y - 0.09], [x - 0.01, y + 0.13]])


def _frame(center: tuple[float, float], scale: float, rim_width: float) -> list[Points]:
    """Outlines of the frame: each rim as a chain of short strokes, the temples, and the bridge."""
    outlines = []
    for side in (-1.0, 1.0):
        rim = _lens(center, scale, side)
        closed = np.vstack([rim, rim[:10]])
        outlines += [_wire(closed[first : first + 10], rim_width) for first in range(0, len(rim), 9)]
        x, y = center[0] + side * 0.655 * scale, center[1] - 0.07 * scale
        outlines.append(_wire(np.array([[x, y], [x + side * 0.1 * scale, y + 0.01]]), 1.6 * rim_width))
    bow = np.linspace(-1.0, 1.0, 9)
    bridge = np.stack([center[0] + 0.065 * scale * bow, center[1] - (0.09 - 0.03 * bow**2) * scale], axis=1)
    return [*outlines, _wire(bridge, 1.3 * rim_width)]


def _wire(points: Points, width: float) -> Points:
    return ribbon(points, np.full(len(points), width))
