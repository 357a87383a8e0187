"""Perceptual colour difference: CIE L*a*b* and CIEDE2000."""

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage

LabColors = NDArray[np.float32]
"""float32 (N, 3): L* 0 … 100, a*, b*; D65."""

_Values = NDArray[np.float64]


def to_lab(colors: RgbImage) -> LabColors:
    """Convert sRGB colours, uint8 (N, 3), to CIE L*a*b*."""
    encoded = colors.reshape(1, -1, 3).astype(np.float32) / np.float32(255.0)
    return np.asarray(cv2.cvtColor(encoded, cv2.COLOR_RGB2LAB).reshape(-1, 3), dtype=np.float32)


def ciede2000(first: LabColors, second: LabColors) -> _Values:
    """CIEDE2000 colour difference of two lists of colours, float64 (N,); 1 is about the least that an eye can tell.

    Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, whose symbols are used here; weights k_L = k_C = k_H = 1.

    Parameters
    ----------
    first, second
        (N, 3), L*a*b*.
    """
    (l1, a1, b1), (l2, a2, b2) = first.astype(np.float64).T, second.astype(np.float64).T
    g = 0.5 * (1.0 - _saturation(0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))))
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360.0 for a, b in ((a1, b1), (a2, b2)))
    turn, mean_h = _hue_turn_and_mean(h1, h2, c1 * c2 == 0.0)
    delta_h = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(0.5 * turn))
    mean_l, mean_c = 0.5 * (l1 + l2), 0.5 * (c1 + c2)
    s_l = 1.0 + 0.015 * (mean_l - 50.0) ** 2 / np.sqrt(20.0 + (mean_l - 50.0) ** 2)
    s_c, s_h = 1.0 + 0.045 * mean_c, 1.0 + 0.015 * mean_c * _hue_weight(mean_h)
    lightness, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, delta_h / s_h
    squared = lightness**2 + chroma**2 + hue**2 + _rotation(mean_h, mean_c) * chroma * hue
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), dtype=np.float64)


def _hue_turn_and_mean(h1: _Values, h2: _Values, is_grey: NDArray[np.bool_]) -> tuple[_Values, _Values]:
    """Hue difference along the shorter arc, and mean hue, in degrees."""
    turn = (h2 - h1 + 180.0) % 360.0 - 180.0
    turn = np.where(np.abs(h2 - h1) == 180.0, h2 - h1, turn)
    total = h1 + h2
    across = np.where(total < 360.0, total + 360.0, total - 360.0)
    mean = 0.5 * np.where(np.abs(h2 - h1) <= 180.0, total, across)
    return np.where(is_grey, 0.0, turn), np.where(is_grey, total, mean)


def _hue_weight(mean_h: _Values) -> _Values:
    waves = ((-0.17, 1.0, -30.0), (0.24, 2.0, 0.0), (0.32, 3.0, 6.0), (-0.20, 4.0, -63.0))
    return 1.0 + sum((size * np.cos(np.radians(times * mean_h + shift)) for size, times, shift in waves), np.zeros(()))


def _rotation(mean_h: _Values, mean_c: _Values) -> _Values:
    angle = 60.0 * np.exp(-(((mean_h - 275.0) / 25.0) ** 2))
    return np.asarray(-2.0 * _saturation(mean_c) * np.sin(np.radians(angle)), dtype=np.float64)


def _saturation(chroma: _Values) -> _Values:
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)), dtype=np.float64)
