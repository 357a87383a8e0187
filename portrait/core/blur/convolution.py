"""Convolution with a kernel of any size: directly where it is small, else by Fourier transform."""

from functools import reduce
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage

Kernel: TypeAlias = NDArray[np.float32]
"""float32 (n, n), n odd, sums to 1."""

_DIRECT_TAPS = 225
"""Larger kernels are applied by Fourier transform, whose cost does not grow with them."""

_OPENCV_DIRECT_TAPS = 129
"""From here on filter2D would transform by itself, block by block, which takes twice as long."""


def convolve(padded: LinearImage, kernel: Kernel) -> LinearImage:
    """Convolve where the kernel lies wholly inside the image: a bright point becomes the kernel.

    float32 (H, W) or (H, W, C) and kernel (n, n) → (H − n + 1, W − n + 1) or with C channels.
    """
    if kernel.size <= _DIRECT_TAPS:
        return _convolve_directly(padded, kernel)
    rows, columns = (cv2.getOptimalDFTSize(side) for side in padded.shape[:2])
    spectrum = np.asarray(cv2.dft(_placed(kernel, rows, columns)), dtype=np.float32)
    channels = [np.asarray(channel, dtype=np.float32) for channel in cv2.split(padded)]
    parts = [_filtered(_placed(channel, rows, columns), spectrum) for channel in channels]
    whole = parts[0] if padded.ndim == 2 else cv2.merge(parts)
    first = kernel.shape[0] - 1
    return np.asarray(whole[first : padded.shape[0], first : padded.shape[1]], dtype=np.float32)


def _convolve_directly(padded: LinearImage, kernel: Kernel) -> LinearImage:
    """In bands of kernel rows that OpenCV, too, applies directly."""
    size = kernel.shape[0]
    height, width = padded.shape[0] - size + 1, padded.shape[1] - size + 1
    flipped, bands = cv2.flip(kernel, -1), -(-kernel.size // _OPENCV_DIRECT_TAPS)
    parts = []
    for first in range(0, size, -(-size // bands)):
        band = flipped[first : first + -(-size // bands)]
        seen = padded[first : first + height + band.shape[0] - 1]
        part = cv2.filter2D(seen, -1, band, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        parts.append(part[:height, :width])
    return np.asarray(reduce(cv2.add, parts), dtype=np.float32)


def _placed(plane: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Zeros of this size with ``plane`` at the top left."""
    bottom, right = rows - plane.shape[0], columns - plane.shape[1]
    return np.asarray(cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_CONSTANT), dtype=np.float32)


def _filtered(plane: NDArray[np.float32], spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Circular convolution."""
    product = cv2.mulSpectrums(cv2.dft(plane), spectrum, 0)
    return np.asarray(cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE), dtype=np.float32)
