"""Aperture kernels: the point-spread function of an out-of-focus point."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from portrait.core.blur.convolution import Kernel
from portrait.core.lens.aperture import Aperture, ApertureShape

_BLADES = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9}

_CATS_EYE_SHIFT = 0.5  # in radii, at the corners

_SWIRL_SQUEEZE = 0.6  # at the corners


def aperture_kernel(
    radius_px: float, aperture: ApertureShape | Aperture = "disk", field: tuple[float, float] = (0.0, 0.0)
) -> Kernel:
    """Point-spread function of an out-of-focus point: the aperture's outline, anti-aliased.

    Parameters
    ----------
    radius_px
        0 or more. Fractions count: the outline is anti-aliased, so the kernel changes smoothly with the radius.
    aperture
        Outline; blades of any kind leave the area of the disk, so the amount of blur does not depend on the shape.
    field
        Where the point lies: down and right of the middle of the image, in halves of its diagonal.

    Returns
    -------
    float32 (n, n), n odd, sums to 1; radius 0 is a single 1.

    Raises
    ------
    ValueError
        Negative radius.
    """
    if not radius_px >= 0.0:
        raise ValueError(f"radius_px must be 0 or more, got {radius_px!r}")
    if isinstance(aperture, str):
        aperture = Aperture(aperture)
    reach = _reach_px(radius_px, aperture)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    coverage = np.clip(0.5 - _distance_outside_px(y, x, radius_px, aperture, field), 0.0, 1.0)
    coverage[reach, reach] = 1.0
    kernel: Kernel = (coverage / coverage.sum()).astype(np.float32)
    return kernel


def _reach_px(radius_px: float, aperture: Aperture) -> int:
    """Whole pixels from the middle to the last one that any kernel of this aperture touches."""
    blades, curvature = _blades(aperture)
    corner = radius_px * _outline(math.pi / blades, curvature) / _outline_area_radius(blades, curvature)
    softening = 0.5 if curvature == 1.0 else 0.5 / math.cos(math.pi / blades)  # longest over a corner's tip
    return math.ceil((corner + softening) * (1.0 + _SWIRL_SQUEEZE * aperture.swirl)) - 1


def _blades(aperture: Aperture) -> tuple[int, float]:
    """Number of blades and their curvature."""
    return (_BLADES[aperture.shape], aperture.blade_curvature) if aperture.shape in _BLADES else (3, 1.0)


def _distance_outside_px(
    y: NDArray[np.float64], x: NDArray[np.float64], radius_px: float, aperture: Aperture, field: tuple[float, float]
) -> NDArray[np.float64]:
    """Signed distance to the aperture's outline, negative inside, for a point at this place in the field."""
    eccentricity = math.hypot(*field)
    if aperture.is_even or eccentricity == 0.0:
        return _distance_outside_blades_px(y, x, radius_px, aperture)
    out_y, out_x = field[0] / eccentricity, field[1] / eccentricity
    radial, tangential = y * out_y + x * out_x, x * out_y - y * out_x
    squeeze = 1.0 + _SWIRL_SQUEEZE * aperture.swirl * eccentricity
    radial, tangential = radial * squeeze, tangential / squeeze
    shift = _CATS_EYE_SHIFT * aperture.cats_eye * eccentricity * radius_px
    y, x = (radial + shift) * out_y - tangential * out_x, (radial + shift) * out_x + tangential * out_y
    barrel = np.hypot(radial - shift, tangential) - radius_px
    return np.maximum(_distance_outside_blades_px(y, x, radius_px, aperture), barrel)


def _distance_outside_blades_px(
    y: NDArray[np.float64], x: NDArray[np.float64], radius_px: float, aperture: Aperture
) -> NDArray[np.float64]:
    """Signed distance to the intersection of all blades' insides; a blade's edge is a line, an arc, or the circle.

    For blades at the distance a from the middle, bent with the radius a / κ, the distance of p from the edge of the
    blade whose normal is n is (κ (p² − a²) + 2a (1 − κ)(p·n − a)) / (|κp + a (1 − κ) n| + a), for κ = 0 and 1 too.
    """
    blades, curvature = _blades(aperture)
    if curvature == 1.0:
        return np.hypot(y, x) - radius_px
    apothem = max(radius_px, 1e-6) / _outline_area_radius(blades, curvature)
    angles = 2.0 * np.pi * np.arange(blades) / blades + np.pi / 2.0 - math.radians(aperture.rotation_deg)
    normal_y, normal_x = (part[:, None, None] for part in (np.sin(angles), np.cos(angles)))
    bent, straight = curvature, apothem * (1.0 - curvature)
    over = bent * (y * y + x * x - apothem**2) + 2.0 * straight * (normal_y * y + normal_x * x - apothem)
    distance = over / (np.hypot(bent * y + straight * normal_y, bent * x + straight * normal_x) + apothem)
    return np.asarray(distance.max(axis=0), dtype=np.float64)


def _outline(angle: float, curvature: float) -> float:
    """Distance from the middle to a blade's edge at this angle from its normal, in apothems."""
    flat = 1.0 - curvature
    return (2.0 - curvature) / (flat * math.cos(angle) + math.sqrt(1.0 - (flat * math.sin(angle)) ** 2))


@lru_cache(maxsize=64)
def _outline_area_radius(blades: int, curvature: float) -> float:
    """Radius of the disk that has the area of the opening, in apothems."""
    steps = 32
    squares = [_outline(math.pi / blades * (step + 0.5) / steps, curvature) ** 2 for step in range(steps)]
    return math.sqrt(math.fsum(squares) / steps)
