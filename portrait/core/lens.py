"""The lens: from an f-number to the radius of the blur disk, and the outline of the aperture. Light to import."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

ApertureShape = Literal["disk", "pentagon", "hexagon", "heptagon", "octagon", "nonagon"]

THIRD_STOPS = (
    1.4, 1.6, 1.8, 2.0, 2.2, 2.5, 2.8, 3.2, 3.5, 4.0, 4.5, 5.0, 5.6, 6.3, 7.1, 8.0, 9.0, 10.0, 11.0, 13.0, 14.0, 16.0,
)  # fmt: skip
"""The f-numbers in third stops, as they are engraved on lenses; any value between the ends is a valid f-number."""

F_NUMBER_MIN, F_NUMBER_MAX = THIRD_STOPS[0], THIRD_STOPS[-1]
FULL_FRAME_DIAGONAL_MM = math.hypot(36.0, 24.0)

PORTRAIT_FOCAL_LENGTH_MM = 50.0
UNKNOWN_SUBJECT_DISTANCE_M = 1.5
"""Head and chest through 50 mm: where the lens is focused when nothing tells the subject's distance."""

FOCAL_LENGTH_MIN_MM, FOCAL_LENGTH_MAX_MM = PORTRAIT_FOCAL_LENGTH_MM, 200.0
"""The portrait lenses: a shorter one hardly blurs at any f-number, a longer one does not focus at 0.4 m."""

FOCUS_DISTANCES_M = (0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0)
"""As they are engraved on lenses; any distance between the ends can be set."""

BLUR_RADIUS_FRACTION_MAX = 0.25
"""Of the picture's diagonal: beyond it a blur is one colour."""

_STATED_MIN_MM, _STATED_MAX_MM = 8.0, 800.0
"""What a camera says beyond these is no focal length."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A thin lens on a full-frame sensor. The default is the classic portrait lens, its background far behind.

    Attributes
    ----------
    focal_length_mm
        As on a sensor of 36 × 24 mm. None: that of the photo (`BlurOptions.taken_with`), or 50 mm where it is unknown.
    focus_distance_m
        Lens to subject. None: from the subject's size in the picture (`portrait.core.subject_distance.focus_on`), or
        1.5 m where no subject is known.
    background_distance_m
        Lens to background, from the focus distance to infinity.
    """

    focal_length_mm: float | None = None
    focus_distance_m: float | None = None
    background_distance_m: float = math.inf

    def __post_init__(self) -> None:
        if not 0.0 < self._focal_m() < self._focus_m() <= self.background_distance_m:
            raise ValueError(f"need focal length < focus distance ≤ background distance, got {self}")

    def circle_of_confusion_mm(self, f_number: float) -> float:
        """Diameter on the sensor of the disk that a background point becomes.

        Thin lens, Potmesil & Chakravarty 1981, doi:10.1145/965161.806818:
        c = f² / (N (s − f)) · (d − s) / d for focal length f, f-number N, focus distance s, background distance d.
        """
        focal_m = self._focal_m()
        behind = 1.0 - self._focus_m() / self.background_distance_m
        return 1000.0 * focal_m**2 / (f_number * (self._focus_m() - focal_m)) * behind

    def distance_m(self, size_m: float, diagonal_fraction: float) -> float:
        """Distance of a thing of a known size that takes up this share of the picture's diagonal.

        From the thin lens's magnification f / (s − f).
        """
        magnification = diagonal_fraction * FULL_FRAME_DIAGONAL_MM / (1000.0 * size_m)
        return self._focal_m() * (1.0 + 1.0 / magnification)

    @property
    def nearest_m(self) -> float:
        """Where things are as large on the sensor as they are: no portrait lens focuses nearer."""
        return 2.0 * self._focal_m()

    def _focal_m(self) -> float:
        return (PORTRAIT_FOCAL_LENGTH_MM if self.focal_length_mm is None else self.focal_length_mm) / 1000.0

    def _focus_m(self) -> float:
        if self.focus_distance_m is not None:
            return self.focus_distance_m
        return min(max(UNKNOWN_SUBJECT_DISTANCE_M, self.nearest_m), self.background_distance_m)


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
        0 … 1: how far the opening is squeezed towards the middle of the picture and drawn out around it.
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
            _require_fraction(name, getattr(self, name))
        if not math.isfinite(self.rotation_deg):
            raise ValueError(f"rotation_deg must be a finite angle, got {self.rotation_deg!r}")

    @property
    def is_even(self) -> bool:
        """Whether the opening looks the same from all over the picture."""
        return self.cats_eye == 0.0 and self.swirl == 0.0


@dataclass(frozen=True, slots=True)
class BlurOptions:
    """How the background is to look. Lengths are shares of the picture, so preview and file agree.

    Attributes
    ----------
    f_number
        1.4 (strong blur) … 16 (nearly none).
    blur_radius_fraction
        Radius of the disk as a share of the picture's diagonal; overrides the f-number when given.
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
    lens: Lens = Lens()
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
        _require_fraction("highlight_boost", self.highlight_boost)
        _ = self.aperture  # refuses what no aperture can have

    @property
    def aperture(self) -> Aperture:
        """The opening of the lens."""
        return Aperture(
            self.aperture_shape, self.blade_curvature, self.aperture_rotation_deg, self.cats_eye, self.swirl
        )

    def blur_radius_px(self, height: int, width: int) -> float:
        """Radius in pixels of the blur disk for a picture of this size; grows with the picture."""
        fraction = self.blur_radius_fraction
        if fraction is None:
            fraction = 0.5 * self.lens.circle_of_confusion_mm(self.f_number) / FULL_FRAME_DIAGONAL_MM
        return min(fraction, BLUR_RADIUS_FRACTION_MAX) * math.hypot(height, width)

    def taken_with(self, focal_length_mm: float | None) -> "BlurOptions":
        """These options through the lens that a photo was taken with, unless a focal length was chosen by hand.

        Never through a shorter one than the portrait lens: the lens of a phone hardly blurs at any f-number, so such a
        photo is rendered as the portrait lens would have taken it with the same framing.

        Parameters
        ----------
        focal_length_mm
            As the camera states it, for a sensor of 36 × 24 mm; None where it does not. Nonsense counts as None.
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
    """The share of the diagonal that a radius in pixels of this picture is."""
    return radius_px / math.hypot(height, width)


def _require_fraction(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in 0 … 1, got {value!r}")
