"""Photometric augmentation (colour jitter) of uint8 RGB images, and colour transfer for pasted people."""

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator


def vary_color(
    image: NDArray[np.uint8], rng: Rng, dark_probability: float = 0.12, grey_probability: float = 0.05
) -> NDArray[np.uint8]:
    """Colour jitter: exposure, contrast, gamma, white balance, saturation, hue; sometimes dark or grey."""
    # Tone curve and white balance as one lookup table, then saturation and hue.
    curves = np.stack([_tone_curve(rng, dark_probability)] * 3, axis=1) * _white_balance(rng)
    table = np.clip(np.rint(curves), 0, 255).astype(np.uint8)[None]
    toned = cv2.LUT(image, table)
    saturation = 0.0 if rng.random() < grey_probability else float(np.exp(rng.normal(0.0, 0.25)))
    return _saturate(np.asarray(toned, dtype=np.uint8), saturation, rng.normal(0.0, 4.0) if rng.random() < 0.3 else 0.0)


def _tone_curve(rng: Rng, dark_probability: float) -> NDArray[np.float32]:
    """Random tone curve, 256 levels: gamma, contrast about mid-grey, gain; gain last, else dark images were black."""
    level = np.linspace(0.0, 1.0, 256, dtype=np.float32)
    gamma = np.exp(rng.normal(0.0, 0.2))
    gain = rng.uniform(0.15, 0.5) if rng.random() < dark_probability else np.exp(rng.normal(0.0, 0.14))
    contrast = np.exp(rng.normal(0.0, 0.12))
    curve: NDArray[np.float32] = 255.0 * gain * ((level**gamma - 0.5) * contrast + 0.5)
    return curve


def _white_balance(rng: Rng) -> NDArray[np.float32]:
    """Random gains of the three channels."""
    return np.exp(rng.normal(0.0, 0.06, 3)).astype(np.float32)


def _saturate(image: NDArray[np.uint8], saturation: float, hue_shift: float) -> NDArray[np.uint8]:
    """Change saturation by mixing with grey, and shift the hue by steps of 2° as OpenCV counts it."""
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    mixed = cv2.addWeighted(image, saturation, grey, 1.0 - saturation, 0.0)
    if hue_shift == 0.0:
        return np.asarray(mixed, dtype=np.uint8)
    hsv = cv2.cvtColor(mixed, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + round(hue_shift)) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def match_color(
    person: NDArray[np.uint8], scene: NDArray[np.uint8], on_person: NDArray[np.bool_], rng: Rng
) -> NDArray[np.float32]:
    """Colour transfer (Reinhard et al. 2001) from the scene to a pasted person, at a random strength of 0 … 0.5."""
    result = person.astype(np.float32)
    if not on_person.any():
        return result
    mean, std = _statistics(result, on_person)
    target_mean, target_std = _statistics(scene)
    strength = np.float32(rng.uniform(0.0, 0.5))
    gain = (1.0 - strength) + strength * np.clip(target_std / (std + 1.0), 0.6, 1.6)
    matched = (result - mean) * gain + mean + strength * (target_mean - mean)
    return np.asarray(np.clip(matched, 0.0, 255.0), dtype=np.float32)


def _statistics(
    image: cv2.typing.MatLike, where: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each channel."""
    mean, std = cv2.meanStdDev(image, mask=None if where is None else where.astype(np.uint8))
    return mean[:, 0].astype(np.float32), std[:, 0].astype(np.float32)
