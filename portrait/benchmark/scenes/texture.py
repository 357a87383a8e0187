"""Procedural texture: noise with the spectrum of nature, and what is made of it."""

import cv2
import numpy as np
from numpy.typing import NDArray

Texture = NDArray[np.float32]
"""float32 (H, W), mean 0, standard deviation 1 unless said otherwise."""


def fractal_noise(
    shape: tuple[int, int],
    rng: np.random.Generator,
    exponent: float = 1.0,
    stretch: float = 1.0,
    coarsest_px: float = np.inf,
) -> Texture:
    """Noise whose amplitude falls as 1 / frequency^exponent, as that of natural pictures does.

    Field 1987, "Relations between the statistics of natural images and the response properties of cortical cells",
    doi:10.1364/JOSAA.4.002379: the exponent is about 1.

    Parameters
    ----------
    shape
        (H, W) in pixels.
    exponent
        0 is white; 2 is clouds.
    stretch
        Above 1 the grain runs along the columns (upright), below 1 along the rows.
    coarsest_px
        Waves longer than this are left out.
    """
    height, width = (cv2.getOptimalDFTSize(side) for side in shape)
    spectrum = np.fft.rfft2(rng.standard_normal((height, width)))
    along_y, along_x = np.fft.fftfreq(height)[:, None] * np.sqrt(stretch), np.fft.rfftfreq(width) / np.sqrt(stretch)
    frequency = np.hypot(along_y, along_x)
    frequency[0, 0] = np.inf
    gain = np.where(frequency * coarsest_px >= 1.0, frequency**-exponent, 0.0)
    noise = np.fft.irfft2(spectrum * gain, s=(height, width))[: shape[0], : shape[1]]
    return np.asarray((noise - noise.mean()) / (noise.std() + 1e-12), dtype=np.float32)


def wander(values: int, rng: np.random.Generator, smooth: float) -> NDArray[np.float64]:
    """A smooth random walk of so many values, mean 0, standard deviation 1; ``smooth`` is its wavelength in values."""
    steps = np.fft.rfft(rng.standard_normal(max(8, values)))
    steps *= np.exp(-0.5 * (np.fft.rfftfreq(max(8, values)) * smooth) ** 2)
    steps[0] = 0.0
    walk = np.fft.irfft(steps, n=max(8, values))[:values]
    return np.asarray(walk / (walk.std() + 1e-12), dtype=np.float64)
