"""What others do, to compare with in the same run."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.reference_lens import disk_weights
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb

Renderer = Callable[[RgbImage, AlphaMatte, float], RgbImage]
"""uint8 (H, W, 3), alpha float32 (H, W) and the radius of the blur disk in pixels → uint8 (H, W, 3)."""

SLOW_REFERENCE = "disk + ML colours (slow)"

_LEAST_WEIGHT = 1e-4
_Blur = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def whole_frame_gaussian(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """Blur the whole picture, subject included, and put the subject over it: most live tools.

    The Gaussian has the disk's variance; sRGB values are blurred and mixed as they are.
    """
    blurred = cv2.GaussianBlur(image, (0, 0), max(0.01, 0.5 * radius_px))
    return np.asarray(cv2.blendLinear(image, blurred, alpha, 1.0 - alpha), dtype=np.uint8)


def mask_aware_gaussian(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """Blur only what is background, weighted by 1 − alpha; still a Gaussian of sRGB values."""
    values = image.astype(np.float32)
    return _to_bytes(_mix(values, _blur_visible(values, alpha, _gaussian(radius_px)), alpha))


def mask_aware_disk(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """The same with a disk in linear light."""
    light = to_linear(image)
    return to_srgb(_mix(light, _blur_visible(light, alpha, _disk(radius_px)), alpha))


def disk_with_estimated_colors(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
    """The same with both layers' colours estimated by PyMatting: Germer et al. 2020, arXiv 2006.14970."""
    from pymatting import estimate_foreground_ml

    light = to_linear(image)
    layers = estimate_foreground_ml(light.astype(np.float64), alpha.astype(np.float64), return_background=True)
    foreground, background = (np.clip(layer, 0.0, 1.0).astype(np.float32) for layer in layers)
    return to_srgb(_mix(foreground, _blur_visible(background, alpha, _disk(radius_px)), alpha))


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
    def blur(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), max(0.01, 0.5 * radius_px)), dtype=np.float32)

    return blur


def _disk(radius_px: float) -> _Blur:
    weights = disk_weights(radius_px)

    def blur(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.filter2D(values, -1, weights, borderType=cv2.BORDER_REFLECT), dtype=np.float32)

    return blur


def _blur_visible(values: NDArray[np.float32], alpha: AlphaMatte, blur: _Blur) -> NDArray[np.float32]:
    """Mean of the background seen within the blur's reach; the plain blur where none is."""
    weight = (1.0 - alpha + _LEAST_WEIGHT)[..., None].astype(np.float32)
    return np.asarray(blur(values * weight) / np.maximum(blur(weight).reshape(*alpha.shape, 1), 1e-9), dtype=np.float32)


def _mix(foreground: NDArray[np.float32], background: NDArray[np.float32], alpha: AlphaMatte) -> NDArray[np.float32]:
    share = alpha[..., None]
    return np.asarray(share * foreground + (1.0 - share) * background, dtype=np.float32)


def _to_bytes(values: NDArray[np.float32]) -> RgbImage:
    return np.rint(np.clip(values, 0.0, 255.0)).astype(np.uint8)
