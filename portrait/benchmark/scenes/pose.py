"""Pose of a head in the image: conversion between head coordinates and pixels."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.drawing import Points


@dataclass(frozen=True, slots=True)
class Pose:
    """Similarity transform from head coordinates to pixels.

    In head coordinates the origin is the middle of the head, x points right and y down, and the chin is at y = 1.

    Attributes
    ----------
    center_x_px, center_y_px
        Origin, in image pixels.
    unit_px
        Half the head's height.
    tilt_deg
        Rotation, clockwise.
    """

    center_x_px: float
    center_y_px: float
    unit_px: float
    tilt_deg: float = 0.0

    def place(self, points: NDArray[np.float64]) -> Points:
        """Transform points (N, 2) from head coordinates to pixels."""
        return points @ self._rotation().T * self.unit_px + (self.center_x_px, self.center_y_px)

    def grid(self, height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Head coordinates x and y of every pixel, float32 (H, W) each."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        turn = self._rotation() / self.unit_px
        x, y = x - np.float32(self.center_x_px), y - np.float32(self.center_y_px)
        return (turn[0, 0] * x + turn[1, 0] * y).astype(np.float32), (turn[0, 1] * x + turn[1, 1] * y).astype(
            np.float32
        )

    def _rotation(self) -> NDArray[np.float64]:
        """Rotation matrix (2, 2) of the tilt."""
        angle = math.radians(self.tilt_deg)
        return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
