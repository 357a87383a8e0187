"""Out-of-focus light: aperture kernels, and the blur of the background alone."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.compositing import SoftLayers
from portrait.core.lens import ApertureShape
from portrait.core.resample import enlarge_rows, resize, strips

_BLADES = {"pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8}

KERNEL_RADIUS_PX = 5.0
"""Larger disks are rendered on a picture shrunk until they have about this radius, so that cost does not grow."""

HIGHLIGHT_GAIN = 4.0
"""Light that a clipped pixel may have had, in units of the clipping level, at ``highlight_boost`` 1."""

_HIGHLIGHT_KNEE = 0.8
_SEEN_GAIN = 20.0  # a twentieth of a pixel of background is enough to tell its colour
_POLYGON_REACH = 1.35  # corner of a pentagon of the disk's area, with room for its anti-aliased outline


def aperture_kernel(radius_px: float, shape: ApertureShape = "disk") -> NDArray[np.float32]:
    """Point-spread function of an out-of-focus point.

    Parameters
    ----------
    radius_px
        0 or more. Half pixels count: the outline is anti-aliased, so the kernel changes smoothly with the radius.
    shape
        Outline; polygons have the disk's area, so the amount of blur does not depend on the shape.

    Returns
    -------
    float32 (n, n), n odd, sums to 1; radius 0 is a single 1.

    Raises
    ------
    ValueError
        Negative radius.
    """
    if not radius_px >= 0.0:
        raise ValueError(f"radius_px must be 0 or more, got {radius_px!r}")
    reach = int(np.ceil(radius_px + 0.5 if shape == "disk" else radius_px * _POLYGON_REACH))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    outside_px = _distance_outside_px(x, y, radius_px, shape)
    coverage = np.clip(0.5 - outside_px, 0.0, 1.0)
    coverage[reach, reach] = 1.0
    kernel: NDArray[np.float32] = (coverage / coverage.sum()).astype(np.float32)
    return kernel


def _distance_outside_px(
    x: NDArray[np.float64], y: NDArray[np.float64], radius_px: float, shape: ApertureShape
) -> NDArray[np.float64]:
    """Signed distance to the aperture's outline, negative inside."""
    if shape == "disk":
        return np.hypot(x, y) - radius_px
    blades = _BLADES[shape]
    # A regular polygon of n sides and apothem a has the area n a² tan(π / n).
    apothem = radius_px * np.sqrt(np.pi / (blades * np.tan(np.pi / blades)))
    angles = 2.0 * np.pi * np.arange(blades) / blades + np.pi / 2.0
    sides = np.cos(angles)[:, None, None] * x + np.sin(angles)[:, None, None] * y
    return np.asarray(sides.max(axis=0) - apothem, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class BlurredBackground:
    """A blurred background, kept at the resolution that its blur leaves.

    Attributes
    ----------
    small
        float32 (h, w, 3), linear light.
    shrink
        Whole number of picture pixels per pixel of ``small``.
    """

    small: LinearImage
    shrink: int

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Rows of the full-resolution background, float32 (rows, width, 3)."""
        if self.shrink == 1:
            return self.small[rows]
        padded_height, padded_width = self.small.shape[0] * self.shrink, self.small.shape[1] * self.shrink
        return enlarge_rows(self.small, rows, padded_height, padded_width)[:, :width]


def blur_background(
    image: RgbImage,
    alpha: AlphaMatte,
    layers: SoftLayers,
    radius_px: float,
    shape: ApertureShape = "disk",
    highlight_boost: float = 0.0,
) -> BlurredBackground:
    """Blur what is behind the subject as a lens would, without a trace of the subject.

    In linear light. A lens sees around the subject's edge, so the hidden background counts there: it is continued from
    what is seen, by normalised averages weighted by 1 − α, and the whole is spread by the aperture. On scenes whose
    true background is known this beats blurring the visible part alone by 2 dB.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    layers
        Background colours for the soft pixels.
    radius_px
        Of the blur disk, in pixels of ``image``.
    """
    shrink = max(1, round(radius_px / KERNEL_RADIUS_PX))
    background = fill_hidden(_shrink_background(image, alpha, layers, shrink, highlight_boost))
    kernel = aperture_kernel(radius_px / shrink, shape)
    blurred = cv2.filter2D(background, -1, kernel, borderType=cv2.BORDER_REFLECT)
    return BlurredBackground(np.asarray(blurred, dtype=np.float32), shrink)


def _shrink_background(
    image: RgbImage, alpha: AlphaMatte, layers: SoftLayers, shrink: int, highlight_boost: float
) -> NDArray[np.float32]:
    """Background light times weight, and weight: float32 (⌈H / shrink⌉, ⌈W / shrink⌉, 4)."""
    height, width = alpha.shape
    small_width = -(-width // shrink)
    small = np.empty((-(-height // shrink), small_width, 4), np.float32)
    for rows in strips(height, width, multiple=shrink):
        weighted = _weighted_rows(image[rows], alpha[rows], layers, rows, highlight_boost)
        count = -(-weighted.shape[0] // shrink)
        pad_y, pad_x = count * shrink - weighted.shape[0], small_width * shrink - width
        if pad_y or pad_x:
            weighted = np.pad(weighted, ((0, pad_y), (0, pad_x), (0, 0)))
        start = rows.start // shrink
        small[start : start + count] = cv2.resize(weighted, (small_width, count), interpolation=cv2.INTER_AREA)
    return small


def _weighted_rows(
    image_rows: RgbImage, alpha_rows: AlphaMatte, layers: SoftLayers, rows: slice, highlight_boost: float
) -> NDArray[np.float32]:
    light = to_linear(image_rows)
    if highlight_boost > 0.0:
        light = lift_highlights(light, highlight_boost)
    layers.put_background(light, rows)
    weight = 1.0 - alpha_rows
    opaque = cv2.cvtColor(light, cv2.COLOR_RGB2RGBA)
    return np.asarray(cv2.multiply(opaque, cv2.merge([weight] * 4)), dtype=np.float32)


def lift_highlights(image_linear: LinearImage, boost: float) -> LinearImage:
    """Give clipped lights back some of the energy that the sensor lost, so that they blur to bright disks.

    Light up to 80 % of the clipping level is untouched; at the level itself the gain is 1 + boost · `HIGHLIGHT_GAIN`.
    """
    brightest = image_linear.max(axis=2)
    over = np.clip((brightest - _HIGHLIGHT_KNEE) / (1.0 - _HIGHLIGHT_KNEE), 0.0, 1.0)
    gain = 1.0 + np.float32(boost * HIGHLIGHT_GAIN) * over * over
    lifted: LinearImage = image_linear * gain[..., None]
    return lifted


def fill_hidden(weighted: NDArray[np.float32]) -> LinearImage:
    """The whole background: its light where it is seen, continued from around where the subject hides it.

    A push-pull pyramid (Gortler et al. 1996, doi:10.1145/237170.237200): coarser levels answer where finer ones have no
    weight.

    Parameters
    ----------
    weighted
        float32 (h, w, 4): light times weight, and weight.
    """
    weight = weighted[..., 3:]
    seen = np.clip(weight * _SEEN_GAIN, 0.0, 1.0)
    light = weighted[..., :3] / np.maximum(weight, 1e-6)
    if min(weighted.shape[:2]) <= 1 or float(seen.min()) >= 1.0:
        return np.ascontiguousarray(light)
    coarse = resize(weighted, max(1, weighted.shape[0] // 2), max(1, weighted.shape[1] // 2))
    around = resize(fill_hidden(coarse), *weighted.shape[:2])
    filled: LinearImage = around + seen * (light - around)
    return filled
