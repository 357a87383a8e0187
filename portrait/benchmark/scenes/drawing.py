"""Drawing with exact alpha: layers in linear light, a supersampled canvas, and outlines of simple shapes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage
from portrait.core.color import to_linear
from portrait.core.strips import strips

SUPERSAMPLING = 6
"""Canvas pixels per image pixel, each way: the narrowest line covers a sixth of a pixel, alpha has 36 steps."""

_SHIFT = 4  # fractional bits of the fixed-point coordinates that OpenCV draws at
_MAX_COLORS = 255  # an 8-bit palette index, less the clear one

Color = tuple[float, float, float]
"""sRGB, 0 … 255."""

Points = NDArray[np.float64]
"""float64 (N, 2): x, y in image pixels, pixel centres at whole numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Colour and coverage of one layer of a composite.

    Attributes
    ----------
    light
        float32 (H, W, 3), linear light, not premultiplied by alpha.
    alpha
        float32 (H, W): share of the pixel that is covered.
    """

    light: LinearImage
    alpha: AlphaMatte


class Canvas:
    """Supersampled drawing of opaque shapes, one over the other, in 255 colours at most.

    Each canvas pixel has exactly one colour or is clear: alpha is a count of covered canvas pixels, and no edge is
    blended twice.
    """

    def __init__(self, height: int, width: int) -> None:
        self._size = (height, width)
        self._pixels = np.zeros((height * SUPERSAMPLING, width * SUPERSAMPLING), np.uint8)
        self._palette: dict[Color, int] = {}  # index in `_pixels`, from 1; 0 is clear

    def fill(self, outline: Points, color: Color) -> None:
        """Fill a closed outline."""
        self.fill_all(outline[None], [color], [0])

    def fill_all(self, outlines: NDArray[np.float64], colors: Sequence[Color], chosen: Iterable[int]) -> None:
        """Fill closed outlines (M, N, 2) one after the other, each in one of the colours."""
        index = [self._palette.setdefault(color, len(self._palette) + 1) for color in colors]
        fine = (outlines + 0.5) * SUPERSAMPLING - 0.5
        for corners, color in zip(np.rint(fine * (1 << _SHIFT)).astype(np.int32, order="C"), chosen, strict=True):
            cv2.fillPoly(self._pixels, [corners], index[color], cv2.LINE_8, _SHIFT)

    def to_layer(self) -> Layer:
        """Downsample the canvas to the image's size by area averaging: coverage, and mean sRGB colour, of every pixel.

        Raises
        ------
        ValueError
            More colours than the canvas can tell apart.
        """
        if len(self._palette) > _MAX_COLORS:
            raise ValueError(f"a canvas holds {_MAX_COLORS} colours, got {len(self._palette)}")
        # Look up each canvas pixel's RGBA, and average them over each image pixel, strip by strip to save memory.
        height, width = self._size
        mean = np.zeros((height, width, 4), np.float32)
        shades = np.zeros((_MAX_COLORS + 1, 4), np.uint8)
        shades[1 : len(self._palette) + 1] = [(*np.rint(color), 255) for color in self._palette]
        for rows in strips(height, width * SUPERSAMPLING**2):
            fine = self._pixels[rows.start * SUPERSAMPLING : rows.stop * SUPERSAMPLING]
            if fine.any():
                shaded = np.take(shades.view(np.uint32), fine).view(np.uint8).reshape(*fine.shape, 4)
                size = (width, rows.stop - rows.start)
                cv2.resize(shaded.astype(np.float32), size, dst=mean[rows], interpolation=cv2.INTER_AREA)
        # The mean colours are premultiplied: divide by alpha.
        alpha = np.clip(mean[..., 3] / np.float32(255.0), 0.0, 1.0)
        color = mean[..., :3] / np.maximum(alpha, 1e-6)[..., None]
        return Layer(to_linear(np.rint(np.clip(color, 0.0, 255.0)).astype(np.uint8)), alpha)


def stack(layers: Sequence[Layer]) -> Layer:
    """Composite layers into one by `over`, the last in front (Porter & Duff 1984, doi:10.1145/800031.808606)."""
    # Composite premultiplied light and alpha from back to front.
    light = layers[0].light * layers[0].alpha[..., None]
    alpha = layers[0].alpha
    for layer in layers[1:]:
        behind = 1.0 - layer.alpha
        light = layer.light * layer.alpha[..., None] + light * behind[..., None]
        alpha = layer.alpha + alpha * behind
    # Divide by alpha again.
    mixed = np.asarray(light / np.maximum(alpha, 1e-6)[..., None], dtype=np.float32)
    return Layer(mixed, np.clip(alpha, 0.0, 1.0))


def fill_alpha(outlines: Sequence[Points], height: int, width: int) -> AlphaMatte:
    """Rasterise the union of outlines: the covered share of every pixel, float32 (H, W)."""
    canvas = Canvas(height, width)
    for outline in outlines:
        canvas.fill(outline, (0.0, 0.0, 0.0))
    return canvas.to_layer().alpha


def linear(color: Color) -> NDArray[np.float32]:
    """Decode an sRGB colour to linear light, float32 (3,)."""
    levels = np.rint(np.clip(color, 0.0, 255.0)).astype(np.uint8)
    return np.asarray(to_linear(levels.reshape(1, 1, 3))[0, 0], dtype=np.float32)


def smooth_curve(corners: Points, closed: bool = False, steps: int = 12) -> Points:
    """Catmull–Rom spline through all corners, ``steps`` points a segment.

    Catmull & Rom 1974, doi:10.1016/B978-0-12-079050-0.50020-5.
    """
    # The four control points of each segment; an open curve is extended in a straight line at both ends.
    if closed:
        before, start, end, after = (np.roll(corners, shift, axis=0) for shift in (1, 0, -1, -2))
    else:
        padded = np.vstack([2.0 * corners[0] - corners[1], corners, 2.0 * corners[-1] - corners[-2]])
        before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    # Evaluate the cubic polynomial of each segment.
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (part[:, None, :] for part in (before, start, end, after))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    points = curve.reshape(-1, 2)
    return points if closed else np.vstack([points, corners[-1:]])


def ellipse(center: tuple[float, float], radii: tuple[float, float], points: int = 72) -> Points:
    """Outline of an ellipse."""
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    return np.stack([center[0] + radii[0] * np.cos(angle), center[1] + radii[1] * np.sin(angle)], axis=1)


def ribbon(points: Points, widths: NDArray[np.float64]) -> Points:
    """Outline of a stroke along ``points``, of ``widths`` (N,) at its points, with round ends."""
    # Unit tangents, and normals scaled to half the width.
    ahead = np.gradient(points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-9
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * (0.5 * widths[:, None])
    # Half circles at both ends.
    angle = np.linspace(0.0, np.pi, 9)[1:-1, None]
    end = points[-1] + np.cos(angle) * aside[-1] + np.sin(angle) * ahead[-1] * 0.5 * widths[-1]
    start = points[0] - np.cos(angle) * aside[0] - np.sin(angle) * ahead[0] * 0.5 * widths[0]
    return np.vstack([points + aside, end, (points - aside)[::-1], start])
