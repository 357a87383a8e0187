"""The brightness of a developed raw file: that of the camera's own picture, or that of the sensor's white.

A camera brightens what its sensor counts, by a curve that it tells nobody. The curve is found by histogram matching of
the two pictures' brightness (Gonzalez & Woods, Digital Image Processing, 3.3.2), and applied to each colour, as cameras
do.
"""

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DeepRgbImage, RgbImage
from portrait.core.color import encode_srgb
from portrait.core.primaries import SRGB, luminance_weights

_STEPS = 65_536
_LUMA = luminance_weights(SRGB)
_SHARES = np.concatenate([[0.001, 0.005, 0.02], np.linspace(0.05, 0.95, 19), [0.98, 0.995, 0.999]])
_SMOOTHED_OVER = 2_049  # steps of the curve, a 32nd of it: without corners, and still monotonic
_SAMPLES = 500_000
_LEAST_RANGE = 0.1
_MOST_SIDES_APART = 0.04


def sensor_curve(gain: float) -> NDArray[np.uint16]:
    """Encode linear light by the curve of sRGB after a gain; what is brighter than white is white.

    Parameters
    ----------
    gain
        1 or more; the light that just saturates the first colour becomes white.

    Returns
    -------
    uint16 (65536,): by linear level, 16-bit sRGB.
    """
    return _to_levels(encode_srgb(np.minimum(gain * np.arange(_STEPS) / (_STEPS - 1), 1.0)))


def camera_curve(linear: DeepRgbImage, picture: RgbImage) -> NDArray[np.uint16] | None:
    """The curve by which a developed image becomes as bright as the camera's own picture.

    Parameters
    ----------
    linear
        uint16 (H, W, 3), linear light.
    picture
        uint8 (h, w, 3), the same scene as the camera has encoded it, in either orientation.

    Returns
    -------
    As `sensor_curve`; None where the two are not of the same shape, or where one has hardly any contrast.
    """
    if _sides_differ(linear, picture):
        return None
    step = max(1, int(np.sqrt(linear.size / 3 / _SAMPLES)))
    ours = np.quantile(encode_srgb(_brightness(linear[::step, ::step]) / (_STEPS - 1)), _SHARES)
    theirs = np.quantile(_brightness(picture) / 255.0, _SHARES)
    if min(np.ptp(ours), np.ptp(theirs)) < _LEAST_RANGE:
        return None
    ours, kept = np.unique(ours, return_index=True)
    place = encode_srgb(np.arange(_STEPS) / (_STEPS - 1))
    even = np.linspace(0.0, 1.0, _STEPS)
    curve = np.interp(even, [0.0, *ours, 1.0], [0.0, *theirs[kept], 1.0])
    padded = np.pad(curve, _SMOOTHED_OVER // 2, mode="reflect", reflect_type="odd")
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    smooth = (sums[_SMOOTHED_OVER:] - sums[:-_SMOOTHED_OVER]) / _SMOOTHED_OVER
    return _to_levels(np.interp(place, even, smooth))


def _sides_differ(linear: DeepRgbImage, picture: RgbImage) -> bool:
    (height, width), (other_height, other_width) = sorted(linear.shape[:2]), sorted(picture.shape[:2])
    return bool(abs(height * other_width / (width * other_height) - 1.0) > _MOST_SIDES_APART)


def _brightness(image: DeepRgbImage | RgbImage) -> NDArray[np.float64]:
    return np.asarray(image @ _LUMA, np.float64)


def _to_levels(encoded: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.asarray(np.rint((_STEPS - 1) * encoded.clip(0.0, 1.0)), np.uint16)
