"""Image degradation as augmentation, on uint8 RGB: low light, defocus, motion blur, low resolution, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.color import to_linear, to_srgb

Rng = np.random.Generator

READ_NOISE_ELECTRONS = 3.0


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Probability of each degradation; they are applied in this order, as in a camera."""

    underexpose: float = 0.0
    blur: float = 0.15
    move: float = 0.1
    shrink: float = 0.15
    add_noise: float = 0.3
    compress: float = 0.4


def degrade(image: NDArray[np.uint8], rng: Rng, rates: FaultRates = FaultRates()) -> NDArray[np.uint8]:
    """Apply each degradation with its probability; about half of the images keep most of their quality."""
    faults = (
        (underexpose, rates.underexpose),
        (blur, rates.blur),
        (move, rates.move),
        (shrink, rates.shrink),
        (add_noise, rates.add_noise),
        (compress, rates.compress),
    )
    for fault, probability in faults:
        if rng.random() < probability:
            image = fault(image, rng)
    return image


def underexpose(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Low light: exposure of 3 to 30 %, brightened again by the camera's gain, which amplifies the photon noise."""
    exposure = np.exp(rng.uniform(np.log(0.03), np.log(0.3)))
    gain = exposure ** -rng.uniform(0.4, 1.0)
    return expose(image, rng, exposure, full_well=np.exp(rng.uniform(np.log(1500.0), np.log(10_000.0))), gain=gain)


def expose(image: NDArray[np.uint8], rng: Rng, exposure: float, *, full_well: float, gain: float) -> NDArray[np.uint8]:
    """Poisson–Gaussian sensor noise at a lower exposure and a higher gain.

    The image is taken as the scene. Photon noise grows with the light, read-out noise does not (Foi et al. 2008,
    doi:10.1109/TIP.2008.2001399, in its Gaussian approximation).

    Parameters
    ----------
    exposure
        Share of the light that reaches the sensor.
    full_well
        Electrons of white at full exposure.
    gain
        Factor on the signal after read-out.
    """
    light = to_linear(image) * np.float32(exposure)
    electrons = light * np.float32(full_well)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noisy = electrons + noise * np.sqrt(electrons + np.float32(READ_NOISE_ELECTRONS**2))
    return to_srgb(np.maximum(noisy, 0.0) * np.float32(gain / full_well))


def blur(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Gaussian blur, as of a slight defocus."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6)), dtype=np.uint8)


def move(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Linear motion blur over 3 to 9 pixels in a random direction."""
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0.0, np.pi)
    half = (length - 1) / 2.0
    start = (round(half - half * np.cos(angle)), round(half - half * np.sin(angle)))
    end = (round(half + half * np.cos(angle)), round(half + half * np.sin(angle)))
    cv2.line(kernel, start, end, (1.0,))
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)


def shrink(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Downsample and upsample again: the detail of a lower resolution."""
    factor = rng.uniform(0.4, 0.9)
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (max(1, round(width * factor)), max(1, round(height * factor))), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def add_noise(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Additive Gaussian noise, in part equal in the three channels."""
    sigma = np.exp(rng.uniform(np.log(1.5), np.log(16.0)))
    luma = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
    chroma = rng.standard_normal(image.shape, dtype=np.float32)
    noisy = image + np.float32(sigma) * (0.7 * luma + 0.5 * chroma)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def compress(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """JPEG compression at a quality of 25 to 89."""
    quality = int(rng.integers(25, 90))
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)
