"""Outlines of head, neck, torso, arms and hands, in head coordinates (see `Pose`)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.drawing import ellipse, ribbon, smooth_curve

Outline = NDArray[np.float64]
ArmPose = Literal["down", "hip", "wave", "behind_head"]

_HEAD = np.array(
    [[0.0, -1.05], [0.36, -0.96], [0.63, -0.66], [0.72, -0.15], [0.685, 0.3], [0.56, 0.66], [0.27, 0.94], [0.0, 1.0]]
)
_NECK = np.array([[0.43, 0.35], [0.42, 1.1], [0.5, 1.45], [0.95, 1.7], [0.9, 2.1], [0.0, 2.3]])
_SHIRT = np.array(
    [
        [0.0, 1.85], [0.36, 1.66], [0.56, 1.47], [1.05, 1.68], [1.62, 1.9], [1.86, 2.3],
        [1.72, 3.0], [1.42, 3.9], [1.22, 4.8], [1.4, 6.2], [1.5, 9.0], [0.0, 9.2],
    ]
)  # fmt: skip
_ARMS: dict[ArmPose, tuple[tuple[float, float], ...]] = {
    "down": ((1.6, 2.3), (1.95, 3.4), (2.02, 4.4), (1.95, 5.6), (1.9, 6.3)),
    "hip": ((1.58, 2.25), (2.2, 3.2), (2.92, 4.35), (2.25, 4.95), (1.42, 5.35)),
    "wave": ((1.58, 2.3), (2.1, 3.1), (2.62, 3.75), (2.66, 2.7), (2.45, 1.55)),
    "behind_head": ((1.52, 2.2), (2.2, 1.7), (2.72, 0.9), (1.9, 0.0), (0.95, -0.45)),
}
_FINGERS = (
    (-0.155, -0.34, 0.31, -16.0),
    (-0.06, -0.4, 0.38, -4.0),
    (0.045, -0.39, 0.36, 7.0),
    (0.14, -0.33, 0.27, 20.0),
)


def head_outline() -> Outline:
    """Outline of skull and jaw."""
    return smooth_curve(_mirror(_HEAD), closed=True)


def ear_outlines() -> list[Outline]:
    """Outlines of both ears."""
    return [ellipse((side * 0.735, 0.12), (0.085, 0.19)) for side in (-1.0, 1.0)]


def neck_outline() -> Outline:
    """Outline of the neck and of the skin above the collar."""
    return smooth_curve(_mirror(_NECK), closed=True)


def shirt_outline(broad: float) -> Outline:
    """Outline of the torso from the collar down; ``broad`` scales the width of the shoulders, not of the collar."""
    corners = _mirror(_SHIRT)
    corners[:, 0] *= 1.0 + (broad - 1.0) * np.clip((np.abs(corners[:, 0]) - 0.5) / 0.6, 0.0, 1.0)
    return smooth_curve(corners, closed=True)


def arm_outline(pose: ArmPose, side: float, until_share: float = 1.0, wide: float = 1.0) -> Outline:
    """Outline of an arm, or of its sleeve.

    Parameters
    ----------
    side
        −1: on the left in the image; 1: on the right.
    until_share
        Where it ends, as a share of the arm's length from the shoulder.
    wide
        Scale of the width.
    """
    spine = smooth_curve(np.array(_ARMS[pose]) * (side, 1.0))
    widths = np.interp(np.linspace(0.0, 1.0, len(spine)), [0.0, 0.15, 0.5, 1.0], [0.6, 0.62, 0.5, 0.31]) * wide
    points = max(2, round(until_share * len(spine)))
    return ribbon(spine[:points], widths[:points])


def hand_outlines(pose: ArmPose, side: float) -> list[Outline]:
    """Outlines of palm, thumb and fingers, for an arm that waves or hangs; the hands of other poses are hidden."""
    if pose not in ("wave", "down"):
        return []
    # Rotation that takes an upright hand to the direction of the forearm.
    before, wrist = (np.array(point) * (side, 1.0) for point in _ARMS[pose][-2:])
    ahead = (wrist - before) / np.linalg.norm(wrist - before)
    turn = np.array([[-ahead[1], -ahead[0]], [ahead[0], -ahead[1]]])
    # Mirror, scale, rotate and place the parts of the hand.
    shapes = [_palm(), _thumb(), *(_finger(*finger) for finger in _FINGERS)]
    mirror = side if pose == "wave" else -side  # thumbs point to the body
    return [shape * (mirror, 1.0) * 1.25 @ turn.T + wrist for shape in shapes]


def _palm() -> Outline:
    corners = [[-0.12, 0.08], [-0.2, -0.12], [-0.2, -0.36], [0.0, -0.44], [0.18, -0.36], [0.19, -0.12], [0.12, 0.08]]
    return smooth_curve(np.array(corners), closed=True)


def _finger(x: float, y: float, length: float, angle_deg: float) -> Outline:
    ahead = np.array([np.sin(np.radians(angle_deg)), -np.cos(np.radians(angle_deg))])
    spine = np.array([x, y + 0.06]) + np.linspace(0.0, 1.0, 8)[:, None] * ahead * (length + 0.06)
    return ribbon(spine, np.linspace(0.094, 0.07, 8))


def _thumb() -> Outline:
    spine = smooth_curve(np.array([[-0.1, -0.02], [-0.26, -0.16], [-0.37, -0.36]]))
    return ribbon(spine, np.linspace(0.13, 0.08, len(spine)))


def _mirror(right: Outline) -> Outline:
    """Mirror the right half of an outline to a closed one; corners on the symmetry axis are not doubled."""
    left = right[np.abs(right[:, 0]) > 1e-9][::-1] * (-1.0, 1.0)
    return np.vstack([right, left])
