"""Noise level estimation from the flattest blocks of an image."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage

_BLOCK_PX = 16
_MAX_BLOCKS = 4096
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, of encoded channels

_BIN_LEVELS = 16
_MIN_BLOCKS = 24
"""Least number of blocks in a brightness group; smaller groups are merged with the next."""

_DARKEST = 24.0
"""Darker blocks are left out: cameras and codecs smooth them most, and black cuts their noise off."""

_LEAST_BLOCKS = 400
"""Least number of blocks in the image: among fewer, none may be free of texture."""

_FLAT_SHARE, _FLAT_Z = 0.05, -1.645
"""Share of the blocks, the flattest, that counts as untextured, and the normal distribution's quantile of it."""

_LARGEST_CORRELATION = 0.8
"""Residuals with a larger neighbour correlation are texture; camera noise stays below, even compressed."""

_LARGEST_RATIO, _LARGEST_CORRELATION_STEP = 1.7, 0.2
"""Largest ratio of standard deviations, and largest difference of correlations, of noise between brightnesses."""

_LARGEST_ANISOTROPY, _LARGEST_KURTOSIS = 0.2, 4.5
"""Difference between the correlations of rows and columns, and fourth moment over squared variance (3 for a normal
distribution), from which the residuals are bricks, blinds or leaves: of noise, compressed too, they are smaller.
"""

_SMALLEST_SIGMA, _LARGEST_SIGMA = 0.4, 6.0
"""Rounding to 8 bits alone makes 0.29; an image rougher than this at its smoothest is foliage, not noise."""

Blocks = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The noise of an image, as encoded.

    Attributes
    ----------
    sigma
        float32 (256,): standard deviation of the luma by its level, both of 0 … 255.
    mixing
        float32 (3, 3): how three independent noises mix into red, green and blue where the luma's deviation is 1.
    scale_px
        Standard deviation of the Gaussian that gives white noise the correlation of this one.
    origin
        Row and column of the image's first pixel in the whole that it is part of, so that grain made for a part is
        that of the whole.
    """

    sigma: NDArray[np.float32]
    mixing: NDArray[np.float32]
    scale_px: float
    origin: tuple[int, int] = (0, 0)

    @property
    def correlation_area_px(self) -> float:
        """Integral of the autocorrelation exp(−d² / 4s²): as many pixels average as one."""
        return max(1.0, 4.0 * math.pi * self.scale_px**2)


DITHER = Noise(np.full(256, 0.5, np.float32), np.eye(3, dtype=np.float32), 0.0)
"""As little noise as hides the steps of a smooth dark gradient in 8 bits."""


def estimate_noise(image: RgbImage) -> Noise | None:
    """Noise level estimation by brightness, in the flattest blocks of an image; None where it is not above rounding.

    In every 16 × 16 block a quadratic surface is subtracted. Texture only increases the residual, so that the flattest
    of all blocks of one brightness show the noise (after Liu et al. 2006, "Noise estimation from a single image",
    doi:10.1109/CVPR.2006.207); the bias of taking the smallest of many estimates is corrected. Where texture is
    everywhere they show that: unlike noise it is not alike in rows and columns, or has edges, which are heavy tails.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    """
    blocks = _sample_blocks(image)
    luma = blocks @ _LUMA
    # Remove smooth shading, and keep the flattest blocks of each brightness.
    residual = _take_off_surface(luma)
    groups = _keep_alike(_flattest(residual, luma.mean(axis=1)))
    if not groups:
        return None
    # Their deviation is the noise level; their autocorrelation tells its scale.
    flat = np.concatenate([group.blocks for group in groups])
    sigma = _noise_levels(groups, _scale_px(residual[flat]))
    # Colour and scale come from all blocks that are no rougher than that.
    deviation, level = residual.std(axis=1), luma.mean(axis=1)
    typical = (level >= _DARKEST) & (deviation <= sigma[level.astype(np.intp)])  # half of all, without texture
    if _is_texture(residual[typical] / sigma[level[typical].astype(np.intp), None]):
        return None
    return Noise(_cut_off(sigma), _mixing(blocks[typical], deviation[typical]), _scale_px(residual[typical]))


def _sample_blocks(image: RgbImage) -> Blocks:
    """Blocks from all over the image in which nothing is clipped: float32 (n, 256, 3), 0 … 255."""
    down, across = image.shape[0] // _BLOCK_PX, image.shape[1] // _BLOCK_PX
    step = max(1, math.ceil(math.sqrt(down * across / _MAX_BLOCKS)))
    whole = image[: down * _BLOCK_PX, : across * _BLOCK_PX].reshape(down, _BLOCK_PX, across, _BLOCK_PX, 3)
    sample = whole[::step, :, ::step].transpose(0, 2, 1, 3, 4).reshape(-1, _BLOCK_PX * _BLOCK_PX, 3)
    clipped = (sample == 0) | (sample == 255)
    return np.asarray(sample[~clipped.any(axis=(1, 2))], np.float32)


def _take_off_surface(blocks: Blocks) -> Blocks:
    """Subtract a least-squares quadratic surface from each block: residual, float32 (n, 256)."""
    y, x = (np.mgrid[:_BLOCK_PX, :_BLOCK_PX].reshape(2, -1) + 0.5) / _BLOCK_PX
    basis = np.linalg.qr(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1))[0].astype(np.float32)
    return np.subtract(blocks, (blocks @ basis) @ basis.T, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _FlatGroup:
    """The flattest blocks of one brightness: their indices, level, and largest standard deviation."""

    blocks: NDArray[np.intp]
    level: float
    deviation: float
    correlation: float


def _flattest(residual: Blocks, level: NDArray[np.float32]) -> list[_FlatGroup]:
    deviation = residual.std(axis=1)
    groups = []
    for here in _by_brightness(level):
        limit = float(np.quantile(deviation[here], _FLAT_SHARE, method="lower"))  # of a block that there is
        flat = here[deviation[here] <= limit]
        groups.append(_FlatGroup(flat, float(level[here].mean()), limit, _correlation(residual[flat])))
    return groups


def _by_brightness(level: NDArray[np.float32]) -> list[NDArray[np.intp]]:
    """Indices of the blocks in groups by brightness of at least `_MIN_BLOCKS`, dark to bright; none if too few."""
    order, edges = np.argsort(level, kind="stable"), np.arange(_BIN_LEVELS, 256, _BIN_LEVELS)
    order = order[np.searchsorted(level[order], _DARKEST) :]
    stops, start = [], 0
    for stop in np.searchsorted(level[order], edges):
        if stop - start >= _MIN_BLOCKS and order.size - stop >= _MIN_BLOCKS:
            stops.append(stop)
            start = stop
    return np.split(order, stops) if order.size >= _LEAST_BLOCKS else []


def _keep_alike(groups: list[_FlatGroup]) -> list[_FlatGroup]:
    """Groups whose residuals are as noisy as those of the smoothest; none where that is noise-free or too rough."""
    if not groups:
        return []
    smoothest = min(groups, key=lambda group: group.deviation)
    if not _SMALLEST_SIGMA <= smoothest.deviation <= _LARGEST_SIGMA or smoothest.correlation > _LARGEST_CORRELATION:
        return []
    return [
        group
        for group in groups
        if group.deviation <= _LARGEST_RATIO * smoothest.deviation
        and group.correlation <= smoothest.correlation + _LARGEST_CORRELATION_STEP
    ]


def _is_texture(residual: Blocks) -> bool:
    """Whether residuals, each over the noise level at its brightness, are no noise."""
    across, down = _correlations(residual)
    square = np.square(residual)
    kurtosis = float(np.square(square).mean()) / max(1e-6, float(square.mean()) ** 2)
    return abs(across - down) > _LARGEST_ANISOTROPY or kurtosis > _LARGEST_KURTOSIS


def _correlation(residual: Blocks) -> float:
    """Autocorrelation at a lag of one pixel, the mean of rows and columns."""
    return 0.5 * sum(_correlations(residual))


def _correlations(residual: Blocks) -> tuple[float, float]:
    """Autocorrelation at a lag of one pixel, along rows and along columns."""
    square = residual.reshape(-1, _BLOCK_PX, _BLOCK_PX)
    variance = max(1e-6, float(np.square(square).mean()))
    across = float((square[:, :, 1:] * square[:, :, :-1]).mean())
    down = float((square[:, 1:] * square[:, :-1]).mean())
    return across / variance, down / variance


def _scale_px(residual: Blocks) -> float:
    """Standard deviation s of the Gaussian filter that gives white noise this neighbour correlation, exp(−1 / 4s²)."""
    near = _correlation(residual)
    return 0.0 if near < 0.02 else math.sqrt(-0.25 / math.log(min(near, _LARGEST_CORRELATION)))


def _noise_levels(groups: list[_FlatGroup], scale_px: float) -> NDArray[np.float32]:
    """Standard deviation by level, from the flattest blocks of some: float32 (256,).

    It is nowhere less than the smoothest group's, so that some blocks always stay below it.
    """
    freedom = (_BLOCK_PX**2 - 6) / max(1.0, 2.0 * math.pi * scale_px**2)  # of correlated pixels, fewer count
    bias = max(0.4, 1.0 + _FLAT_Z / math.sqrt(2.0 * freedom))
    sigma = np.interp(np.arange(256), [group.level for group in groups], [group.deviation for group in groups])
    return (sigma / bias).astype(np.float32)


def _cut_off(sigma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation by level after clipping at black and white; it was measured in blocks without clipping."""
    levels = np.arange(256)
    return (sigma * np.minimum(1.0, np.minimum(levels, 255 - levels) / _DARKEST)).astype(np.float32)


def _mixing(blocks: Blocks, deviation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cholesky factor of the channels' covariance in flat blocks, for luma of variance 1."""
    residual = np.stack([_take_off_surface(blocks[..., channel]) for channel in range(3)], axis=-1)
    residual /= np.maximum(deviation, 1e-3)[:, None, None]
    covariance = np.tensordot(residual, residual, axes=([0, 1], [0, 1])).astype(np.float64)
    covariance /= float(_LUMA @ covariance @ _LUMA)
    return np.linalg.cholesky(covariance + 1e-6 * np.eye(3)).astype(np.float32)
