"""BlurOptions: how the background is to look, and the radius of the blur disk. Light to import."""

import math
from dataclasses import dataclass, field, replace

from portrait.core.lens.aperture import Aperture, ApertureShape, require_fraction
from portrait.core.lens.thin_lens import (
    F_NUMBER_MAX,
    F_NUMBER_MIN,
    FOCAL_LENGTH_MAX_MM,
    FOCAL_LENGTH_MIN_MM,
    FULL_FRAME_DIAGONAL_MM,
    PORTRAIT_FOCAL_LENGTH_MM,
    Lens,
)

BLUR_RADIUS_FRACTION_MAX = 0.25
"""Largest blur radius as a share of the image's diagonal: a larger one would leave one colour."""

_STATED_MIN_MM, _STATED_MAX_MM = 8.0, 800.0
"""Focal lengths outside this range are taken as not stated."""


@dataclass(frozen=True, slots=True)
class DiskBlur:
    """The blur of the far background in an image of one size.

    Attributes
    ----------
    radius_px
        Radius of the blur disk far behind the subject.
    aperture
        Outline of the disk.
    highlight_boost
        0 … 1, see `portrait.core.blur.highlights.lift`.
    """

    radius_px: float
    aperture: Aperture = field(default_factory=Aperture)
    highlight_boost: float = 0.0


@dataclass(frozen=True, slots=True)
class BlurOptions:
    """How the background is to look. Lengths are shares of the image, so preview and file agree.

    Attributes
    ----------
    f_number
        1.4 (strong blur) … 16 (nearly none).
    blur_radius_fraction
        Radius of the disk as a share of the image's diagonal; overrides the f-number when given.
    aperture_shape, blade_curvature, aperture_rotation_deg, cats_eye, swirl
        Outline of an out-of-focus light, see `Aperture`.
    highlight_boost
        0 … 1: how far clipped lights are lifted before the blur, so that they become bright disks.
    lens
        Focal length and distances behind the f-number.
    """

    f_number: float = 2.0
    blur_radius_fraction: float | None = None
    aperture_shape: ApertureShape = "disk"
    highlight_boost: float = 0.0
    lens: Lens = field(default_factory=Lens)
    blade_curvature: float = 0.0
    aperture_rotation_deg: float = 0.0
    cats_eye: float = 0.0
    swirl: float = 0.0

    def __post_init__(self) -> None:
        if not F_NUMBER_MIN <= self.f_number <= F_NUMBER_MAX:
            raise ValueError(f"f_number must lie in {F_NUMBER_MIN} … {F_NUMBER_MAX:g}, got {self.f_number!r}")
        radius, largest = self.blur_radius_fraction, BLUR_RADIUS_FRACTION_MAX
        if radius is not None and not 0.0 <= radius <= largest:
            raise ValueError(f"blur_radius_fraction must lie in 0 … {largest:g}, got {radius!r}")
        require_fraction("highlight_boost", self.highlight_boost)
        _ = self.aperture  # refuses what no aperture can have

    @property
    def aperture(self) -> Aperture:
        """The opening of the lens."""
        return Aperture(
            self.aperture_shape, self.blade_curvature, self.aperture_rotation_deg, self.cats_eye, self.swirl
        )

    def blur_radius_px(self, height: int, width: int) -> float:
        """Radius in pixels of the blur disk for an image of this size; grows with the image."""
        fraction = self.blur_radius_fraction
        if fraction is None:
            fraction = 0.5 * self.lens.circle_of_confusion_mm(self.f_number) / FULL_FRAME_DIAGONAL_MM
        return min(fraction, BLUR_RADIUS_FRACTION_MAX) * math.hypot(height, width)

    def disk_blur(self, height: int, width: int) -> DiskBlur:
        """The blur of an image of this size."""
        return DiskBlur(self.blur_radius_px(height, width), self.aperture, self.highlight_boost)

    def taken_with(self, focal_length_mm: float | None) -> "BlurOptions":
        """These options with the focal length that a photo was taken with, unless one was chosen by hand.

        It is at least that of the portrait lens. The short lens of a phone hardly blurs at any f-number, so its photo
        is rendered as the portrait lens would have taken it with the same framing.

        Parameters
        ----------
        focal_length_mm
            Focal length that the camera states, for a sensor of 36 × 24 mm; None where it states none. An implausible
            one counts as None.
        """
        if self.lens.focal_length_mm is not None:
            return self
        if focal_length_mm is None or not _STATED_MIN_MM <= focal_length_mm <= _STATED_MAX_MM:
            focal_length_mm = PORTRAIT_FOCAL_LENGTH_MM
        portrait_mm = min(max(focal_length_mm, FOCAL_LENGTH_MIN_MM), FOCAL_LENGTH_MAX_MM)
        return replace(self, lens=replace(self.lens, focal_length_mm=portrait_mm))

    def focused_at(self, distance_m: float | None) -> "BlurOptions":
        """These options with the lens focused at a subject, unless it is focused by hand, or there is no subject."""
        if self.lens.focus_distance_m is not None or distance_m is None:
            return self
        focus_m = min(max(distance_m, self.lens.nearest_m), self.lens.background_distance_m)
        return replace(self, lens=replace(self.lens, focus_distance_m=focus_m))


def radius_px_to_fraction(radius_px: float, height: int, width: int) -> float:
    """The share of the diagonal that a radius in pixels of this image is."""
    return radius_px / math.hypot(height, width)
