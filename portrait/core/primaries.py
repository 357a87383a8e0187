"""Chromaticities of the primaries of RGB spaces, and the conversion matrices to CIE XYZ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Chromaticity = tuple[float, float]
"""x and y of CIE 1931."""

Matrix = NDArray[np.float64]

D65: Chromaticity = (0.3127, 0.3290)
DCI_WHITE: Chromaticity = (0.314, 0.351)
ILLUMINANT_C: Chromaticity = (0.310, 0.316)
ILLUMINANT_E: Chromaticity = (1.0 / 3.0, 1.0 / 3.0)

D50_XYZ = np.array([0.9642, 1.0, 0.8249])
"""White of the profile connection space (ICC.1:2022, 7.2.16)."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SAME_CHROMATICITY = 0.002


@dataclass(frozen=True, slots=True)
class Primaries:
    """Chromaticities of the primaries and the white of an RGB space.

    Raises
    ------
    ValueError
        They span no triangle, or the y of the white is not positive.
    """

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity = D65

    def __post_init__(self) -> None:
        points = np.array([self.red, self.green, self.blue, self.white])
        area = np.linalg.det(np.column_stack([points[:3], np.ones(3)])) if np.isfinite(points).all() else 0.0
        if abs(area) < 1e-4 or points[3, 1] <= 0.0 or np.abs(points).max() > 2.0:
            raise ValueError(f"primaries must span a triangle around a white, got {self}")

    def is_close_to(self, other: "Primaries") -> bool:
        """Whether all four chromaticities agree up to the rounding of file formats."""
        ours, theirs = (np.array([p.red, p.green, p.blue, p.white]) for p in (self, other))
        return bool(np.abs(ours - theirs).max() < _SAME_CHROMATICITY)


SRGB = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
"""IEC 61966-2-1, as ITU-R BT.709."""

ADOBE_RGB = Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
DISPLAY_P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
"""SMPTE EG 432-1; encoded by the curve of sRGB it is what phones write."""

BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))


def rgb_to_xyz(primaries: Primaries) -> Matrix:
    """float64 (3, 3): from linear RGB to CIE XYZ, white at Y = 1 (SMPTE RP 177:1993, 3.3)."""
    columns = np.column_stack([_xyz_of(point) for point in (primaries.red, primaries.green, primaries.blue)])
    return columns * np.linalg.solve(columns, _white_xyz(primaries))


def adaptation_to_d50(primaries: Primaries) -> Matrix:
    """float64 (3, 3): chromatic adaptation of XYZ to D50 by the Bradford transform (ICC.1:2022, E.3)."""
    source, target = (_BRADFORD @ white for white in (_white_xyz(primaries), D50_XYZ))
    return np.asarray(np.linalg.solve(_BRADFORD, np.diag(target / source) @ _BRADFORD), np.float64)


def luminance_weights(primaries: Primaries) -> NDArray[np.float64]:
    """float64 (3,): the share of each channel in luminance."""
    return np.array(rgb_to_xyz(primaries)[1], np.float64)


def _xyz_of(point: Chromaticity) -> NDArray[np.float64]:
    """x, y and z = 1 − x − y; not scaled to Y = 1, as imaginary primaries may have a y of 0 or less."""
    x, y = point
    return np.array([x, y, 1.0 - x - y])


def _white_xyz(primaries: Primaries) -> NDArray[np.float64]:
    return _xyz_of(primaries.white) / primaries.white[1]
