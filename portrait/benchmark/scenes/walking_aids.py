"""Wheelchair and crutches, drawn around a person who faces the camera, with exact alpha."""

from typing import Literal

import numpy as np

from portrait.benchmark.scenes.drawing import Canvas, Color, Layer, Points, ellipse, ribbon
from portrait.benchmark.scenes.pose import Pose

AidKind = Literal["wheelchair", "crutches"]

_STEEL: Color = (150.0, 154.0, 160.0)
_BLACK: Color = (34.0, 34.0, 36.0)
_SIDES = (-1.0, 1.0)


def draw_aid(kind: AidKind, pose: Pose, shape: tuple[int, int]) -> tuple[Layer | None, Layer]:
    """Draw what is behind the person, if anything is, and what is before, as layers of size ``shape``, (H, W)."""
    behind, before = Canvas(*shape), Canvas(*shape)
    for side in _SIDES:
        if kind == "crutches":
            _draw_crutch(before, side, pose)
        else:
            _draw_wheel(behind, side, pose)
            _draw_frame(behind, before, side, pose)
    return (behind.to_layer() if kind == "wheelchair" else None), before.to_layer()


def _draw_crutch(canvas: Canvas, side: float, pose: Pose) -> None:
    """An elbow crutch: pole, cuff around the forearm, grip in the hand, foot."""
    _stroke(canvas, pose, side, ((2.02, 4.4), (2.05, 6.3), (2.3, 9.4)), 0.13, _STEEL)
    _stroke(canvas, pose, side, ((1.8, 4.5), (2.28, 4.5)), 0.3, _BLACK)
    _stroke(canvas, pose, side, ((1.7, 6.3), (2.2, 6.3)), 0.18, _BLACK)
    _stroke(canvas, pose, side, ((2.27, 9.2), (2.31, 9.5)), 0.26, _BLACK)


def _draw_wheel(canvas: Canvas, side: float, pose: Pose) -> None:
    """A large wheel seen nearly along its plane: tyre, rim, spokes."""
    center, radii = np.array((2.35 * side, 6.9)), np.array((0.62, 2.1))
    tyre = ellipse((0.0, 0.0), (1.0, 1.0)) * radii + center
    closed = np.vstack([tyre, tyre[:2]])
    canvas.fill(pose.place(ribbon(closed, np.full(len(closed), 0.22))), _BLACK)
    for angle in np.linspace(0.0, np.pi, 7)[:-1]:
        reach = np.array((np.cos(angle), np.sin(angle))) * radii * 0.95
        canvas.fill(pose.place(ribbon(np.stack([center - reach, center + reach]), np.full(2, 0.05))), _STEEL)


def _draw_frame(behind: Canvas, before: Canvas, side: float, pose: Pose) -> None:
    """Back tube with its handle behind the person; arm rest, seat tube and foot rest before."""
    _stroke(behind, pose, side, ((1.5, 6.6), (1.5, 2.6)), 0.16, _STEEL)
    _stroke(behind, pose, side, ((1.4, 2.6), (1.85, 2.6)), 0.24, _BLACK)
    _stroke(before, pose, side, ((1.75, 5.6), (2.05, 5.7)), 0.3, _BLACK)
    _stroke(before, pose, side, ((1.7, 6.5), (1.6, 9.0)), 0.15, _STEEL)
    _stroke(before, pose, side, ((0.4, 9.05), (1.6, 9.05)), 0.22, _BLACK)


def _stroke(
    canvas: Canvas, pose: Pose, side: float, points: tuple[tuple[float, float], ...], width: float, color: Color
) -> None:
    way: Points = np.array(points) * (side, 1.0)
    canvas.fill(pose.place(ribbon(way, np.full(len(way), width))), color)
