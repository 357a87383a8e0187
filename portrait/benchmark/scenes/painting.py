"""Painting of backgrounds: opaque shapes in 8-bit sRGB, then texture and shading in linear light."""

import cv2
import numpy as np

from portrait.benchmark.scenes.drawing import Color, Points
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import LinearImage
from portrait.core.color import to_linear

_SHIFT = 4  # fractional bits of OpenCV's fixed-point coordinates


class Painting:
    """An opaque sRGB image of a background with its margin. Coordinates are shares of the image's height."""

    def __init__(self, place: Place, color: Color) -> None:
        self.place = place
        self._pixels = np.empty((*place.shape, 3), np.uint8)
        self._pixels[:] = np.rint(np.clip(color, 0.0, 255.0))

    def polygon(self, points: Points, color: Color) -> None:
        """Fill an outline (N, 2)."""
        fixed = np.rint((points * self.place.height + self.place.margin) * (1 << _SHIFT)).astype(np.int32)
        shade = tuple(float(level) for level in np.clip(color, 0.0, 255.0))
        cv2.fillPoly(self._pixels, [fixed], shade, cv2.LINE_AA, _SHIFT)

    def box(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle."""
        self.polygon(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), color)

    def to_light(self, rng: np.random.Generator, grain: float = 0.06, shade: float = 0.12) -> LinearImage:
        """Decode to linear light, and modulate it by fine noise (``grain``) and broad noise (``shade``).

        Both are standard deviations of the logarithm of light.
        """
        shape = self.place.shape
        fine = fractal_noise(shape, rng, 0.7, coarsest_px=self.place.px(0.03))
        broad = fractal_noise(shape, rng, 2.0)
        light = to_linear(self._pixels) * np.exp(grain * fine + shade * broad)[..., None]
        return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def vary(color: Color, rng: np.random.Generator, spread: float, tint: float = 0.0) -> Color:
    """Vary a colour at random: all channels by a factor of about 1 ± ``spread``, each one more by ``tint``."""
    levels = np.array(color) * np.exp(rng.normal(0.0, spread) + rng.normal(0.0, tint, 3))
    red, green, blue = (float(level) for level in np.clip(levels, 0.0, 255.0))
    return red, green, blue
