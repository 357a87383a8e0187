"""The input of a network: its size for an image, and the image in it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.letterbox import Letterbox
from portrait.core.matting.person_regions import fit_area
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import halve_towards
from portrait.native.network_input import make_network_input
from portrait.native.shared_library import has_library

_WIDEST_SQUASHED, _TALLEST_SQUASHED = 1.5, 1.65
"""Largest ratios of the longer to the shorter side at which an image is still squashed into the spec's input."""

_LARGEST_RATIO = 2.0
_TALL_SHARE = 2 / 3  # exponent on the ratio of a tall image


def choose_input_size(spec: ModelSpec, shape: tuple[int, int]) -> tuple[int, int]:
    """The input (height, width) for an image of this (H, W): the spec's, or one of as many pixels.

    Resizing to a square makes the people of a video frame half as wide as most in training: on portraits cut to 16 : 9
    that costs 2 points of person IoU and 3 of boundary IoU. So, if the network takes any size, an image wider than
    3 : 2 keeps its aspect ratio, up to 2 : 1. An upright image of a phone, at least 1.65 times as high as wide, keeps a
    part of it, since groups gain by it and standing people lose. All others are resized to the spec's input, as in
    training.
    """
    own, (height, width) = (spec.input_height, spec.input_width), shape
    ratio, is_wide = max(shape) / min(shape), width > height
    squashed = _WIDEST_SQUASHED if is_wide else _TALLEST_SQUASHED
    if ratio <= squashed or spec.input_fit == "letterbox" or not spec.is_dynamic:
        return own
    kept = min(ratio, _LARGEST_RATIO)
    sides = (1.0, kept) if is_wide else (kept**_TALL_SHARE, 1.0)
    return fit_area(sides, own[0] * own[1], spec.size_multiple)


def fit_input(image: RgbImage, spec: ModelSpec, size: tuple[int, int] | None = None) -> Letterbox:
    """Place of an image in a network's input of this (height, width); None: the spec's own size."""
    size = size or (spec.input_height, spec.input_width)
    return Letterbox.fit(image.shape[:2], *size) if spec.input_fit == "letterbox" else Letterbox.squash(*size)


def to_network_input(image: RgbImage, spec: ModelSpec, letterbox: Letterbox) -> NDArray[np.float32]:
    """Resize, pad and normalise an image: float32 (1, 3, H, W), or (1, H, W, 3) for NHWC."""
    gain = [1.0 / (255.0 * std) for std in spec.normalize_std]
    offset = [mean / std for mean, std in zip(spec.normalize_mean, spec.normalize_std, strict=True)]
    size = (letterbox.height, letterbox.width)
    is_filled = size == (letterbox.input_height, letterbox.input_width)
    if is_filled and has_library() and size[0] <= image.shape[0] and size[1] <= image.shape[1]:
        planes = make_network_input(np.ascontiguousarray(halve_towards(image, *size)), size, gain, offset)
    else:
        planes = _to_planes(image, letterbox, gain, offset)
    return np.ascontiguousarray((planes.transpose(1, 2, 0) if spec.layout == "nhwc" else planes)[None])


def _to_planes(
    image: RgbImage, letterbox: Letterbox, gain: Sequence[float], offset: Sequence[float]
) -> NDArray[np.float32]:
    """Normalised planes, (3, H, W); where the network sees no image they are 0, the mean of training."""
    red, green, blue = (place / scale for place, scale in zip(offset, gain, strict=True))
    fitted = letterbox.apply(image, (red, green, blue))
    planes = np.empty((3, *fitted.shape[:2]), np.float32)
    for plane, channel, scale, place in zip(planes, cv2.split(fitted), gain, offset, strict=True):
        np.multiply(channel, np.float32(scale), out=plane)
        plane -= np.float32(place)
    return planes
