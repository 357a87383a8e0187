"""The aperture: the outline of an out-of-focus point. Light to import."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

ApertureShape = Literal["disk", "pentagon", "hexagon", "heptagon", "octagon", "nonagon"]


@dataclass(frozen=True, slots=True)
class Aperture:
    """The opening of the lens, seen from a point out of focus.

    Attributes
    ----------
    shape
        A disk, or the number of blades.
    blade_curvature
        0: straight blades. 1: blades so round that the opening is a disk.
    rotation_deg
        Turns the blades, counter-clockwise.
    cats_eye
        0 … 1: how far the barrel cuts the opening for points towards the corners.
    swirl
        0 … 1: how far the opening is squeezed towards the middle of the image and drawn out around it.
    """

    shape: ApertureShape = "disk"
    blade_curvature: float = 0.0
    rotation_deg: float = 0.0
    cats_eye: float = 0.0
    swirl: float = 0.0

    def __post_init__(self) -> None:
        if self.shape not in get_args(ApertureShape):
            raise ValueError(f"shape must be one of {get_args(ApertureShape)}, got {self.shape!r}")
        for name in ("blade_curvature", "cats_eye", "swirl"):
            require_fraction(name, getattr(self, name))
        if not math.isfinite(self.rotation_deg):
            raise ValueError(f"rotation_deg must be a finite angle, got {self.rotation_deg!r}")

    @property
    def is_even(self) -> bool:
        """Whether the opening looks the same from all over the image."""
        return self.cats_eye == 0.0 and self.swirl == 0.0


def require_fraction(name: str, value: float) -> None:
    """Raise ValueError unless a value lies in 0 … 1."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in 0 … 1, got {value!r}")
