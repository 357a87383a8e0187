"""The thin lens: from an f-number and distances to the circle of confusion. Light to import."""

import math
from dataclasses import dataclass

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


def strength_to_f_number(strength: float) -> float:
    """The f-number of a strength of the blur: from f/16 at 0 to f/1.4 at 1, in even steps of stops."""
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength must lie in 0 … 1, got {strength!r}")
    exact = F_NUMBER_MAX * (F_NUMBER_MIN / F_NUMBER_MAX) ** strength
    return float(min(max(exact, F_NUMBER_MIN), F_NUMBER_MAX))


@dataclass(frozen=True, slots=True)
class Lens:
    """A thin lens on a full-frame sensor. The default is the classic portrait lens, its background far behind.

    Attributes
    ----------
    focal_length_mm
        As on a sensor of 36 × 24 mm. None: that of the photo (`BlurOptions.taken_with`), or 50 mm where it is unknown.
    focus_distance_m
        Lens to subject. None: from the subject's size in the image (`portrait.core.lens.subject_distance.focus_on`),
        or 1.5 m where no subject is known.
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
        """Distance of a thing of a known size that takes up this share of the image's diagonal.

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
