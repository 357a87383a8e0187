"""Layered depth of field: slices of equal defocus, each blurred by its own disk and composited over the farther ones.

Each slice is blurred whole, with its own disk, and laid over the farther ones (Kraus & Strengert 2007, "Depth-of-field
rendering by pyramidal image processing", doi:10.1111/j.1467-8659.2007.01086.x; as Wadhwa et al. 2018, "Synthetic
depth-of-field with a single-camera mobile phone", doi:10.1145/3197517.3201329, do it for phones). What is in front of
the subject is spread over it, as in a lens.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, DefocusMap, LinearImage
from portrait.core.blur.blurred_slice import BlurredSlice, blur_slice
from portrait.core.blur.bokeh import blur_background
from portrait.core.blur.defocus_slices import DefocusSlices, visibility
from portrait.core.blur.highlights import has_clipped
from portrait.core.blur.levels import BlurredBackground, PartialLevel, downsampling_for
from portrait.core.blur.slice_source import SliceSource, downsample_planes
from portrait.core.blur.slice_stack import FineSlices, SliceStack
from portrait.core.color import dither_to_8_bits, to_linear
from portrait.core.inpaint import inpaint
from portrait.core.layers.compositing import over
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.lens.blur_options import DiskBlur
from portrait.core.resize import downsample_blocks
from portrait.core.strips import strips

_FULLY_KNOWN = 0.5
_OPAQUE = 1.0 / 2048.0
_BEHIND_DOWNSAMPLING, _BEHIND_MARGIN_PX = 4, 128


@dataclass(frozen=True, slots=True, eq=False)
class LayeredBackdrop:
    """The composite of all slices that are not in front of the subject: a backdrop for it."""

    scene: SliceSource
    stack: SliceStack
    farthest: BlurredBackground

    def rows(self, rows: slice, width: int) -> LinearImage:
        """Rows at full resolution, float32 (rows, width, 3)."""
        sharp = self.scene.slices.cumulative_share(0, self.scene.defocus_map[rows])
        clear = np.float32(1.0) - sharp
        light = np.zeros((*clear.shape, 3), np.float32)
        if float(clear.min()) < 1.0:
            cv2.accumulateProduct(self.scene.sharp_light(rows), cv2.merge([sharp] * 3), light)
        if float(clear.max()) <= 0.0:
            return light
        for part in self.stack.rows(rows, width):
            cv2.accumulateProduct(part.light, cv2.merge([clear] * 3), light)
            clear *= np.float32(1.0) - part.coverage
            if float(clear.max()) < _OPAQUE:
                return light
        cv2.accumulateProduct(self.farthest.rows(rows, width), cv2.merge([clear] * 3), light)
        return light


@dataclass(frozen=True, slots=True, eq=False)
class ForegroundBlur:
    """The blurred slices in front of the subject, and what they occlude, inpainted."""

    scene: SliceSource
    stack: SliceStack
    behind: PartialLevel

    def over(
        self, light: LinearImage, rows: slice, tone: Callable[[LinearImage], LinearImage] = np.asarray
    ) -> tuple[LinearImage, NDArray[np.float32]]:
        """Composite the foreground over some rows of the finished portrait.

        What it occludes is replaced by its inpainting first: through the foreground's soft edge one sees what is
        behind it, not its own sharp image.

        Parameters
        ----------
        light
            float32 (rows, W, 3) in linear light.
        tone
            Changes the colours of the foreground and of what is behind it; linear in the light.

        Returns
        -------
        The same with the foreground over it, and the foreground's coverage, float32 (rows, W).
        """
        width = light.shape[1]
        occlusion = _foreground_occlusion(self.scene, rows, self.scene.softness(rows))
        if float(occlusion.max()) > 0.0:
            light = over(tone(self.behind.rows(rows, width)), light, occlusion)
        clear = np.ones(occlusion.shape, np.float32)
        for part in self.stack.rows(rows, width):
            through = np.float32(1.0) - part.coverage
            light = np.asarray(cv2.add(cv2.multiply(light, cv2.merge([through] * 3)), tone(part.light)), np.float32)
            clear *= through
        return light, np.float32(1.0) - clear


@dataclass(frozen=True, slots=True, eq=False)
class LayeredBlur:
    """An image blurred by depth, ready to be composited.

    Attributes
    ----------
    backdrop
        What stands behind the subject.
    foreground
        What comes over the subject and the backdrop, if anything.
    """

    backdrop: LayeredBackdrop
    foreground: ForegroundBlur | None


def blur_by_depth(image: LayeredImage, defocus_map: DefocusMap, blur: DiskBlur) -> LayeredBlur:
    """Layered depth of field: blur everything but the subject, each depth by its own disk.

    Where the map is 1 all over, this is `portrait.core.blur.bokeh.blur_background`; where it is 0, the image. Cost
    does not grow with the radius: slices with large disks are rendered downsampled, those with small ones when their
    rows are asked for.

    Parameters
    ----------
    image
        uint8 or uint16.
    defocus_map
        float32 (H, W), −1 … 1, finite; may be a read-only view that repeats one column.
    blur
        Where the map is 1.

    Raises
    ------
    ValueError
        The map has another size, or values outside −1 … 1.
    """
    low, high = _require_defocus_map(defocus_map, image.shape)
    # Cut the range of defocus into slices.
    slices = DefocusSlices.up_to(blur.radius_px)
    eight_bits = dither_to_8_bits(image.image)
    boost = blur.highlight_boost if has_clipped(eight_bits) else 0.0
    scene = SliceSource(image, eight_bits, defocus_map, slices, blur.aperture, boost)
    behind = tuple(index for index in range(1, slices.count) if _is_between(slices, index, low, high))
    before = tuple(index for index in range(-1, -slices.count - 1, -1) if _is_between(slices, index, low, high))
    # Blur the slices with large disks now, downsampled; the others are blurred when their rows are asked for.
    coarse = _blur_coarse(scene, behind + before)
    # Blur the farthest slice as a background of its own, without all that is nearer.
    farthest_only = replace(image, image=eight_bits, alpha=_alpha_of_nearer(scene))
    farthest = blur_background(farthest_only, replace(blur, highlight_boost=boost))
    backdrop = LayeredBackdrop(scene, _stack(scene, behind, coarse), farthest)
    if not before:
        return LayeredBlur(backdrop, None)
    # Inpaint what the foreground occludes: it is seen through the foreground's soft edge.
    return LayeredBlur(backdrop, ForegroundBlur(scene, _stack(scene, before, coarse), _inpaint_behind(scene)))


def _require_defocus_map(defocus_map: DefocusMap, shape: tuple[int, int]) -> tuple[float, float]:
    """Check the defocus map and give its least and largest value; ValueError where it does not fit (H, W)."""
    if defocus_map.shape != shape or defocus_map.dtype != np.float32:
        raise ValueError(f"defocus_map must be float32 {shape}, got {defocus_map.shape} {defocus_map.dtype}")
    low, high = float(defocus_map.min()), float(defocus_map.max())
    if not (low >= -1.0 and high <= 1.0):  # written so that NaN fails too
        raise ValueError(f"defocus_map must lie in [-1, 1], got {low:g} … {high:g}")
    return low, high


def _foreground_occlusion(
    scene: SliceSource, rows: slice, softness: NDArray[np.float32] | float
) -> NDArray[np.float32]:
    """Occlusion by things in front of the subject, 0 … 1, outside it: float32 (rows, W); see `share_in_front`."""
    nearer = scene.slices.share_in_front(scene.defocus_map[rows], softness)
    return (np.float32(1.0) - visibility(nearer)) * (np.float32(1.0) - scene.layered.alpha[rows])


def _alpha_of_nearer(scene: SliceSource) -> AlphaMatte:
    """Opacity, float32 (H, W), of all that occludes the farthest slice: the subject and every nearer slice.

    The less of it is known in the pixel that shows it best, the more this is the subject's matte, so that all of the
    background stands in: a gap between nearer slices must not be black.
    """
    alpha = scene.layered.alpha
    nearer = np.empty_like(alpha)

    def add_nearer(rows: slice) -> float:
        known = visibility(scene.slices.cumulative_share(scene.slices.count - 1, scene.defocus_map[rows]))
        nearer[rows] = np.float32(1.0) - cv2.multiply(np.float32(1.0) - alpha[rows], cv2.sqrt(known))
        return float(nearer[rows].min())

    known = 1.0 - min(scene.layered.strip_map(add_nearer, strips(*nearer.shape)))
    if known >= _FULLY_KNOWN:
        return nearer
    return np.asarray(cv2.addWeighted(nearer, known / _FULLY_KNOWN, alpha, 1.0 - known / _FULLY_KNOWN, 0.0), np.float32)


def _is_between(slices: DefocusSlices, index: int, low: float, high: float) -> bool:
    """Whether a slice has a share in defocus of ``low`` … ``high``."""
    return low < slices.defocus_of(index + 1) and high > slices.defocus_of(index - 1)


def _stack(scene: SliceSource, indices: tuple[int, ...], coarse: dict[int, BlurredSlice]) -> SliceStack:
    fine = tuple(index for index in indices if downsampling_for(scene.slices.radius_of(index)) == 1)
    kept = tuple(index for index in indices if index in coarse or index in fine)
    return SliceStack(kept, coarse, FineSlices(scene, fine))


def _blur_coarse(scene: SliceSource, indices: tuple[int, ...]) -> dict[int, BlurredSlice]:
    """Blur the slices whose disks are large, downsampled: by number, without those that hold nothing."""
    factors = {index: downsampling_for(scene.slices.radius_of(index)) for index in indices}
    factors = {index: factor for index, factor in factors.items() if factor > 1}
    planes = downsample_planes(scene, tuple(sorted(set(factors.values()))))

    def blur(index: int) -> BlurredSlice | None:
        return blur_slice(planes[factors[index]], scene.slices, index, scene.aperture, scene.highlight_boost)

    return {
        index: part
        for index, part in zip(factors, scene.layered.strip_map(blur, factors), strict=True)
        if part is not None
    }


def _inpaint_behind(scene: SliceSource) -> PartialLevel:
    """Inpaint what the foreground occludes, downsampled, in the rows around the foreground."""
    height, width = scene.layered.alpha.shape
    held = np.flatnonzero(scene.defocus_map.min(axis=1) < 0.0)
    start = max(0, int(held[0]) - _BEHIND_MARGIN_PX) // _BEHIND_DOWNSAMPLING * _BEHIND_DOWNSAMPLING
    stop = min(height, int(held[-1]) + 1 + _BEHIND_MARGIN_PX)

    def downsample(strip: slice) -> tuple[LinearImage, NDArray[np.float32]]:
        rows = slice(start + strip.start, start + strip.stop)
        visible = np.float32(1.0) - _foreground_occlusion(scene, rows, 1.0)
        light = np.asarray(cv2.multiply(to_linear(scene.layered.image[rows]), cv2.merge([visible] * 3)), np.float32)
        small, weight = (
            downsample_blocks(plane, _BEHIND_DOWNSAMPLING, _BEHIND_DOWNSAMPLING) for plane in (light, visible)
        )
        return small, weight

    parts = scene.layered.strip_map(downsample, strips(stop - start, width, multiple=_BEHIND_DOWNSAMPLING))
    lights, weights = zip(*parts, strict=True)
    whole = inpaint(np.concatenate(lights), np.concatenate(weights))
    return PartialLevel.of(whole, _BEHIND_DOWNSAMPLING, start // _BEHIND_DOWNSAMPLING)
