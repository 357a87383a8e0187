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
from portrait.core.color import to_linear
from portrait.core.inpaint import SWEEPS, inpaint, normalized, relax
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.aperture import Aperture, ApertureShape
from portrait.core.resize import downsample_blocks, upsample_rows
from portrait.core.strips import StripMap, strips

_FADE_PX = 1.0

_INPAINT_DOWNSAMPLING = 2  # the pyramid's second level, from which a full-size background's hidden part is taken

_SMALL_STRIPS = 4  # of a shrunk background, however small: its work is done before any other can begin

_LEAST_STRIP = 4  # of a full-size strip's rows, in rows that it needs above and below


def blur_background(
    image: RgbImage,
    alpha: AlphaMatte,
    layers: SoftLayers,
    radius_px: float,
    aperture: ApertureShape | Aperture = "disk",
    highlight_boost: float = 0.0,
    *,
    downsample_from_px: Mapping[int, float] | None = None,
    strip_map: StripMap = map,
) -> BlurredBackground:
    """Blur what is behind the subject as a lens would, without a trace of the subject.

    In linear light. A lens sees around the subject's edge, so the hidden background counts there: it is continued from
    what is seen, weighted by (1 − α)², and the whole is spread by the aperture. On scenes whose true background is
    known this beats blurring the visible part alone by 2 dB.

    Cost does not grow with the radius: large disks are rendered small, see `DOWNSAMPLE_FROM_PX`.

    Parameters
    ----------
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    layers
        Background colours for the soft pixels.
    radius_px
        Of the blur disk, in pixels of ``image``.
    aperture
        Outline of the disk.
    highlight_boost
        0 … 1, see `portrait.core.blur.highlights.lift`.
    downsample_from_px
        In place of `DOWNSAMPLE_FROM_PX`.
    strip_map
        Runs the strips in which the background is shrunk and blurred.
    """
    shares = _level_shares(radius_px, DOWNSAMPLE_FROM_PX if downsample_from_px is None else downsample_from_px)
    is_hidden, has_lights = float(alpha.max()) > 0.0, highlight_boost > 0.0 and has_clipped(image)
    sharp = _Background(image, alpha, layers, has_lights)
    opening = Aperture(aperture) if isinstance(aperture, str) else aperture
    shrinks = {*shares} - {1} | ({_INPAINT_DOWNSAMPLING} if is_hidden and 1 in shares else set())
    shrunk = _downsample_background(sharp, tuple(shrinks), strip_map)
    levels = []
    for shrink, share in shares.items():
        blur = _Blur(radius_px / shrink, opening, highlight_boost, resampled=shrink > 1)
        if shrink == 1:
            small = _blur_at_full_size(sharp, shrunk[_INPAINT_DOWNSAMPLING] if is_hidden else None, blur, strip_map)
        else:
            small = _blur_small(shrunk[shrink], blur, strip_map)
        levels.append(BlurLevel(small, shrink, share))
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
class _Blur:
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


def _blur_small(planes: list[NDArray[np.float32]], blur: _Blur, strip_map: StripMap) -> LinearImage:
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
    sharp: _Background, halved: list[NDArray[np.float32]] | None, blur: _Blur, strip_map: StripMap
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
