"""Backdrops: the backgrounds behind the subject, delivered in strips of rows at full resolution."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DeepRgbImage, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.render.look import Color
from portrait.core.resize import downsample_to_long_side, resize

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Share of each channel in the luminance of linear light (ITU-R BT.709)."""

_STAGE_LONG_SIDE_PX = 256
_POOL_RGB = (0.060, 0.054, 0.047)  # linear light in the middle of the pool: warm, and far below the subject's
_BEAM_WIDTH = 0.65  # of the side of a square as large as the subject
_SHADE = 0.35  # light left on the subject far from the middle of the beam
_LIFT = 1.25


class Backdrop(Protocol):
    """A background at full resolution."""

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Some of its rows, float32 (rows, width, 3) in linear light."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class GreyBackdrop:
    """The image's own background, sharp, in grey."""

    image: RgbImage | DeepRgbImage
    layers: SoftLayers

    def rows(self, rows: slice, width: int) -> LinearImage:
        return np.asarray(cv2.merge([self.luminance(rows)] * 3), dtype=np.float32)

    def luminance(self, rows: slice) -> NDArray[np.float32]:
        """Some of its rows, float32 (rows, W), linear."""
        light = to_linear(self.image[rows])
        self.layers.put_background(light, rows)
        return np.asarray(cv2.transform(light, np.array([LUMINANCE], np.float32)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Greyed:
    """Another backdrop in grey."""

    backdrop: Backdrop

    def rows(self, rows: slice, width: int) -> LinearImage:
        return grey(self.backdrop.rows(rows, width))


def grey(light: LinearImage) -> LinearImage:
    """Replace the colours of linear light, float32 (h, w, 3), by their luminance."""
    return np.asarray(cv2.transform(light, np.array([LUMINANCE] * 3, np.float32)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PlainBackdrop:
    """One colour."""

    color: Color

    def rows(self, rows: slice, width: int) -> LinearImage:
        line = np.tile(to_linear(np.array([[self.color]], np.uint8)), (1, width, 1))
        return np.ascontiguousarray(np.broadcast_to(line, (rows.stop - rows.start, width, 3)))


@dataclass(frozen=True, slots=True, eq=False)
class ImageBackdrop:
    """Another image, uint8 (H, W, 3) of the portrait's size; see `cover`."""

    image: RgbImage

    def rows(self, rows: slice, width: int) -> LinearImage:
        return to_linear(self.image[rows])


def cover(image: RgbImage, height: int, width: int, x: float = 0.5, y: float = 0.5, scale: float = 1.0) -> RgbImage:
    """Scale an image to cover (height, width) or more, and crop the excess: equally on both sides by default.

    Parameters
    ----------
    x, y, scale
        As in `portrait.core.render.look.Backdrop`.
    """
    scale *= max(height / image.shape[0], width / image.shape[1])
    rows, columns = min(image.shape[0], round(height / scale)), min(image.shape[1], round(width / scale))
    top, left = int(y * (image.shape[0] - rows)), int(x * (image.shape[1] - columns))
    middle = image[top : top + max(1, rows), left : left + max(1, columns)]
    return resize(np.ascontiguousarray(middle), height, width)


@dataclass(frozen=True, slots=True, eq=False)
class StageBackdrop:
    """A dark stage with one soft beam of light, aimed at the head of the subject.

    Attributes
    ----------
    height, width
        Of the portrait, in pixels.
    center_x_px, center_y_px
        Middle of the beam.
    radius_px
        Distance at which the beam has fallen to 1/e.
    """

    height: int
    width: int
    center_x_px: float
    center_y_px: float
    radius_px: float

    @classmethod
    def aimed(cls, alpha: AlphaMatte) -> "StageBackdrop":
        """The stage for the subject of a matte: the beam follows its upper part, and its size."""
        small = downsample_to_long_side(alpha, _STAGE_LONG_SIDE_PX)
        scale = alpha.shape[0] / small.shape[0]
        mass = small.sum(axis=1, dtype=np.float64)
        below = np.searchsorted(np.cumsum(mass), (0.25 * mass.sum(), 0.5 * mass.sum()))
        upper = small[: below[1] + 1].sum(axis=0, dtype=np.float64)
        center_x = float(upper @ np.arange(upper.size)) / max(float(upper.sum()), 1e-6)
        radius = max(1.0, _BEAM_WIDTH * float(np.sqrt(mass.sum())))
        height, width = alpha.shape
        return cls(height, width, (center_x + 0.5) * scale, (float(below[0]) + 0.5) * scale, radius * scale)

    def rows(self, rows: slice, width: int) -> LinearImage:
        light: LinearImage = np.square(self._beam(rows, width))[..., None] * np.array(_POOL_RGB, np.float32)
        return light

    def light_subject(self, light: LinearImage, rows: slice) -> LinearImage:
        """The subject in the beam: a little brighter in its middle, without clipping; darker away from it."""
        return relight(light, self.gain(rows, light.shape[1]))

    def gain(self, rows: slice, width: int) -> NDArray[np.float32]:
        """How much light the subject gets in some rows, in multiples of what it has: float32 (rows, width)."""
        return np.float32(_SHADE) + np.float32(_LIFT - _SHADE) * self._beam(rows, width)

    def downsampled(self, factor: int) -> "StageBackdrop":
        """The same stage in an image ⌈H / factor⌉ × ⌈W / factor⌉ with a frame of one pixel."""
        height, width = (-(-side // factor) + 2 for side in (self.height, self.width))
        x, y, radius = (length / factor for length in (self.center_x_px, self.center_y_px, self.radius_px))
        return StageBackdrop(height, width, x + 1.0, y + 1.0, radius)

    def _beam(self, rows: slice, width: int) -> NDArray[np.float32]:
        """Brightness of the beam, 0 … 1, a Gaussian: float32 (rows, width)."""
        y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - self.center_y_px) / self.radius_px
        x = (np.arange(width, dtype=np.float32) + 0.5 - self.center_x_px) / self.radius_px
        beam: NDArray[np.float32] = np.exp(-y * y)[:, None] * np.exp(-x * x)
        return beam


def relight(light: LinearImage, gain: NDArray[np.float32]) -> LinearImage:
    """Relight: light, float32 (h, w, 3), times a gain, (h, w), rolled off above 1 so that nothing is clipped."""
    gains = cv2.merge([gain] * 3)
    brighter = np.asarray(cv2.multiply(light, gains), dtype=np.float32)
    if float(gain.max()) <= 1.0:
        return brighter
    above = np.maximum(gains - np.float32(1.0), np.float32(0.0))
    return np.asarray(cv2.divide(brighter, cv2.multiply(light, above) + np.float32(1.0)), dtype=np.float32)
