"""Scribble-based matting: strokes mark certain pixels, and colours decide in the unknown band around them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.boxes import Box, bounding_box
from portrait.core.guided_filter import guided_coefficients
from portrait.core.matting.color_matting import estimate_alpha
from portrait.core.matting.parts import find_part
from portrait.core.matting.strokes import Edit, Footprint, Shape, Stroke, rasterize
from portrait.core.plane_algebra import Plane
from portrait.core.resize import Level

SOLVE_LONG_SIDE_PX = 320
"""A stroke's neighbourhood is solved at this size at most; the image's own pixels sharpen what was found."""

_MARGIN = 0.5
"""Room around a stroke in which the colours of both layers are sampled, in radii of the brush."""

_BAND_PRIOR = (0.25, 0.75)
"""Probability at the rim of the brush and at its core, where the colours do not tell."""

_KNOWN = 0.98
_SOLIDIFY = 0.07
_FILTER_RADIUS_PX, _FILTER_EPSILON = 4, 1e-5
_PER_LEVEL = np.float32(1.0 / 255.0)
_CLEAN = 1.0 / 255.0


@dataclass(frozen=True, slots=True, eq=False)
class MattePatch:
    """What an edit does to a matte, for any resolution.

    Attributes
    ----------
    edit
        The edit.
    shape
        (H, W) of the image for which it was found.
    box
        The part of it that may change; not clipped.
    factor
        Pixels of the planes are ``factor`` times as wide as the image's.
    planes
        float32 (4, h, w) over the box: coefficients of the guided filter for a stroke, see
        `portrait.core.guided_filter`; float32 (1, h, w) for a part: how far it is filled or dropped.
    """

    edit: Edit
    shape: tuple[int, int]
    box: Box
    factor: float
    planes: NDArray[np.float32]

    @property
    def is_added(self) -> bool:
        """Whether it adds to the subject and never takes away; else the other way round."""
        return self.edit.kind in ("add", "fill")

    def box_in(self, shape: Shape) -> Box:
        """The pixels of an (H, W) image that may change."""
        size = math.ceil(shape[0]), math.ceil(shape[1])
        if isinstance(self.edit, Stroke):
            return self.edit.box(shape).grown(0, size)
        part = bounding_box(self.planes[0] > 0.0)
        return part.grown(1, self.planes.shape[1:]).scaled(self.planes.shape[1:], size).grown(1, size)

    def apply_to(self, alpha: AlphaMatte, image: RgbImage, window: Box, shape: Shape) -> None:
        """Change part of a matte.

        Parameters
        ----------
        alpha, image
            float32 (h, w), which is changed, and uint8 (h, w, 3): the part of the matte and of the image in ``window``.
        window, shape
            That part, and (H, W) of the whole.
        """
        box = self.box_in(shape).intersection(window)
        if box.height <= 0 or box.width <= 0:
            return
        inside = box.within(window)
        shown = inside.crop(alpha)
        covered = self._coverage(np.ascontiguousarray(inside.crop(image)), box, shape)
        if self.is_added:
            np.maximum(shown, covered, out=shown)
        else:
            np.minimum(shown, 1.0 - covered, out=shown)

    def _coverage(self, image: RgbImage, box: Box, shape: Shape) -> Plane:
        """How far the pixels of a box certainly belong to the layer that the edit names: float32 (h, w), 0 … 1."""
        planes = self._resample(box, shape)
        if not isinstance(self.edit, Stroke):
            return np.asarray(np.clip(planes[0], 0.0, 1.0), np.float32)
        rasterized = self.edit.box_for(shape, box)
        covered = rasterize(self.edit, shape, rasterized)
        inside = box.within(rasterized)
        core, share = inside.crop(covered.core), inside.crop(covered.share)
        if self.edit.hardness >= 1.0:
            return core
        by_color = planes[3].copy()
        for plane, channel in zip(planes[:3], cv2.split(image), strict=True):
            cv2.accumulateProduct(plane * _PER_LEVEL, channel.astype(np.float32), by_color)
        np.clip(by_color, 0.0, 1.0, out=by_color)
        by_color[by_color < _CLEAN] = 0.0
        return np.asarray(np.maximum(core, share * by_color), np.float32)

    def _resample(self, box: Box, shape: Shape) -> NDArray[np.float32]:
        """The planes at the pixels of a box of an (H, W) image: bilinear, averaged before where it is much smaller."""
        down, across = self.shape[0] / shape[0] / self.factor, self.shape[1] / shape[1] / self.factor
        top = (box.top + 0.5) * down - self.box.top / self.factor - 0.5
        left = (box.left + 0.5) * across - self.box.left / self.factor - 0.5
        place = np.array([[across, 0.0, left], [0.0, down, top]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        width = round(max(down, across))
        resampled = [
            cv2.warpAffine(
                cv2.blur(plane, (width, width)) if width > 1 else plane,
                place,
                (box.width, box.height),
                flags=flags,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for plane in self.planes
        ]
        return np.asarray(resampled, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class MendedMatte:
    """A matte with edits, applied where they are asked for.

    Attributes
    ----------
    image, base
        uint8 (H, W, 3) and the matte as it was found, float32 (H, W).
    patches
        What the edits do, in their order.
    """

    image: RgbImage
    base: AlphaMatte
    patches: tuple[MattePatch, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.base.shape[0], self.base.shape[1]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits."""
        return tuple(patch.edit for patch in self.patches)

    def crop(self, box: Box) -> AlphaMatte:
        """The matte in a box, float32 (h, w): a new array, or a view of ``base`` without edits."""
        if not self.patches:
            return box.crop(self.base)
        alpha = box.crop(self.base).copy()
        return apply_patches(alpha, box.crop(self.image), self.patches, box, self.shape)

    def whole(self) -> AlphaMatte:
        """All of the matte, float32 (H, W), 0 … 1; ``base`` itself without edits."""
        return self.crop(Box(0, 0, *self.shape)) if self.patches else self.base

    def changed_box(self, other: "MendedMatte") -> Box:
        """The pixels in which another matte of the same image may differ from this one."""
        whole = Box(0, 0, *self.shape)
        if other.base is not self.base:
            return whole
        one, two = set(self.patches), set(other.patches)
        boxes = [patch.box_in(self.shape) for patch in one ^ two]
        return reduce(Box.union, boxes) if boxes else Box(0, 0, 0, 0)

    def with_edit(self, edit: Edit) -> "MendedMatte":
        """The matte after one more edit; itself where the edit finds no part to fill or drop."""
        patch = self._find_stroke_patch(edit) if isinstance(edit, Stroke) else self._find_part_patch(edit)
        return self if patch is None else replace(self, patches=(*self.patches, patch))

    def with_edits(self, edits: Sequence[Edit]) -> "MendedMatte":
        """The matte with these edits in place of its own; those that both begin with are not solved again."""
        own = self.edits
        common = next(
            (i for i, (a, b) in enumerate(zip(own, edits, strict=False)) if a != b), min(len(own), len(edits))
        )
        mended = replace(self, patches=self.patches[:common])
        for edit in edits[common:]:
            mended = mended.with_edit(edit)
        return mended

    def _find_part_patch(self, edit: Edit) -> MattePatch | None:
        if isinstance(edit, Stroke):
            raise TypeError("a stroke is no part")
        part = find_part(self.whole(), edit)
        if part is None:
            return None
        factor = self.shape[1] / part.shape[1]
        return MattePatch(edit, self.shape, Box(0, 0, *self.shape), factor, part[None])

    def _find_stroke_patch(self, stroke: Stroke) -> MattePatch:
        # Take the neighbourhood of the stroke, continued beyond the image.
        margin_px = 2 + round(_MARGIN * stroke.radius_px(self.shape))
        box, factor = _solved_box(stroke.box(self.shape, margin_px))
        if stroke.hardness >= 1.0:
            return MattePatch(stroke, self.shape, box, factor, np.zeros((4, 1, 1), np.float32))
        image, alpha = self._downsample(box, factor)
        # Solve the band around its core.
        belongs = alpha if stroke.kind == "add" else np.float32(1.0) - alpha
        guide = image.astype(np.float32) * _PER_LEVEL
        planes = _solve_band(belongs, guide, rasterize(stroke, self.shape, box, factor))
        return MattePatch(stroke, self.shape, box, factor, planes)

    def _downsample(self, box: Box, factor: int) -> tuple[RgbImage, AlphaMatte]:
        """Image and matte in a box of multiples of a factor, by which they are downsampled, continued beyond the image.

        The edits so far are applied to what is downsampled: at full size each would cost more than the new one.
        """
        inside = box.grown(0, self.shape)
        whole = Box(inside.top, inside.left, *(-(-side // factor) * factor for side in (inside.bottom, inside.right)))
        small, outer = whole.downsampled(factor), box.downsampled(factor)

        def downsample(part: NDArray[Level]) -> NDArray[Level]:
            full = _padded(inside.crop(part), inside, whole)
            return np.asarray(cv2.resize(full, (small.width, small.height), interpolation=cv2.INTER_AREA), part.dtype)

        image, alpha = downsample(self.image), downsample(self.base)
        shape = self.shape[0] / factor, self.shape[1] / factor
        apply_patches(alpha, image, self.patches, small, shape)
        return _padded(image, small, outer), _padded(alpha, small, outer)


def mend_matte(matte: AlphaMatte, image: RgbImage, edits: Iterable[Edit]) -> AlphaMatte:
    """Apply strokes, and parts filled and dropped, to a matte.

    What a stroke's core covers becomes 1 (``add``) or 0 (``remove``). In the rest of the brush the colours of subject
    and background decide, as `portrait.core.matting.color_matting.estimate_alpha` finds them around the stroke: a
    scribble as in Wang & Cohen 2005 (doi:10.1109/ICCV.2005.37). Outside the brush nothing changes; adding never lowers
    the matte, removing never raises it.

    Parameters
    ----------
    matte, image
        float32 (H, W), 0 … 1, and uint8 (H, W, 3).

    Returns
    -------
    float32 (H, W), 0 … 1; the input itself where there are no edits.
    """
    return MendedMatte(image, matte).with_edits(tuple(edits)).whole()


def apply_patches(
    alpha: AlphaMatte, image: RgbImage, patches: Iterable[MattePatch], window: Box, shape: Shape
) -> AlphaMatte:
    """Apply patches to part of a matte, as `MattePatch.apply_to`; returns ``alpha``, which is changed."""
    for patch in patches:
        patch.apply_to(alpha, image, window, shape)
    return alpha


def _solve_band(belongs: Plane, guide: NDArray[np.float32], covered: Footprint) -> NDArray[np.float32]:
    """Coefficients of the guided filter, float32 (4, h, w), for the opacity of the layer that a stroke names.

    Parameters
    ----------
    belongs
        float32 (h, w): opacity of that layer before the stroke.
    guide
        float32 (h, w, 3), 0 … 1.
    """
    low, high = _BAND_PRIOR
    in_band = covered.share > 0.0
    prior = np.maximum(belongs, np.where(in_band, low + (high - low) * covered.depth, 0.0))
    prior = np.maximum(prior, covered.core).astype(np.float32)
    unknown = (in_band & (prior < _KNOWN)).astype(np.float32)
    alpha, confidence = estimate_alpha(prior, guide, unknown)
    solid = (alpha - np.float32(_SOLIDIFY)) * np.float32(1.0 / (1.0 - 2.0 * _SOLIDIFY))
    return guided_coefficients(guide, solid, _FILTER_RADIUS_PX, _FILTER_EPSILON, confidence)


def _solved_box(box: Box) -> tuple[Box, int]:
    """The box grown to multiples of a factor, and that factor, by which it is downsampled."""
    factor = -(-max(box.height, box.width) // SOLVE_LONG_SIDE_PX)
    top, left = (side // factor * factor for side in (box.top, box.left))
    bottom, right = (-(-side // factor) * factor for side in (box.bottom, box.right))
    return Box(top, left, bottom, right), factor


def _padded(part: NDArray[Level], inside: Box, box: Box) -> NDArray[Level]:
    """An image's part in a box, its border replicated where the box reaches beyond the image."""
    margins = inside.top - box.top, box.bottom - inside.bottom, inside.left - box.left, box.right - inside.right
    return np.asarray(cv2.copyMakeBorder(part, *margins, cv2.BORDER_REPLICATE), part.dtype)
