"""The lens: from an f-number to the radius of the blur disk."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

ApertureShape = Literal["disk", "pentagon", "hexagon", "heptagon", "octagon"]

F_NUMBER_MIN, F_NUMBER_MAX = 1.4, 16.0
FULL_FRAME_DIAGONAL_MM = math.hypot(36.0, 24.0)


@dataclass(frozen=True, slots=True)
class Lens:
    """A thin lens on a full-frame sensor.

    The default is the classic portrait: 50 mm, subject at 1.5 m, background far behind.
    """

    focal_length_mm: float = 50.0
    focus_distance_m: float = 1.5
    background_distance_m: float = math.inf

    def __post_init__(self) -> None:
        if not 0.0 < self.focal_length_mm / 1000.0 < self.focus_distance_m <= self.background_distance_m:
            raise ValueError(f"need focal length < focus distance ≤ background distance, got {self}")

    def circle_of_confusion_mm(self, f_number: float) -> float:
        """Diameter on the sensor of the disk that a background point becomes.

        Thin lens, Potmesil & Chakravarty 1981, doi:10.1145/965161.806818:
        c = f² / (N (s − f)) · (d − s) / d for focal length f, f-number N, focus distance s, background distance d.
        """
        focal_m = self.focal_length_mm / 1000.0
        behind = 1.0 - self.focus_distance_m / self.background_distance_m
        return 1000.0 * focal_m**2 / (f_number * (self.focus_distance_m - focal_m)) * behind


@dataclass(frozen=True, slots=True)
class BlurOptions:
    """How the background is to look. Lengths are shares of the picture, so preview and file agree.

    Attributes
    ----------
    f_number
        1.4 (strong blur) … 16 (nearly none).
    blur_radius_fraction
        Radius of the disk as a share of the picture's diagonal; overrides the f-number when given.
    aperture_shape
        Outline of an out-of-focus light.
    highlight_boost
        0 … 1: how far clipped lights are lifted before the blur, so that they become bright disks.
    lens
        Focal length and distances behind the f-number.
    """

    f_number: float = 2.0
    blur_radius_fraction: float | None = None
    aperture_shape: ApertureShape = "disk"
    highlight_boost: float = 0.0
    lens: Lens = Lens()

    def __post_init__(self) -> None:
        if not F_NUMBER_MIN <= self.f_number <= F_NUMBER_MAX:
            raise ValueError(f"f_number must lie in {F_NUMBER_MIN} … {F_NUMBER_MAX:g}, got {self.f_number!r}")
        if self.blur_radius_fraction is not None and not 0.0 <= self.blur_radius_fraction <= 0.25:
            raise ValueError(f"blur_radius_fraction must lie in 0 … 0.25, got {self.blur_radius_fraction!r}")
        if self.aperture_shape not in get_args(ApertureShape):
            raise ValueError(f"aperture_shape must be one of {get_args(ApertureShape)}, got {self.aperture_shape!r}")
        if not 0.0 <= self.highlight_boost <= 1.0:
            raise ValueError(f"highlight_boost must lie in 0 … 1, got {self.highlight_boost!r}")

    def blur_radius_px(self, height: int, width: int) -> float:
        """Radius in pixels of the blur disk for a picture of this size; grows with the picture."""
        diagonal_px = math.hypot(height, width)
        if self.blur_radius_fraction is not None:
            return self.blur_radius_fraction * diagonal_px
        diameter_mm = self.lens.circle_of_confusion_mm(self.f_number)
        return 0.5 * diameter_mm / FULL_FRAME_DIAGONAL_MM * diagonal_px


def radius_px_to_fraction(radius_px: float, height: int, width: int) -> float:
    """The share of the diagonal that a radius in pixels of this picture is."""
    return radius_px / math.hypot(height, width)
