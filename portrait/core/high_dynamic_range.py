"""Tone mapping of high dynamic range: decoding of PQ and HLG (ITU-R BT.2100) and roll-off to the white of sRGB.

References
----------
ITU-R BT.2100-2, tables 4 and 5: the curves. ITU-R BT.2390-11, 5.4.1: the roll-off of highlights (EETF).
ITU-R BT.2408-7, table 1: diffuse white stands at 203 cd/m².
"""

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DeepRgbImage, LinearImage, RgbImage
from portrait.core.color import to_deep_srgb
from portrait.core.primaries import Primaries, luminance_weights
from portrait.core.strips import strips

HdrCurve = Literal["PQ", "HLG"]

DIFFUSE_WHITE_NITS = 203.0
"""Luminance in cd/m² that becomes the white of sRGB."""

_PQ_PEAK_NITS, _HLG_PEAK_NITS = 10_000.0, 1_000.0
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_HLG_SYSTEM_GAMMA = 1.2  # on a display of 1,000 cd/m²
_BRIGHTEST_FRACTION = 0.001  # of the pixels, whose highlights may clip: a few hot pixels would dim the whole
_LEVELS = 65_535.0

Levels = NDArray[np.float64]


def decode_pq(encoded: Levels) -> Levels:
    """PQ EOTF (SMPTE ST 2084): light in cd/m² of encoded values, 0 … 1."""
    power = encoded ** (1.0 / _M2)
    return _PQ_PEAK_NITS * (np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power)) ** (1.0 / _M1)


def encode_pq(nits: Levels) -> Levels:
    """Inverse PQ EOTF: encoded values of light in cd/m², the inverse of `decode_pq`."""
    power = (nits / _PQ_PEAK_NITS) ** _M1
    return ((_C1 + _C2 * power) / (1.0 + _C3 * power)) ** _M2


def decode_hlg(encoded: Levels) -> Levels:
    """HLG inverse OETF: scene light, 0 … 1, of encoded values, 0 … 1."""
    return np.where(encoded <= 0.5, encoded**2 / 3.0, (np.exp((encoded - _C) / _A) + _B) / 12.0)


def roll_off(nits: Levels, peak_nits: float) -> Levels:
    """Tone curve (BT.2390's EETF for blacks of 0) from a peak of ``peak_nits`` to one of `DIFFUSE_WHITE_NITS`.

    Shadows and mid-tones are unchanged; above a knee the curve is a Hermite spline in PQ. Light above the peak becomes
    white.
    """
    if peak_nits <= DIFFUSE_WHITE_NITS:
        return np.minimum(nits, DIFFUSE_WHITE_NITS)
    source_peak, white = (float(encode_pq(np.asarray(value))) for value in (peak_nits, DIFFUSE_WHITE_NITS))
    largest = white / source_peak
    knee = 1.5 * largest - 0.5
    value = np.minimum(encode_pq(nits) / source_peak, 1.0)
    t = np.maximum(value - knee, 0.0) / (1.0 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * largest
    return decode_pq(np.where(value < knee, value, spline) * source_peak)


def tone_map(image: RgbImage | DeepRgbImage, curve: HdrCurve, primaries: Primaries) -> DeepRgbImage:
    """Tone mapping of an image encoded by PQ or HLG to one encoded by the curve of sRGB, on the same primaries.

    The gain is computed from the largest channel of a pixel and applied to all three, which keeps the hue (BT.2390,
    5.4.2: maxRGB). It depends on the image's own peak: an image without highlights above diffuse white is not dimmed.

    Parameters
    ----------
    image
        uint8 or uint16 (H, W, 3).
    curve
        The curve by which it is encoded.
    primaries
        Primaries of the image; the display gamma of HLG depends on their luminance.

    Returns
    -------
    uint16 (H, W, 3).
    """
    # The gain by light, tabulated over its square root.
    weights = luminance_weights(primaries).astype(np.float32)
    peak_nits = _peak(image, curve, weights)
    roots = np.linspace(0.0, 1.0, 65_536)
    nits = _PQ_PEAK_NITS * roots**2
    gains = np.ones(65_536, np.float32)
    gains[1:] = roll_off(nits[1:], peak_nits) / nits[1:]
    # Apply it strip by strip.
    result = np.empty(image.shape, np.uint16)
    for rows, light in _light_by_strips(image, curve, weights):
        gain = cv2.LUT(_root_levels(light.max(axis=2)), gains)
        result[rows] = to_deep_srgb(np.asarray(light * (gain / DIFFUSE_WHITE_NITS)[..., None], np.float32))
    return result


def _light_by_strips(
    image: RgbImage | DeepRgbImage, curve: HdrCurve, weights: NDArray[np.float32]
) -> Iterator[tuple[slice, LinearImage]]:
    """Display light in cd/m², float32 (h, W, 3), of one strip of rows after the other."""
    encoded = np.linspace(0.0, 1.0, 256 if image.dtype == np.uint8 else 65_536)
    table = (decode_pq(encoded) if curve == "PQ" else decode_hlg(encoded)).astype(np.float32)
    for rows in strips(*image.shape[:2]):
        light = np.asarray(cv2.LUT(np.ascontiguousarray(image[rows]), table), np.float32)
        yield rows, light if curve == "PQ" else _show_hlg(light, weights)


def _show_hlg(scene: LinearImage, weights: NDArray[np.float32]) -> LinearImage:
    """HLG OOTF (BT.2100, table 5): from scene light to the light of a display of 1,000 cd/m²."""
    luminance = scene @ weights
    gain = np.float32(_HLG_PEAK_NITS) * luminance ** np.float32(_HLG_SYSTEM_GAMMA - 1.0)
    return np.asarray(scene * gain[..., None], np.float32)


def _peak(image: RgbImage | DeepRgbImage, curve: HdrCurve, weights: NDArray[np.float32]) -> float:
    """Percentile of the largest channel's light, in cd/m²: `_BRIGHTEST_FRACTION` of the pixels exceed it."""
    counts = np.zeros(65_536, np.int64)
    for _, light in _light_by_strips(image, curve, weights):
        counts += np.bincount(_root_levels(light.max(axis=2)).ravel(), minlength=65_536)
    brighter = counts[::-1].cumsum()[::-1]
    root = np.flatnonzero(brighter > _BRIGHTEST_FRACTION * counts.sum())[-1]
    return float(_PQ_PEAK_NITS * (root / _LEVELS) ** 2)


def _root_levels(nits: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Square root of light in 16-bit levels, which are fine enough in the shadows."""
    roots = np.sqrt(np.minimum(nits, np.float32(_PQ_PEAK_NITS)) / np.float32(_PQ_PEAK_NITS))
    return np.asarray(np.rint(roots * np.float32(_LEVELS)), np.uint16)
