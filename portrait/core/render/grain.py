"""Grain synthesis: noise like that of the sharp image is added to what the blur has made smooth.

A lens blurs the scene, not the sensor noise: in a real photo the blurred background is as noisy as the subject.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage
from portrait.core.color import LEVELS_IN_LINEAR, to_linear_levels
from portrait.core.render.backdrop import Backdrop
from portrait.core.render.noise_estimation import Noise

_TILE_SHAPE = (509, 613)  # primes, so that its repeats line up with nothing
_SEED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """Noise to be added to linear light; it does not depend on how the image is cut into strips.

    Attributes
    ----------
    amplitude
        float32 (n,): deviation of linear light, by linear light in steps of 1 / (n − 1).
    tile
        float32 (h, w, 3): noise of deviation 1, repeated all over the image.
    """

    amplitude: NDArray[np.float32]
    tile: LinearImage

    @classmethod
    def of(cls, noise: Noise, share: float = 1.0) -> "Grain":
        """Grain with the standard deviation of a noise, or a share of it."""
        per_level = share * noise.sigma * np.gradient(LEVELS_IN_LINEAR)
        amplitude = np.interp(np.linspace(0.0, 1.0, 65536), LEVELS_IN_LINEAR, per_level).astype(np.float32)
        return cls(amplitude, _make_tile(noise))

    def added_to(self, light: LinearImage, rows: slice, share: NDArray[np.float32] | None = None) -> LinearImage:
        """Some rows of an image, float32 (rows, W, 3), with grain; ``share`` (rows, W) of it, 0 … 1, or all."""
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
    """Amount of grain for each pixel of an image blurred by depth; none where it is sharp.

    Attributes
    ----------
    defocus_map
        float32 (H, W), as in `portrait.core.arrays.DefocusMap`.
    radius_px
        Radius of the blur disk where the map is 1.
    """

    defocus_map: NDArray[np.float32]
    radius_px: float

    def lost_share(self, noise: Noise, rows: slice) -> NDArray[np.float32]:
        """Share of the noise's standard deviation that the blur removes, float32 (rows, W)."""
        area = np.square(self.defocus_map[rows]) * np.float32(math.pi * self.radius_px**2)
        left = np.float32(noise.correlation_area_px) / np.maximum(area, np.float32(noise.correlation_area_px))
        return np.sqrt(np.float32(1.0) - left)


@dataclass(frozen=True, slots=True, eq=False)
class GrainyBackdrop:
    """A smooth backdrop with noise in it.

    Attributes
    ----------
    backdrop
        The smooth backdrop.
    grain
        The grain to be added.
    noise
        The noise from which the grain was made.
    blur
        Blur of each pixel of the backdrop; None: even blur, for which ``grain`` is already reduced.
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
        """Some rows of an image with this grain, where ``coverage`` (rows, W) says that they are blurred."""
        share = None if self.blur is None else self.blur.lost_share(self.noise, rows)
        if coverage is not None:
            share = coverage if share is None else share * coverage
        return self.grain.added_to(light, rows, share)


def _make_tile(noise: Noise) -> LinearImage:
    """Correlated Gaussian noise, deviation 1 in luma, periodic."""
    white = np.random.default_rng(_SEED).standard_normal((*_TILE_SHAPE, 3), dtype=np.float32)
    if noise.scale_px > 0.0:
        reach = math.ceil(4.0 * noise.scale_px)
        wrapped = cv2.copyMakeBorder(white, reach, reach, reach, reach, cv2.BORDER_WRAP)
        soft = cv2.GaussianBlur(wrapped, (0, 0), noise.scale_px)[reach:-reach, reach:-reach]
        white = np.ascontiguousarray(soft / soft.std(axis=(0, 1)), np.float32)
    if noise.origin != (0, 0):
        white = np.roll(white, (-noise.origin[0], -noise.origin[1]), axis=(0, 1))
    return np.asarray(cv2.transform(white, noise.mixing), dtype=np.float32)
