"""Full-reference image metrics: PSNR, SSIM, CIEDE2000, error of light energy, shape of bokeh disks."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, Mask, RgbImage
from portrait.core.color import to_linear
from portrait.core.metrics.color_difference import ciede2000, to_lab

RING_INSIDE_PX, RING_OUTSIDE_PX = 3, 20
"""Width of the ring around the subject's outline: inside alpha ≥ 0.5, and outside."""

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as SSIM's authors convert to grey
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709, of linear sRGB
_SSIM_SIGMA_PX, _SSIM_REACH_PX = 1.5, 5
_SSIM_C1, _SSIM_C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2
_BACKGROUND_ALPHA = 0.005  # no more of the subject in a pixel than this, and it is background
_LEAST_LIGHT = 0.002  # contrast in linear light that one 8-bit step can show in the dark


def ring_mask(alpha: AlphaMatte, inside_px: float = RING_INSIDE_PX, outside_px: float = RING_OUTSIDE_PX) -> Mask:
    """The pixels around the subject's outline, where halos are, bool (H, W).

    Parameters
    ----------
    alpha
        float32 (H, W); the subject is where it is 0.5 or more.
    inside_px, outside_px
        Euclidean distance from the outline that still belongs to the ring.
    """
    is_subject = alpha >= 0.5
    if is_subject.all() or not is_subject.any():
        return np.zeros(alpha.shape, np.bool_)
    depth_px = cv2.distanceTransform(is_subject.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance_px = cv2.distanceTransform((~is_subject).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.where(is_subject, depth_px <= inside_px, distance_px <= outside_px), dtype=np.bool_)


def psnr(image: RgbImage, truth: RgbImage, judged: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, over all three channels of sRGB values.

    Parameters
    ----------
    image, truth
        uint8 (H, W, 3).
    judged
        bool (H, W): the pixels that count; None: all.

    Returns
    -------
    float
        Infinite where the images are equal; NaN where no pixel counts.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    _require_same_shape(image, truth)
    difference = image.astype(np.float32) - truth.astype(np.float32)
    if judged is not None:
        difference = difference[judged]
    if not difference.size:
        return math.nan
    squared = float(np.mean(np.square(difference), dtype=np.float64))
    return 10.0 * math.log10(255.0**2 / squared) if squared > 0.0 else math.inf


def ssim(image: RgbImage, truth: RgbImage) -> float:
    """Mean structural similarity of the grey images, −1 … 1.

    Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861: Gaussian window of 11 × 11 pixels and σ = 1.5,
    K1 = 0.01, K2 = 0.03, where the whole window lies in the image.

    Raises
    ------
    ValueError
        The shapes differ, or a side is shorter than the window.
    """
    _require_same_shape(image, truth)
    if min(image.shape[:2]) <= 2 * _SSIM_REACH_PX:
        raise ValueError(f"ssim needs images of {2 * _SSIM_REACH_PX + 1} pixels or more, got {image.shape}")
    x, y = image @ _LUMA, truth @ _LUMA  # in double precision: variances are small differences of large squares
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variance_x, variance_y = _window_mean(x * x) - mean_x**2, _window_mean(y * y) - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    structure = (2.0 * covariance + _SSIM_C2) / (variance_x + variance_y + _SSIM_C2)
    luminance = (2.0 * mean_x * mean_y + _SSIM_C1) / (mean_x**2 + mean_y**2 + _SSIM_C1)
    inner = slice(_SSIM_REACH_PX, -_SSIM_REACH_PX)
    return float(np.mean((luminance * structure)[inner, inner]))


def mean_delta_e(image: RgbImage, truth: RgbImage, judged: Mask | None = None) -> float:
    """Mean CIEDE2000 colour difference of sRGB images under D65; 1 is about the least that an eye can tell.

    Returns
    -------
    float
        NaN where no pixel counts.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    _require_same_shape(image, truth)
    where = np.ones(image.shape[:2], np.bool_) if judged is None else judged
    if not where.any():
        return math.nan
    return float(ciede2000(to_lab(image[where]), to_lab(truth[where])).mean(dtype=np.float64))


def energy_error(image: RgbImage, truth: RgbImage, alpha: AlphaMatte) -> float:
    """Relative error of the background's light energy; positive: too bright.

    Compares mean linear luminance over the pixels without any subject. NaN where there is no such pixel, or no light.
    """
    _require_same_shape(image, truth)
    is_background = alpha <= _BACKGROUND_ALPHA
    expected = float((to_linear(truth) @ _LUMINANCE)[is_background].sum(dtype=np.float64))
    found = float((to_linear(image) @ _LUMINANCE)[is_background].sum(dtype=np.float64))
    return found / expected - 1.0 if expected > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class LightShape:
    """Shape of the blur disk of a small bright light, which a lens renders as an even disk.

    Attributes
    ----------
    radius_error
        Relative error of the radius at half of the maximum against the aperture's radius; 1 where no light is left.
    unevenness
        Standard deviation over mean within 0.7 of the radius: 0 is even, a Gaussian has about 0.25; 1 where no light
        is left.
    """

    radius_error: float
    unevenness: float


def light_shape(image: RgbImage, center_px: tuple[float, float], radius_px: float) -> LightShape:
    """Measure the blur disk of an isolated light.

    Parameters
    ----------
    image
        uint8 (H, W, 3), the rendered image.
    center_px
        x and y of the light.
    radius_px
        Of the aperture's disk. Nothing else bright may be nearer than 1.8 times this.
    """
    distance_px, light = _around(image, center_px, 1.8 * radius_px)
    is_sky = distance_px >= 1.4 * radius_px
    light = light - np.median(light[is_sky])
    height = float(np.median(light[distance_px <= 0.5 * radius_px]))
    if height < max(_LEAST_LIGHT, 3.0 * float(light[is_sky].std())):
        return LightShape(1.0, 1.0)
    found_px = math.sqrt(np.count_nonzero((light >= 0.5 * height) & ~is_sky) / math.pi)
    inner = light[distance_px <= 0.7 * radius_px]
    return LightShape(abs(found_px / radius_px - 1.0), min(1.0, float(inner.std() / inner.mean())))


def _around(
    image: RgbImage, center_px: tuple[float, float], reach_px: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distance from a point, and linear luminance, of the pixels within ``reach_px`` of it."""
    (x, y), reach = center_px, math.ceil(reach_px)
    top, left = max(0, round(y) - reach), max(0, round(x) - reach)
    crop = np.ascontiguousarray(image[top : round(y) + reach + 1, left : round(x) + reach + 1])
    rows, columns = np.mgrid[0 : crop.shape[0], 0 : crop.shape[1]].astype(np.float32)
    distance_px = np.hypot(columns + (left - x), rows + (top - y)).astype(np.float32)
    is_near = distance_px <= reach_px
    return distance_px[is_near], (to_linear(crop) @ _LUMINANCE)[is_near]


def _window_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    size = 2 * _SSIM_REACH_PX + 1
    return np.asarray(cv2.GaussianBlur(values, (size, size), _SSIM_SIGMA_PX), dtype=np.float64)


def _require_same_shape(image: RgbImage, truth: RgbImage) -> None:
    if image.shape != truth.shape:
        raise ValueError(f"need two images of one size, got {image.shape} and {truth.shape}")
