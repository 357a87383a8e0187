"""Out-of-focus light: the blur of the background alone."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.blur.highlights import clipped_and_glare, has_clipped, lift, mean_glare
from portrait.core.blur.levels import DOWNSAMPLE_FROM_PX, BlurLevel, BlurredBackground
from portrait.core.blur.point_spread import PointSpread
from portrait.core.boxes import bounding_box
from portrait.core.color import dither_to_8_bits, to_linear
from portrait.core.inpaint import SWEEPS, inpaint, normalized, relax
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import DiskBlur
from portrait.core.resize import downsample_blocks, upsample_rows
from portrait.core.strips import StripMap, strips

_FADE_PX = 1.0

_INPAINT_DOWNSAMPLING = 2  # the pyramid's second level, from which a full-size background's hidden part is taken

_SMALL_STRIPS = 4  # of a shrunk background, however small: its work is done before any other can begin

_LEAST_STRIP = 4  # of a full-size strip's rows, in rows that it needs above and below


def blur_background(
    scene: LayeredImage, blur: DiskBlur, *, downsample_from_px: Mapping[int, float] | None = None
) -> BlurredBackground:
    """Convolve the background with the aperture, as a lens would, without a trace of the subject.

    In linear light. A lens sees around the subject's edge, so the occluded background counts there: it is inpainted
    from what is seen, weighted by (1 − α)², and the whole is convolved with the point-spread function.

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
    image, is_occluded = dither_to_8_bits(scene.image), float(scene.alpha.max()) > 0.0
    has_lights = blur.highlight_boost > 0.0 and has_clipped(image)
    sharp = _Background(image, scene.alpha, scene.layers, has_lights)
    factors = {*shares} - {1} | ({_INPAINT_DOWNSAMPLING} if is_occluded and 1 in shares else set())
    small_planes = _downsample_background(sharp, tuple(factors), scene.strip_map)
    # Inpaint and blur each level.
    levels = []
    for factor, share in shares.items():
        level_blur = _LevelBlur(blur.radius_px / factor, blur.aperture, blur.highlight_boost, resampled=factor > 1)
        if factor == 1:
            halved = small_planes[_INPAINT_DOWNSAMPLING] if is_occluded else None
            small = _blur_at_full_size(sharp, halved, level_blur, scene.strip_map)
        else:
            small = _blur_small(small_planes[factor], level_blur, scene.strip_map)
        levels.append(BlurLevel(small, factor, share))
    return BlurredBackground(tuple(levels))


@dataclass(frozen=True, slots=True, eq=False)
class _Background:
    """What is to be blurred: a picture, its matte, and the background's colours in its soft pixels."""

    image: RgbImage
    alpha: AlphaMatte
    layers: SoftLayers
    has_lights: bool

    def planes(self, rows: slice) -> list[NDArray[np.float32]]:
        """Light times weight, and weight, of some rows; where there are lights, theirs and the glare too."""
        light = to_linear(self.image[rows])
        self.layers.put_background(light, rows)
        weight = np.ones(light.shape[:2], np.float32)
        subject = bounding_box(self.alpha[rows] > 0.0)
        if subject.area_px:  # the estimate of B in I = αF + (1 − α)B errs by 1 / (1 − α)
            seen, around = np.square(1.0 - subject.crop(self.alpha[rows])), subject.crop(light)
            cv2.multiply(around, cv2.merge([seen] * 3), dst=around)
            subject.crop(weight)[:] = seen
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

    @property
    def around(self) -> PointSpread:
        """The disk over which the glare around a light is measured."""
        return PointSpread(self.radius_px, Aperture())

    def rows(
        self, light: LinearImage, lights: Sequence[NDArray[np.float32]], first: int, rows: slice, height: int
    ) -> LinearImage:
        """Some rows of the blur of light and of clipped lights, given as in `PointSpread.rows`."""
        spread = self.spread
        padded = spread.padded(light, first, rows, height)
        if lights:  # they do not go on beyond the frame, but what is bright does
            clipped, glare = lights
            near, disk = _around(rows, spread.reach_px, height), self.around
            around = mean_glare(disk.over(disk.padded(glare, first, near, height, cv2.BORDER_REFLECT), near, height))
            added = lift(clipped[near.start - first : near.stop - first], around, self.boost)
            padded += spread.padded(added, near.start, rows, height, cv2.BORDER_CONSTANT)
        return spread.over(padded, rows, height)


def _around(rows: slice, reach: int, height: int) -> slice:
    """Rows with those around them, within a picture."""
    return slice(max(0, rows.start - reach), min(height, rows.stop + reach))


def _level_shares(radius_px: float, downsample_from_px: Mapping[int, float]) -> dict[int, float]:
    """How much each shrink factor has in the result; nearly always one has all."""
    shares = {1: 1.0}
    for shrink, start_px in downsample_from_px.items():
        share = min(1.0, (radius_px - start_px) / _FADE_PX + 0.5)
        if share > 0.0:
            shares[max(shares)] = 1.0 - share
            shares[shrink] = share
    return {shrink: share for shrink, share in shares.items() if share > 0.0}


def _blur_small(planes: list[NDArray[np.float32]], blur: _LevelBlur, strip_map: StripMap) -> LinearImage:
    """All of a shrunk background, in strips."""
    light, weight, *lights = planes
    for clipped in lights[:1]:  # its frame tells of lights that are inside already
        clipped[[0, -1]] = clipped[:, [0, -1]] = 0.0
    light, blurred = inpaint(light, weight), np.empty_like(light)
    height, width = weight.shape

    def blur_rows(rows: slice) -> None:
        blurred[rows] = blur.rows(light, lights, 0, rows, height)

    deque(strip_map(blur_rows, strips(height, width, most=-(-height // _SMALL_STRIPS))), maxlen=0)
    return blurred


def _blur_at_full_size(
    sharp: _Background, halved: list[NDArray[np.float32]] | None, blur: _LevelBlur, strip_map: StripMap
) -> LinearImage:
    """In strips, framed. What is hidden goes on from the planes at half size; None: nothing is."""
    height, width = sharp.alpha.shape
    behind = None if halved is None else inpaint(*normalized(halved[0], halved[1]))
    blurred = np.zeros((height + 2, width + 2, 3), np.float32)
    beyond = max(SWEEPS, blur.around.reach_px if sharp.has_lights else 0)
    reach = blur.spread.reach_px + beyond

    def blur_rows(rows: slice) -> None:
        near = _around(rows, reach, height)
        light, weight, *lights = sharp.planes(near)
        if behind is not None:
            light = relax(upsample_rows(behind, _INPAINT_DOWNSAMPLING, near, width), light, weight)
        blurred[rows.start + 1 : rows.stop + 1, 1:-1] = blur.rows(light, lights, near.start, rows, height)

    deque(strip_map(blur_rows, strips(height, width, multiple=_LEAST_STRIP * reach)), maxlen=0)
    return blurred


def _downsample_background(
    sharp: _Background, shrinks: tuple[int, ...], strip_map: StripMap
) -> dict[int, list[NDArray[np.float32]]]:
    """Its planes, framed, (⌈H / shrink⌉ + 2, ⌈W / shrink⌉ + 2, …), for every shrink factor."""
    height, width = sharp.alpha.shape
    channels = ((3,), (), (3,), (2,)) if sharp.has_lights else ((3,), ())
    sizes = {shrink: (-(-height // shrink) + 2, -(-width // shrink) + 2) for shrink in shrinks}
    shrunk = {
        shrink: [np.zeros((*size, *channel), np.float32) for channel in channels] for shrink, size in sizes.items()
    }

    def shrink_rows(rows: slice) -> None:
        planes = sharp.planes(rows)
        for shrink, smalls in shrunk.items():
            for small, plane in zip(smalls, planes, strict=True):
                _put_framed(small, plane, rows.start // shrink, shrink)

    if shrinks:
        deque(strip_map(shrink_rows, strips(height, width, multiple=math.lcm(*shrinks))), maxlen=0)
    return shrunk


def _put_framed(small: NDArray[np.float32], plane: NDArray[np.float32], first: int, shrink: int) -> None:
    """Shrink some rows into a framed picture. Its frame is the outermost line of pixels, which tells more than a mean
    over ``shrink`` of them about what lies beyond.
    """
    part = downsample_blocks(plane, shrink, shrink)
    stop, sides, plane_sides = first + 1 + part.shape[0], small.shape[1] - 1, max(1, plane.shape[1] - 1)
    small[first + 1 : stop, 1:-1] = part
    small[first + 1 : stop, ::sides] = downsample_blocks(np.ascontiguousarray(plane[:, ::plane_sides]), shrink, 1)
    for framed, line, is_outermost in ((0, plane[:1], first == 0), (-1, plane[-1:], stop == small.shape[0] - 1)):
        if is_outermost:
            small[framed, 1:-1] = downsample_blocks(line, 1, shrink)[0]
            small[framed, ::sides] = line[0, ::plane_sides]
