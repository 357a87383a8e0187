"""Bokeh: the background, inpainted behind the subject and convolved with the aperture."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import LinearImage, RgbImage
from portrait.core.blur.highlights import clipped_and_glare, has_clipped, lift, mean_glare, surroundings_px
from portrait.core.blur.levels import DOWNSAMPLE_FROM_PX, BlurLevel, BlurredBackground
from portrait.core.blur.point_spread import PointSpread
from portrait.core.boxes import bounding_box
from portrait.core.color import dither_to_8_bits, to_linear
from portrait.core.inpaint import SWEEPS, inpaint, normalized, relax
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import DiskBlur
from portrait.core.resize import downsample_blocks, upsample_rows
from portrait.core.strips import strips
from portrait.native import blurring
from portrait.native.shared_library import has_library

_FADE_PX = 1.0

_INPAINT_DOWNSAMPLING = 2  # a full-size background is inpainted from this level of the pyramid

_SMALL_STRIPS = 4  # at least so many strips of a downsampled background, so that several threads have work

_LEAST_STRIP = 4  # least rows of a full-size strip, in multiples of the rows that it needs above and below


def blur_background(
    scene: LayeredImage, blur: DiskBlur, *, downsample_from_px: Mapping[int, float] | None = None
) -> BlurredBackground:
    """Convolve the background with the aperture, as a lens would, without a trace of the subject.

    In linear light. A lens sees around the subject's edge, so the occluded background counts there: it is inpainted
    from what is visible, weighted by (1 − α)², and the whole is convolved with the point-spread function.

    Cost does not grow with the radius: large disks are rendered downsampled, see `DOWNSAMPLE_FROM_PX`.

    Parameters
    ----------
    scene
        The image; with 16 bits it is dithered to 8.
    blur
        In pixels of the image.
    downsample_from_px
        In place of `DOWNSAMPLE_FROM_PX`.
    """
    # Choose the resolutions: one, or two while one fades into the next.
    shares = _level_shares(blur.radius_px, DOWNSAMPLE_FROM_PX if downsample_from_px is None else downsample_from_px)
    # Downsample light and weights, for these levels and for the inpainting of a level at full size.
    image = dither_to_8_bits(scene.image)
    is_occluded = scene.layers.index.size > 0 or float(scene.alpha.max()) > 0.0
    has_lights = blur.highlight_boost > 0.0 and has_clipped(image)
    sharp = _Background(scene, image, has_lights)
    factors = {*shares} - {1} | ({_INPAINT_DOWNSAMPLING} if is_occluded and 1 in shares else set())
    small_planes = _downsample_background(sharp, tuple(factors))
    # Inpaint and blur each level.
    levels = []
    for factor, share in shares.items():
        level_blur = _LevelBlur(blur.radius_px / factor, blur.aperture, blur.highlight_boost, resampled=factor > 1)
        if factor == 1:
            halved = small_planes[_INPAINT_DOWNSAMPLING] if is_occluded else None
            small = _blur_at_full_size(sharp, halved, level_blur)
        else:
            small = _blur_small(scene, small_planes[factor], level_blur)
        levels.append(BlurLevel(small, factor, share))
    return BlurredBackground(tuple(levels))


@dataclass(frozen=True, slots=True, eq=False)
class _Background:
    """The background before the blur: light and weights, row by row. ``image`` is that of ``scene`` with 8 bits."""

    scene: LayeredImage
    image: RgbImage
    has_lights: bool

    def planes(self, rows: slice) -> list[NDArray[np.float32]]:
        """Light times weight, and weight, of some rows; with highlights also clipped light, and weighted glare."""
        light = to_linear(self.image[rows])
        self.scene.layers.put_background(light, rows)
        weight = np.ones(light.shape[:2], np.float32)
        subject = bounding_box(self.scene.alpha[rows] > 0.0)
        if subject.area_px:  # the estimate of B in I = αF + (1 − α)B errs by 1 / (1 − α)
            known, around = np.square(1.0 - subject.crop(self.scene.alpha[rows])), subject.crop(light)
            cv2.multiply(around, cv2.merge([known] * 3), dst=around)
            subject.crop(weight)[:] = known
        if not self.has_lights:
            return [light, weight]
        share, glare = clipped_and_glare(self.image[rows])
        clipped = np.asarray(cv2.multiply(light, cv2.merge([share] * 3)), dtype=np.float32)
        return [light, weight, clipped, np.asarray(cv2.merge([weight * glare, weight]), np.float32)]


@dataclass(frozen=True, slots=True)
class _LevelBlur:
    """How a background is blurred at one resolution."""

    radius_px: float
    aperture: Aperture
    boost: float
    resampled: bool

    @property
    def spread(self) -> PointSpread:
        return PointSpread(self.radius_px, self.aperture, self.resampled)

    def rows(
        self, light: LinearImage, lights: Sequence[NDArray[np.float32]], first: int, rows: slice, height: int
    ) -> LinearImage:
        """Convolve some rows of light, and of clipped lights lifted; parameters as for `PointSpread.padded`."""
        spread = self.spread
        padded = spread.padded(light, first, rows, height)
        if lights:  # lights are not extrapolated beyond the frame, the glare around them is
            clipped, glare = lights
            around_px, near = surroundings_px(self.radius_px), _around(rows, spread.reach_px, height)
            wide = _around(near, around_px, height)
            around = mean_glare(glare[wide.start - first : wide.stop - first], around_px)
            around = around[near.start - wide.start : near.stop - wide.start]
            added = lift(clipped[near.start - first : near.stop - first], around, self.boost)
            padded += spread.padded(added, near.start, rows, height, cv2.BORDER_CONSTANT)
        return spread.convolve_padded(padded, rows, height)


def _around(rows: slice, reach: int, height: int) -> slice:
    """Rows with those around them, within an image."""
    return slice(max(0, rows.start - reach), min(height, rows.stop + reach))


def _level_shares(radius_px: float, downsample_from_px: Mapping[int, float]) -> dict[int, float]:
    """Cross-fade weights by downsampling factor: one factor, or two around a threshold."""
    shares = {1: 1.0}
    for factor, start_px in downsample_from_px.items():
        share = min(1.0, (radius_px - start_px) / _FADE_PX + 0.5)
        if share > 0.0:
            shares[max(shares)] = 1.0 - share
            shares[factor] = share
    return {factor: share for factor, share in shares.items() if share > 0.0}


def _blur_small(scene: LayeredImage, planes: list[NDArray[np.float32]], blur: _LevelBlur) -> LinearImage:
    """Inpaint and blur all of a downsampled background, in strips."""
    light, weight, *lights = planes
    for clipped in lights[:1]:  # no light twice: the padding repeats lights that are inside already
        clipped[[0, -1]] = clipped[:, [0, -1]] = 0.0
    light, (height, width) = inpaint(light, weight), weight.shape
    if scene.strip_map is map:
        return blur.rows(light, lights, 0, slice(0, height), height)
    blurred = np.empty_like(light)

    def blur_rows(rows: slice) -> None:
        blurred[rows] = blur.rows(light, lights, 0, rows, height)

    deque(scene.strip_map(blur_rows, strips(height, width, most=-(-height // _SMALL_STRIPS))), maxlen=0)
    return blurred


def _blur_at_full_size(sharp: _Background, halved: list[NDArray[np.float32]] | None, blur: _LevelBlur) -> LinearImage:
    """Inpaint and blur the background at full size, in strips, padded by one pixel.

    The inpainting starts from that of the planes at half size; None: nothing is occluded.
    """
    height, width = sharp.scene.shape
    behind = None if halved is None else inpaint(*normalized(halved[0], halved[1]))
    blurred = np.zeros((height + 2, width + 2, 3), np.float32)
    beyond = max(SWEEPS, surroundings_px(blur.radius_px) if sharp.has_lights else 0)
    reach = blur.spread.reach_px + beyond

    def blur_rows(rows: slice) -> None:
        near = _around(rows, reach, height)
        light, weight, *lights = sharp.planes(near)
        if behind is not None:
            light = relax(upsample_rows(behind, _INPAINT_DOWNSAMPLING, near, width), light, weight)
        blurred[rows.start + 1 : rows.stop + 1, 1:-1] = blur.rows(light, lights, near.start, rows, height)

    sharp.scene.for_strips(blur_rows, multiple=_LEAST_STRIP * reach)
    return blurred


def _downsample_background(sharp: _Background, factors: tuple[int, ...]) -> dict[int, list[NDArray[np.float32]]]:
    """Downsample the background's planes, padded: (⌈H / factor⌉ + 2, ⌈W / factor⌉ + 2, …) by factor."""
    height, width = sharp.scene.shape
    channels = ((3,), (), (3,), (2,)) if sharp.has_lights else ((3,), ())
    sizes = {factor: (-(-height // factor) + 2, -(-width // factor) + 2) for factor in factors}
    downsampled = {
        factor: [np.empty((*size, *channel), np.float32) for channel in channels] for factor, size in sizes.items()
    }
    matte = sharp.scene.celled_matte if has_library() and not sharp.has_lights else None

    def downsample_rows(rows: slice) -> None:
        if matte is not None:
            soft = sharp.scene.layers.index, sharp.scene.layers.background
            for factor, (light, weight) in downsampled.items():
                blurring.downsample_background(sharp.image, matte, soft, factor, rows, (light, weight))
            return
        planes = sharp.planes(rows)
        for factor, smalls in downsampled.items():
            for small, plane in zip(smalls, planes, strict=True):
                _put_framed(small, plane, rows.start // factor, factor)

    if factors and matte is not None and sharp.scene.strip_map is map:
        downsample_rows(slice(0, height))  # row by row as it is, and nothing runs at the same time
    elif factors:
        sharp.scene.for_strips(downsample_rows, multiple=math.lcm(*factors))
    return downsampled


def _put_framed(small: NDArray[np.float32], plane: NDArray[np.float32], first: int, factor: int) -> None:
    """Downsample some rows into a padded image. The padding is the outermost line of pixels, which is nearer to what
    lies beyond the frame than a mean over ``factor`` lines.
    """
    part = downsample_blocks(plane, factor, factor)
    stop, sides, plane_sides = first + 1 + part.shape[0], small.shape[1] - 1, max(1, plane.shape[1] - 1)
    small[first + 1 : stop, 1:-1] = part
    small[first + 1 : stop, ::sides] = downsample_blocks(np.ascontiguousarray(plane[:, ::plane_sides]), factor, 1)
    for framed, line, is_outermost in ((0, plane[:1], first == 0), (-1, plane[-1:], stop == small.shape[0] - 1)):
        if is_outermost:
            small[framed, 1:-1] = downsample_blocks(line, 1, factor)[0]
            small[framed, ::sides] = line[0, ::plane_sides]
