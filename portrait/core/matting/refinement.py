"""Refinement: the probability of a small network output upsampled to alpha that follows the image's edges."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, require_rgb
from portrait.core.boxes import Box, bounding_box, cover_by_tiles
from portrait.core.guided_filter import Coefficients, apply_coefficients, guided_coefficients
from portrait.core.matting.color_matting import estimate_alpha
from portrait.core.matting.connection import require_connection
from portrait.core.matting.doubt import decide_doubt
from portrait.core.matting.trimap import near_uncertain, unknown_band
from portrait.core.model_spec import ModelSpec
from portrait.core.plane_algebra import Plane, dot, split_colors
from portrait.core.resize import ImagePyramid, fit_long_side, halved_shape, resize
from portrait.core.strips import StripMap

Probability = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RefineOptions:
    """How an edge-aware refinement works.

    Attributes
    ----------
    guide_long_side_px
        Size at which the filter's coefficients are found; they are applied at full resolution. By edges alone, the
        image is halved until it is no larger.
    radius_fraction
        Window radius as a share of the guide's long side; by edges alone, it is that of a subject that fills the
        image, and less for a smaller one.
    epsilon
        Variance of the guide (0 … 1 scale) below which a window counts as flat.
    certain
        Probabilities this close to 0 or 1 count as 0 or 1. More makes a half-seen sleeve solid and leaves live fewer
        soft pixels to unmix, less keeps fainter hair.
    by_colors
        Whether the colours of subject and background decide in the unknown band before the filter, as in
        `portrait.core.matting.color_matting.estimate_alpha`, where there is evidence, as in
        `portrait.core.matting.connection.require_connection`; the filter then smooths what they found.
    decides_doubt
        Whether wide areas that the colours leave between subject and background are decided, as in
        `portrait.core.matting.doubt.decide_doubt`. On frames of a video such a decision would flicker.
    """

    guide_long_side_px: int = 256
    radius_fraction: float = 0.018
    epsilon: float = 2e-4
    certain: float = 0.12
    by_colors: bool = False
    decides_doubt: bool = False


FAST = RefineOptions()
FINE = RefineOptions(
    guide_long_side_px=1280, radius_fraction=0.0045, epsilon=1e-5, certain=0.07, by_colors=True, decides_doubt=True
)
FINE_FRAME = replace(FINE, decides_doubt=False)

_REACH = 0.25
"""How far around uncertain pixels the filter is used, in radii of its windows; farther out texture shows through."""

_PORTRAIT_SIDE = 0.5
"""Side of the square that a portrait's subject covers, as a share of the image's."""


def to_probability(network_output: NDArray[np.float32], spec: ModelSpec) -> Probability:
    """Softmax, or clipping, of a network's output: the subject's probability, by default the person's.

    Probabilities of several classes are added after the softmax; of independent channels the largest counts.

    Parameters
    ----------
    network_output
        float32 (C, h, w): probability of the person (C = 1) or one logit per class.

    Returns
    -------
    float32 (h, w), 0 … 1.
    """
    if spec.output_kind == "person_probability":
        largest = network_output[list(spec.subject_indices)].max(axis=0)
        return np.asarray(np.clip(largest, 0.0, 1.0), dtype=np.float32)
    shifted = np.exp(network_output - network_output.max(axis=0, keepdims=True))
    probability: Probability = shifted[list(spec.subject_indices)].sum(axis=0) / shifted.sum(axis=0)
    return probability


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Alpha of an image as a local affine function of its colours, and what it gives at the guide's size.

    Attributes
    ----------
    coefficients
        Of the guided filter, float32 (4, h, w); `portrait.core.guided_filter.apply_coefficients` gives alpha.
    probability
        From which they were found, float32 at any size.
    small
        float32 (h, w), 0 … 1.
    """

    coefficients: Coefficients
    probability: Probability
    small: AlphaMatte


def refine(
    probability: Probability, image: RgbImage, options: RefineOptions = FAST, strip_map: StripMap = map
) -> AlphaMatte:
    """Guided upsampling: bring a probability to the image's size so that its edges follow the image's.

    In every small window alpha is an affine function of the colour (guided filter, He, Sun & Tang 2013,
    doi:10.1109/TPAMI.2012.213), found on a small guide and applied at full resolution. Far from any uncertain pixel
    the probability itself is kept, so texture inside the subject cannot show through.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1, covering the whole image at any resolution.
    image
        uint8 (H, W, 3).
    options
        How.
    strip_map
        Runs independent parts of the work, one after the other or in parallel.

    Returns
    -------
    float32 (H, W), 0 … 1.
    """
    require_rgb(image)
    coefficients = _find_coefficients(probability, _make_guide(ImagePyramid(image), options), options, strip_map)
    return apply_coefficients(coefficients, image, strip_map=strip_map)


def find_outline(probability: Probability, pyramid: ImagePyramid, options: RefineOptions = FAST) -> Outline:
    """What `refine` applies to an image, for who applies it otherwise; ``pyramid`` is that of the image."""
    guide = _make_guide(pyramid, options)
    coefficients = _find_coefficients(probability, guide, options, map)
    *slope, offset = coefficients
    small = np.clip(dot(slope, split_colors(guide)) + offset, 0.0, 1.0)
    return Outline(coefficients, probability, small)


def _make_guide(pyramid: ImagePyramid, options: RefineOptions) -> NDArray[np.float32]:
    size = guide_shape((pyramid.image.shape[0], pyramid.image.shape[1]), options)
    guide: NDArray[np.float32] = pyramid.resize(*size) * np.float32(1.0 / 255.0)
    return guide


def _find_coefficients(
    probability: Probability, guide: NDArray[np.float32], options: RefineOptions, strip_map: StripMap
) -> Coefficients:
    coarse = np.clip(resize(probability, *guide.shape[:2]), 0.0, 1.0).astype(np.float32)
    guided = _GuidedProbability(coarse, guide, options, strip_map)
    return guided.by_colors() if options.by_colors else guided.by_edges()


def guide_shape(shape: tuple[int, int], options: RefineOptions) -> tuple[int, int]:
    """(H, W) of the guide of an image of this (H, W)."""
    fit = fit_long_side if options.by_colors else halved_shape
    return fit(shape, options.guide_long_side_px)


def fit_to_guide(probability: Probability, shape: tuple[int, int], options: RefineOptions = FAST) -> Probability:
    """A probability downsampled to the size of the guide of an image of this (H, W), where it is larger than that."""
    size = guide_shape(shape, options)
    if probability.size <= size[0] * size[1]:
        return probability
    return np.asarray(np.clip(resize(probability, *size), 0.0, 1.0), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _GuidedProbability:
    """A probability at the size of its guide, and how both become coefficients of the guided filter."""

    coarse: Probability
    guide: NDArray[np.float32]
    options: RefineOptions
    strip_map: StripMap

    def by_edges(self) -> Coefficients:
        """Guided filter of the probability, near uncertain pixels alone."""
        coarse, options = self.coarse, self.options
        stretched = _solidify(coarse, options.certain)
        radius_px = max(1, round(options.radius_fraction * max(coarse.shape) * _subject_scale(coarse)))
        unknown = near_uncertain(coarse, options.certain, max(1, round(_REACH * radius_px)))
        around = partial(_filter_around, self.guide, stretched, None, radius_px, options.epsilon)
        return self._blend(stretched, unknown, (bounding_box(unknown > 0.0),), around)

    def by_colors(self) -> Coefficients:
        """Colour matting in the unknown band of a trimap, where there is evidence for it, and a guided filter.

        The filter smooths what was found and weighs it by its confidence.
        """
        coarse, options = self.coarse, self.options
        unknown = unknown_band(coarse)
        by_color, confidence = estimate_alpha(coarse, self.guide, unknown, self.strip_map)
        alpha = require_connection(by_color, coarse, self.guide, unknown)
        alpha = decide_doubt(alpha, self.guide) if options.decides_doubt else alpha
        target, stretched = (_solidify(plane, options.certain) for plane in (alpha, coarse))
        radius_px = max(1, round(options.radius_fraction * max(coarse.shape)))
        around = partial(_filter_around, self.guide, target, confidence, radius_px, options.epsilon)
        return self._blend(stretched, unknown, cover_by_tiles(unknown > 0.0), around)

    def _blend(
        self, plain: Plane, unknown: Plane, boxes: Sequence[Box], find: Callable[[Box], Coefficients]
    ) -> Coefficients:
        """Coefficients found in the boxes where ``unknown`` is 1, those of the plain probability where it is 0."""
        coefficients = np.zeros((4, *plain.shape), np.float32)
        coefficients[3] = plain

        def filter_box(box: Box) -> None:
            for plane, found in zip(coefficients, find(box), strict=True):
                shown = box.crop(plane)
                shown += box.crop(unknown) * (found - shown)

        deque(self.strip_map(filter_box, boxes), maxlen=0)
        return coefficients


def _filter_around(
    guide: NDArray[np.float32], target: Plane, weight: Plane | None, radius_px: int, epsilon: float, box: Box
) -> Coefficients:
    """Guided filter coefficients of a box, with a margin so that they equal those of the whole image."""
    near = box.grown(2 * radius_px, (target.shape[0], target.shape[1]))
    trusted = None if weight is None else near.crop(weight)
    found = guided_coefficients(near.crop(guide), near.crop(target), radius_px, epsilon, trusted)
    inside = box.within(near)
    return found[:, inside.top : inside.bottom, inside.left : inside.right]


def _subject_scale(probability: Probability) -> float:
    """Scale of the filter window by the subject's size: 1 for a portrait, 0.25 for small people's thin limbs."""
    return float(np.clip(np.sqrt(probability.mean()) / _PORTRAIT_SIDE, 0.25, 1.0))


def _solidify(alpha: Plane, certain: float) -> Plane:
    """Stretch the contrast of alpha so that values within ``certain`` of 0 or 1 leave 0 … 1; whoever uses it clips."""
    return (alpha - np.float32(certain)) * np.float32(1.0 / (1.0 - 2.0 * certain))
