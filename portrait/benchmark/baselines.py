"""Baselines: simpler ways to blur a background, as other tools do it, run beside the app's renderer."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.reference_lens import disk_weights
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb

Renderer = Callable[[RgbImage, AlphaMatte, float], RgbImage]
"""Image uint8 (H, W, 3), alpha float32 (H, W) and radius of the blur disk in pixels → portrait uint8 (H, W, 3)."""

SLOW_REFERENCE = "disk + ML colours (slow)"

_LEAST_WEIGHT = 1e-4  # added to 1 − alpha, so that the blur is defined where it reaches no background
_Blur = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def whole_frame_gaussian(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """Gaussian blur of the whole image, subject included, and the sharp image composited over it, as most live tools.

    The Gaussian has the variance of a disk of this radius. Blur and composite work on sRGB values, not linear light.
    """
    blurred = cv2.GaussianBlur(image, (0, 0), max(0.01, 0.5 * radius_px))
    return np.asarray(cv2.blendLinear(image, blurred, alpha, 1.0 - alpha), dtype=np.uint8)


def mask_aware_gaussian(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """Normalised Gaussian blur of the background, weighted by 1 − alpha, and the image over it; in sRGB values."""
    values = image.astype(np.float32)
    return _to_bytes(_over(values, _blur_background(values, alpha, _gaussian(radius_px)), alpha))


def mask_aware_disk(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """Normalised disk blur of the background, weighted by 1 − alpha, and the image over it; in linear light."""
    light = to_linear(image)
    return to_srgb(_over(light, _blur_background(light, alpha, _disk(radius_px)), alpha))


def disk_with_estimated_colors(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """`mask_aware_disk` with both layers' colours estimated by PyMatting's multi-level foreground estimation.

    Germer et al. 2020, arXiv 2006.14970.
    """
    from pymatting import estimate_foreground_ml

    light = to_linear(image)
    layers = estimate_foreground_ml(light.astype(np.float64), alpha.astype(np.float64), return_background=True)
    foreground, background = (np.clip(layer, 0.0, 1.0).astype(np.float32) for layer in layers)
    return to_srgb(_over(foreground, _blur_background(background, alpha, _disk(radius_px)), alpha))


BASELINES: Mapping[str, Renderer] = {
    "whole-frame Gaussian": whole_frame_gaussian,
    "mask-aware Gaussian": mask_aware_gaussian,
    "mask-aware disk": mask_aware_disk,
}


def available_baselines() -> Mapping[str, Renderer]:
    """`BASELINES`, and the slow reference where PyMatting is installed."""
    if find_spec("pymatting") is None:
        return BASELINES
    return {**BASELINES, SLOW_REFERENCE: disk_with_estimated_colors}


def _gaussian(radius_px: float) -> _Blur:
    """Gaussian blur with the variance of a disk of this radius."""

    def blur(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), max(0.01, 0.5 * radius_px)), dtype=np.float32)

    return blur


def _disk(radius_px: float) -> _Blur:
    """Convolution with an even disk of this radius."""
    weights = disk_weights(radius_px)

    def blur(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.filter2D(values, -1, weights, borderType=cv2.BORDER_REFLECT), dtype=np.float32)

    return blur


def _blur_background(values: NDArray[np.float32], alpha: AlphaMatte, blur: _Blur) -> NDArray[np.float32]:
    """Normalised convolution of the background, weighted by 1 − alpha; a plain blur where no background is near."""
    weight = (1.0 - alpha + _LEAST_WEIGHT)[..., None].astype(np.float32)
    return np.asarray(blur(values * weight) / np.maximum(blur(weight).reshape(*alpha.shape, 1), 1e-9), dtype=np.float32)


def _over(foreground: NDArray[np.float32], background: NDArray[np.float32], alpha: AlphaMatte) -> NDArray[np.float32]:
    """Composite αF + (1 − α)B."""
    share = alpha[..., None]
    return np.asarray(share * foreground + (1.0 - share) * background, dtype=np.float32)


def _to_bytes(values: NDArray[np.float32]) -> RgbImage:
    """Round and clip to uint8."""
    return np.rint(np.clip(values, 0.0, 255.0)).astype(np.uint8)
