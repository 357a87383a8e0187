"""Source of the slices: an image with its matte and the defocus of everything that is not the subject."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DefocusMap, LinearImage, RgbImage
from portrait.core.blur.defocus_slices import DefocusSlices, visibility
from portrait.core.blur.highlights import clipped_and_glare
from portrait.core.blur.slice_planes import DepthPlanes
from portrait.core.blur.slice_rows import SliceRows
from portrait.core.color import to_linear
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.lens.aperture import Aperture
from portrait.core.resize import downsample_blocks
from portrait.core.strips import strips

_SOFTNESS_GAIN = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SliceSource:
    """An image with its matte and the defocus of everything that is not the subject.

    Attributes
    ----------
    layered
        The image, uint8 or uint16.
    eight_bits
        uint8 (H, W, 3): the same with 8 bits.
    defocus_map
        float32 (H, W), −1 … 1; see `portrait.core.arrays.DefocusMap`. Under the subject it does not count.
    slices
        The slices.
    aperture, highlight_boost
        As in `portrait.core.blur.bokeh.blur_background`.
    """

    layered: LayeredImage
    eight_bits: RgbImage
    defocus_map: DefocusMap
    slices: DefocusSlices
    aperture: Aperture
    highlight_boost: float

    def planes(self, rows: slice) -> DepthPlanes:
        """Some rows at full resolution."""
        light = self.layered.background_light(rows)
        weight = np.square(np.float32(1.0) - self.layered.alpha[rows])
        cv2.multiply(light, cv2.merge([weight] * 3), dst=light)
        if self.highlight_boost == 0.0:
            return DepthPlanes(1, light, weight, self.defocus_map[rows])
        share, glare = clipped_and_glare(self.eight_bits[rows])
        clipped = np.asarray(cv2.multiply(light, cv2.merge([share] * 3)), dtype=np.float32)
        return DepthPlanes(1, light, weight, self.defocus_map[rows], clipped, cv2.merge([glare * weight, weight]))

    def sharp_light(self, rows: slice) -> LinearImage:
        """Some rows as a background in focus: with the subject over it they are the image again, to the last bit.

        In soft pixels that is (I − αF) / (1 − α), whether there is such a colour or not.
        """
        light = to_linear(self.layered.image[rows])
        subject = light.copy()
        self.layered.layers.put_foreground(subject, rows)
        odds = self.layered.alpha[rows] / np.maximum(np.float32(1.0) - self.layered.alpha[rows], np.float32(1e-3))
        cv2.accumulateProduct(light - subject, cv2.merge([odds] * 3), light)
        return light

    def softness(self, rows: slice) -> NDArray[np.float32]:
        """How far the colours behind the subject are estimated in some rows, 0 … 1: where it is soft or solid."""
        return np.asarray(np.minimum(self.layered.alpha[rows] * np.float32(_SOFTNESS_GAIN), 1.0), np.float32)

    def sharp_slice(self, index: int, rows: slice) -> SliceRows:
        """Some rows of a slice behind the subject as they are in the image: what it is without blur."""
        nearer, here = (self.slices.cumulative_share(i, self.defocus_map[rows]) for i in (index - 1, index))
        coverage = np.asarray(visibility(nearer) * here, np.float32)
        light = cv2.multiply(self.sharp_light(rows), cv2.merge([coverage] * 3))
        return SliceRows(np.asarray(light, np.float32), coverage)


def downsample_planes(scene: SliceSource, factors: tuple[int, ...]) -> dict[int, DepthPlanes]:
    """The whole scene by downsampling factor; depth is averaged over what is not subject."""

    def downsample_rows(rows: slice) -> list[DepthPlanes]:
        planes = scene.planes(rows)
        return [_downsampled(planes, factor) for factor in factors]

    if not factors:
        return {}
    height, width = scene.layered.shape
    parts = scene.layered.strip_map(downsample_rows, strips(height, width, multiple=math.lcm(*factors)))
    return {factor: _stacked(factor, found) for factor, found in zip(factors, zip(*parts, strict=True), strict=True)}


def _downsampled(planes: DepthPlanes, factor: int) -> DepthPlanes:
    light, weight = (downsample_blocks(plane, factor, factor) for plane in (planes.light, planes.weight))
    depth: DefocusMap = downsample_blocks(planes.defocus_map * planes.weight, factor, factor)
    depth /= np.maximum(weight, np.float32(1e-6))
    if planes.clipped is None or planes.glare is None:
        return DepthPlanes(factor, light, weight, depth)
    clipped, glare = (downsample_blocks(plane, factor, factor) for plane in (planes.clipped, planes.glare))
    return DepthPlanes(factor, light, weight, depth, clipped, glare)


def _stacked(factor: int, parts: Sequence[DepthPlanes]) -> DepthPlanes:
    names = ("light", "weight", "defocus_map", *(() if parts[0].clipped is None else ("clipped", "glare")))
    return DepthPlanes(factor, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))
