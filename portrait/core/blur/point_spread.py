"""The point-spread function applied: images convolved with an aperture, which may differ from place to place."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.blur.aperture_kernel import aperture_kernel
from portrait.core.blur.convolution import Kernel, convolve
from portrait.core.lens.aperture import Aperture, ApertureShape

_NODE_ROWS, _NODE_COLUMNS = 5, 7

_MOST_STEPS, _SPREAD_TOLERANCE = 16, 2e-4

_LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)


def sharpened(kernel: Kernel) -> Kernel:
    """Deconvolve a kernel for an image that was downsampled by area averages and will be upsampled bilinearly.

    Both blur the image, and so do the kernel's own anti-aliased pixels: variances of 1/12, 1/6 and 1/12 square pixels
    of the small image. The inverse, to the second order, is 1 − ∇²/6. What it would make negative is left out: light
    is never taken away, so no bright window gets a dark rim. Sums to 1; one pixel wider at each side.
    """
    padded = np.pad(kernel, 1)
    sharp = padded - cv2.filter2D(padded, -1, _LAPLACIAN, borderType=cv2.BORDER_CONSTANT) / np.float32(6.0)
    positive = np.maximum(sharp, np.float32(0.0))
    return np.asarray(positive / positive.sum(), dtype=np.float32)


@lru_cache(maxsize=64)
def _resampled_radius_px(radius_px: float, aperture: Aperture) -> float:
    """The radius at which a kernel spreads, after `sharpened`, as far as the inverse with its negative part would."""
    wanted = max(0.0, _spread(aperture_kernel(radius_px, aperture)) - 2.0 * 2.0 / 6.0)
    low, radius, high = 0.0, radius_px, radius_px
    for _ in range(_MOST_STEPS):
        reached = _spread(sharpened(aperture_kernel(radius, aperture)))  # nothing, where the disk is a single pixel
        if abs(reached - wanted) <= _SPREAD_TOLERANCE * (1.0 + wanted):
            break
        low, high = (radius, high) if reached < wanted else (low, radius)
        guess = radius * math.sqrt(wanted / reached) if reached > 0.0 else high  # right at once for large disks
        radius = guess if low < guess < high else 0.5 * (low + high)
    return radius


def _spread(kernel: Kernel) -> float:
    """Second moment of a kernel: mean squared distance from the middle."""
    square = np.square(np.arange(kernel.shape[0]) - kernel.shape[0] // 2)
    return float(kernel.sum(axis=0) @ square + kernel.sum(axis=1) @ square)


@dataclass(frozen=True, slots=True)
class PointSpread:
    """Convolution with the point-spread function, which may vary over the field.

    Where it varies, the image is convolved with the kernels of a coarse grid of places, and the results are
    interpolated bilinearly.

    Attributes
    ----------
    radius_px
        In pixels of the image.
    aperture
        The opening.
    resampled
        Whether the image was downsampled, and will be upsampled: takes back what that blurs; see `sharpened`.
    """

    radius_px: float
    aperture: Aperture
    resampled: bool = False

    @property
    def reach_px(self) -> int:
        """Radius of the kernel\'s support in whole pixels."""
        return len(self._kernel()) // 2

    def rows(self, image: LinearImage, first: int, rows: slice, height: int) -> LinearImage:
        """Convolve some rows of an image; parameters as for `padded`."""
        return self.convolve_padded(self.padded(image, first, rows, height), rows, height)

    def padded(
        self, image: LinearImage, first: int, rows: slice, height: int, border: int = cv2.BORDER_REPLICATE
    ) -> LinearImage:
        """The padded input of a convolution: all that is spread into some rows of an image.

        Parameters
        ----------
        image
            float32 (h, w) or (h, w, C): as many rows of an image of ``height`` rows as lie within reach, or more.
        first
            Which row of that the first one is.
        rows
            Those that are asked for.
        border
            How OpenCV extrapolates beyond the frame; the outermost pixels repeated come nearest to what is there.

        Returns
        -------
        float32 (rows + 2 reach, w + 2 reach) or with C channels.
        """
        reach = self.reach_px
        start, stop = max(0, rows.start - reach), min(height, rows.stop + reach)
        above, below = reach - (rows.start - start), reach - (stop - rows.stop)
        window = cv2.copyMakeBorder(image[start - first : stop - first], above, below, reach, reach, border)
        return np.asarray(window, dtype=np.float32)

    def convolve_padded(self, padded: LinearImage, rows: slice, height: int) -> LinearImage:
        """Convolve what `padded` gives: these rows of an image of ``height`` rows."""
        return convolve(padded, self._kernel()) if self.aperture.is_even else self._rows_by_field(padded, rows, height)

    def _rows_by_field(self, padded: LinearImage, rows: slice, height: int) -> LinearImage:
        surplus = 2 * self.reach_px
        width = padded.shape[1] - surplus
        # Convolve around each node with its own kernel, and add the results by bilinear weights.
        half_diagonal = 0.5 * math.hypot(height, width)
        result = np.zeros((rows.stop - rows.start, width, *padded.shape[2:]), np.float32)
        for down, down_share, y in _nodes(height, _NODE_ROWS, rows):
            for across, across_share, x in _nodes(width, _NODE_COLUMNS):
                window = padded[down.start : down.stop + surplus, across.start : across.stop + surplus]
                kernel = self._kernel((y / half_diagonal, x / half_diagonal))
                blurred = convolve(np.ascontiguousarray(window), kernel)
                share = np.outer(down_share, across_share)
                shares = share if padded.ndim == 2 else cv2.merge([share] * padded.shape[2])
                result[down, across] += cv2.multiply(blurred, shares)
        return result

    def _kernel(self, field: tuple[float, float] = (0.0, 0.0)) -> Kernel:
        return _spread_kernel(self.radius_px, self.aperture, self.resampled, field)


@lru_cache(maxsize=128)
def _spread_kernel(radius_px: float, aperture: Aperture, resampled: bool, field: tuple[float, float]) -> Kernel:
    """Cached: every strip and every frame takes the same kernels."""
    if not resampled:
        return aperture_kernel(radius_px, aperture, field)
    return sharpened(aperture_kernel(_resampled_radius_px(radius_px, aperture), aperture, field))


def convolve_with_aperture(
    image: LinearImage,
    radius_px: float,
    aperture: ApertureShape | Aperture = "disk",
    *,
    resampled: bool = False,
    border: int = cv2.BORDER_REPLICATE,
) -> LinearImage:
    """Convolve a whole image, float32 (h, w) or (h, w, C), with the aperture; see `PointSpread`."""
    spread = PointSpread(radius_px, Aperture(aperture) if isinstance(aperture, str) else aperture, resampled)
    height = image.shape[0]
    rows = slice(0, height)
    return spread.convolve_padded(spread.padded(image, 0, rows, height, border), rows, height)


def _nodes(length: int, count: int, part: slice | None = None) -> Iterator[tuple[slice, NDArray[np.float32], float]]:
    """Bilinear interpolation nodes along a side: the pixels of ``part`` that each has a weight in, the weights, and the
    node's distance from the middle.
    """
    start, stop = (0, length) if part is None else (part.start, part.stop)
    places = np.linspace(0.0, length - 1.0, min(count, length))
    step = float(places[1]) if length > 1 else 1.0
    for place in places:
        pixels = np.arange(math.floor(place - step) + 1, math.ceil(place + step))
        pixels = pixels[(pixels >= start) & (pixels < stop)]
        if pixels.size:
            share = (1.0 - np.abs(pixels - place) / step).astype(np.float32)
            yield slice(int(pixels[0]) - start, int(pixels[-1]) + 1 - start), share, float(place - 0.5 * (length - 1))
