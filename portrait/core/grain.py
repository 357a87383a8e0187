"""Grain: the noise of the sharp picture, measured, and given back to what a blur has made smooth.

A lens blurs the scene, not the sensor: in a real picture the background has the noise of the rest.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage
from portrait.core.backdrop import Backdrop
from portrait.core.color import LEVELS_IN_LINEAR, to_linear_levels

_BLOCK_PX = 16
_MAX_BLOCKS = 4096
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, of encoded channels

_BIN_LEVELS = 16
_MIN_BLOCKS = 24
"""Fewer blocks of one brightness tell nothing about its noise, and go with those of the next."""

_DARKEST = 24.0
"""Darker blocks are left out: cameras and codecs smooth them most, and black cuts their noise off."""

_LEAST_BLOCKS = 400
"""With fewer in the whole picture, none of them may be free of texture."""

_FLAT_SHARE, _FLAT_Z = 0.05, -1.645
"""The flattest blocks are taken for untextured; the normal distribution's quantile of their share."""

_LARGEST_CORRELATION = 0.8
"""Residuals whose neighbours are more alike are texture; a camera's noise stays below, developed and compressed."""

_LARGEST_RATIO, _LARGEST_CORRELATION_STEP = 1.7, 0.2
"""How much stronger, and how much more alike from pixel to pixel, noise may be in one brightness than in another."""

_SMALLEST_SIGMA, _LARGEST_SIGMA = 0.4, 6.0
"""Rounding to 8 bits alone makes 0.29; a picture rougher than this at its smoothest is foliage, not noise."""
_TILE_SHAPE = (509, 613)  # primes, so that its repeats line up with nothing
_SEED = 20

Blocks = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The noise of a picture, as encoded.

    Attributes
    ----------
    sigma
        float32 (256,): standard deviation of the luma by its level, both of 0 … 255.
    mixing
        float32 (3, 3): how three independent noises mix into red, green and blue where the luma's deviation is 1.
    scale_px
        Standard deviation of the Gaussian that gives white noise the correlation of this one.
    """

    sigma: NDArray[np.float32]
    mixing: NDArray[np.float32]
    scale_px: float

    @property
    def correlation_area_px(self) -> float:
        """Integral of the autocorrelation exp(−d² / 4s²): as many pixels average as one."""
        return max(1.0, 4.0 * math.pi * self.scale_px**2)


DITHER = Noise(np.full(256, 0.5, np.float32), np.eye(3, dtype=np.float32), 0.0)
"""As little noise as hides the steps of a smooth dark gradient in 8 bits."""


def measure_noise(image: RgbImage) -> Noise | None:
    """Find the noise of a picture in its flattest blocks, by brightness; none where there is none to speak of.

    In every 16 × 16 block a quadratic surface is taken off. Texture only adds to what is left, so that of all blocks of
    one brightness the flattest show the noise (after Liu et al. 2006, "Noise estimation from a single image",
    doi:10.1109/CVPR.2006.207); that the least of many estimates are too small on average is made up for.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    """
    blocks = _sample_blocks(image)
    luma = blocks @ _LUMA
    residual = _take_off_surface(luma)
    groups = _keep_alike(_flattest(residual, luma.mean(axis=1)))
    if not groups:
        return None
    flat = np.concatenate([group.blocks for group in groups])
    sigma = _noise_levels(groups, _scale_px(residual[flat]))
    deviation = residual.std(axis=1)
    typical = deviation <= sigma[luma.mean(axis=1).astype(np.intp)]  # half of all, where there is no texture
    return Noise(sigma, _mixing(blocks[typical], deviation[typical]), _scale_px(residual[typical]))


def _sample_blocks(image: RgbImage) -> Blocks:
    """Blocks from all over the picture in which nothing is clipped: float32 (n, 256, 3), 0 … 255."""
    down, across = image.shape[0] // _BLOCK_PX, image.shape[1] // _BLOCK_PX
    step = max(1, math.ceil(math.sqrt(down * across / _MAX_BLOCKS)))
    whole = image[: down * _BLOCK_PX, : across * _BLOCK_PX].reshape(down, _BLOCK_PX, across, _BLOCK_PX, 3)
    sample = whole[::step, :, ::step].transpose(0, 2, 1, 3, 4).reshape(-1, _BLOCK_PX * _BLOCK_PX, 3)
    clipped = (sample == 0) | (sample == 255)
    return np.asarray(sample[~clipped.any(axis=(1, 2))], np.float32)


def _take_off_surface(blocks: Blocks) -> Blocks:
    """What the best quadratic surface leaves of each block: float32 (n, 256)."""
    y, x = (np.mgrid[:_BLOCK_PX, :_BLOCK_PX].reshape(2, -1) + 0.5) / _BLOCK_PX
    basis = np.linalg.qr(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1))[0].astype(np.float32)
    return np.subtract(blocks, (blocks @ basis) @ basis.T, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _FlatGroup:
    """The flattest blocks of one brightness: their numbers, their level, the deviation they stay below."""

    blocks: NDArray[np.intp]
    level: float
    deviation: float
    correlation: float


def _flattest(residual: Blocks, level: NDArray[np.float32]) -> list[_FlatGroup]:
    deviation = residual.std(axis=1)
    groups = []
    for here in _by_brightness(level):
        limit = float(np.quantile(deviation[here], _FLAT_SHARE))
        flat = here[deviation[here] <= limit]
        groups.append(_FlatGroup(flat, float(level[here].mean()), limit, _correlation(residual[flat])))
    return groups


def _by_brightness(level: NDArray[np.float32]) -> list[NDArray[np.intp]]:
    """Numbers of the blocks, from dark to bright, `_MIN_BLOCKS` or more together; none if they are too few."""
    order, edges = np.argsort(level, kind="stable"), np.arange(_BIN_LEVELS, 256, _BIN_LEVELS)
    order = order[np.searchsorted(level[order], _DARKEST) :]
    stops, start = [], 0
    for stop in np.searchsorted(level[order], edges):
        if stop - start >= _MIN_BLOCKS and order.size - stop >= _MIN_BLOCKS:
            stops.append(stop)
            start = stop
    return np.split(order, stops) if order.size >= _LEAST_BLOCKS else []


def _keep_alike(groups: list[_FlatGroup]) -> list[_FlatGroup]:
    """The groups whose residuals are noise, going by the smoothest; none where that one is free of it, or too rough."""
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


def _correlation(residual: Blocks) -> float:
    """Correlation of neighbours, along rows and columns."""
    square = residual.reshape(-1, _BLOCK_PX, _BLOCK_PX)
    across = float((square[:, :, 1:] * square[:, :, :-1]).mean())
    down = float((square[:, 1:] * square[:, :-1]).mean())
    return 0.5 * (across + down) / max(1e-6, float(np.square(square).mean()))


def _scale_px(residual: Blocks) -> float:
    """The Gaussian that gives white noise this correlation of neighbours: exp(−1 / 4s²)."""
    near = _correlation(residual)
    return 0.0 if near < 0.02 else math.sqrt(-0.25 / math.log(min(near, _LARGEST_CORRELATION)))


def _noise_levels(groups: list[_FlatGroup], scale_px: float) -> NDArray[np.float32]:
    """Standard deviation by level, from the flattest blocks of some: float32 (256,). Black and white cut it off."""
    freedom = (_BLOCK_PX**2 - 6) / max(1.0, 2.0 * math.pi * scale_px**2)  # of correlated pixels, fewer count
    bias = max(0.4, 1.0 + _FLAT_Z / math.sqrt(2.0 * freedom))
    levels = np.arange(256)
    sigma = np.interp(levels, [group.level for group in groups], [group.deviation for group in groups])
    sigma *= np.minimum(1.0, np.minimum(levels, 255 - levels) / _DARKEST)
    return (sigma / bias).astype(np.float32)


def _mixing(blocks: Blocks, deviation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cholesky factor of the channels' covariance in flat blocks, for luma of variance 1."""
    residual = np.stack([_take_off_surface(blocks[..., channel]) for channel in range(3)], axis=-1)
    residual /= np.maximum(deviation, 1e-3)[:, None, None]
    covariance = np.tensordot(residual, residual, axes=([0, 1], [0, 1])).astype(np.float64)
    covariance /= float(_LUMA @ covariance @ _LUMA)
    return np.linalg.cholesky(covariance + 1e-6 * np.eye(3)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """Noise to be added to light; the same for the same picture, however it is cut into strips.

    Attributes
    ----------
    amplitude
        float32 (n,): deviation of linear light, by linear light in steps of 1 / (n − 1).
    tile
        float32 (h, w, 3): noise of deviation 1, repeated all over the picture.
    """

    amplitude: NDArray[np.float32]
    tile: LinearImage

    @classmethod
    def of(cls, noise: Noise, share: float = 1.0) -> "Grain":
        """All of this noise, or a share of its deviation."""
        per_level = share * noise.sigma * np.gradient(LEVELS_IN_LINEAR)
        amplitude = np.interp(np.linspace(0.0, 1.0, 65536), LEVELS_IN_LINEAR, per_level).astype(np.float32)
        return cls(amplitude, _make_tile(noise))

    def added_to(self, light: LinearImage, rows: slice, share: NDArray[np.float32] | None = None) -> LinearImage:
        """Some rows of a picture, float32 (rows, W, 3), with grain; ``share`` (rows, W) of it, 0 … 1, or all."""
        grain = np.asarray(cv2.LUT(to_linear_levels(light), self.amplitude), dtype=np.float32)
        lines = self.tile[np.arange(rows.start, rows.stop) % self.tile.shape[0]]
        for left in range(0, light.shape[1], self.tile.shape[1]):
            part = grain[:, left : left + self.tile.shape[1]]
            part *= lines[:, : part.shape[1]]
        if share is not None:
            grain *= cv2.merge([share] * 3)
        return np.asarray(cv2.add(light, grain), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class BlurByDepth:
    """How much grain each pixel of a picture wants that is blurred by depth: none where it is sharp.

    Attributes
    ----------
    defocus_map
        float32 (H, W), as in `portrait.core.slices.DefocusMap`.
    radius_px
        Of the blur disk where the map is 1.
    """

    defocus_map: NDArray[np.float32]
    radius_px: float

    def lost_share(self, noise: Noise, rows: slice) -> NDArray[np.float32]:
        """Share of the noise's deviation that the blur takes away, float32 (rows, W)."""
        area = np.square(self.defocus_map[rows]) * np.float32(math.pi * self.radius_px**2)
        left = np.float32(noise.correlation_area_px) / np.maximum(area, np.float32(noise.correlation_area_px))
        return np.sqrt(np.float32(1.0) - left)


@dataclass(frozen=True, slots=True, eq=False)
class GrainyBackdrop:
    """A smooth backdrop with noise in it.

    Attributes
    ----------
    backdrop
        The smooth one.
    grain
        What is added.
    noise
        What it is made of.
    blur
        How blurred the backdrop is from pixel to pixel; None: evenly, and ``grain`` knows of it.
    """

    backdrop: Backdrop
    grain: Grain
    noise: Noise
    blur: BlurByDepth | None = None

    @classmethod
    def of(cls, backdrop: Backdrop, noise: Noise, blur: float | BlurByDepth = math.inf) -> "GrainyBackdrop":
        """Add what a blur has taken away: by a disk of this radius in pixels, of which a small one leaves some noise,
        or by depth.
        """
        if isinstance(blur, BlurByDepth):
            return cls(backdrop, Grain.of(noise), noise, blur)
        left = min(1.0, noise.correlation_area_px / (math.pi * blur**2))
        return cls(backdrop, Grain.of(noise, math.sqrt(1.0 - left)), noise)

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Rows at full resolution, float32 (rows, width, 3)."""
        return self.over(self.backdrop.rows(rows, width), rows)

    def over(self, light: LinearImage, rows: slice, coverage: NDArray[np.float32] | None = None) -> LinearImage:
        """Some rows of a picture with this grain, where ``coverage`` (rows, W) says that they are blurred."""
        share = None if self.blur is None else self.blur.lost_share(self.noise, rows)
        if coverage is not None:
            share = coverage if share is None else share * coverage
        return self.grain.added_to(light, rows, share)


def _make_tile(noise: Noise) -> LinearImage:
    """Noise of the right colour and scale, deviation 1 in luma; it closes upon itself at the edges."""
    white = np.random.default_rng(_SEED).standard_normal((*_TILE_SHAPE, 3), dtype=np.float32)
    if noise.scale_px > 0.0:
        reach = math.ceil(4.0 * noise.scale_px)
        wrapped = cv2.copyMakeBorder(white, reach, reach, reach, reach, cv2.BORDER_WRAP)
        soft = cv2.GaussianBlur(wrapped, (0, 0), noise.scale_px)[reach:-reach, reach:-reach]
        white = np.ascontiguousarray(soft / soft.std(axis=(0, 1)), np.float32)
    return np.asarray(cv2.transform(white, noise.mixing), dtype=np.float32)
