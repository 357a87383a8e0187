"""Procedural noise: fractal textures with a power-law spectrum, and smooth curves."""

import cv2
import numpy as np
from numpy.typing import NDArray

Texture = NDArray[np.float32]
"""float32 (H, W), mean 0, standard deviation 1."""


def fractal_noise(
    shape: tuple[int, int],
    rng: np.random.Generator,
    exponent: float = 1.0,
    stretch: float = 1.0,
    coarsest_px: float = np.inf,
) -> Texture:
    """Synthesise 1/f noise: white noise filtered so that its amplitude falls as 1 / frequency^exponent.

    Natural images have such a spectrum, with an exponent of about 1: Field 1987, "Relations between the statistics of
    natural images and the response properties of cortical cells", doi:10.1364/JOSAA.4.002379.

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

    Returns
    -------
    float32 (H, W), mean 0, standard deviation 1.
    """
    # White noise in the frequency domain, at a size that the Fourier transform is fast at.
    height, width = (cv2.getOptimalDFTSize(side) for side in shape)
    spectrum = np.fft.rfft2(rng.standard_normal((height, width)))
    # Weight every frequency; the stretch makes the noise anisotropic.
    along_y, along_x = np.fft.fftfreq(height)[:, None] * np.sqrt(stretch), np.fft.rfftfreq(width) / np.sqrt(stretch)
    frequency = np.hypot(along_y, along_x)
    frequency[0, 0] = np.inf
    gain = np.where(frequency * coarsest_px >= 1.0, frequency**-exponent, 0.0)
    # Transform back, crop and standardise.
    noise = np.fft.irfft2(spectrum * gain, s=(height, width))[: shape[0], : shape[1]]
    return np.asarray((noise - noise.mean()) / (noise.std() + 1e-12), dtype=np.float32)


def smooth_noise(values: int, rng: np.random.Generator, smooth: float) -> NDArray[np.float64]:
    """Low-pass filter white noise in one dimension; float64 (values,), mean 0, standard deviation 1.

    Parameters
    ----------
    values
        Number of values.
    smooth
        Width of the filter: shorter wavelengths, in values, are damped.
    """
    steps = np.fft.rfft(rng.standard_normal(max(8, values)))
    steps *= np.exp(-0.5 * (np.fft.rfftfreq(max(8, values)) * smooth) ** 2)
    steps[0] = 0.0
    walk = np.fft.irfft(steps, n=max(8, values))[:values]
    return np.asarray(walk / (walk.std() + 1e-12), dtype=np.float64)
