"""Colour matting: alpha by Fisher's linear discriminant between the local colours of subject and background."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.core.boxes import Box, cover_by_tiles
from portrait.core.guided_filter import box_mean
from portrait.core.plane_algebra import COLOR_PAIRS, Plane, dot, solve_symmetric, split_colors
from portrait.core.resize import resize
from portrait.core.strips import StripMap

_MEMBERSHIPS = (0.2, 0.3)
"""For each round: pixels whose alpha is within this of 1 (of 0) are samples of the subject (of the background).

The first round takes its samples at half the resolution. In the second, hair that the first has found gives samples
too.
"""

_NOISE_VARIANCE = 3e-5
"""Variance added to the colours of either layer (0 … 1 scale), for noise and rounding."""

_WINDOW_RADIUS_PX = 2
_COARSER_WEIGHT = 0.4
"""How much the samples of a window twice as wide count beside those of a window."""

_DISTANT_SUPPORT = 0.003
"""Density of samples around a pixel below which the confidence in them is reduced: they are far away."""

_NETWORK_TRUST = 1.5
_NETWORK_VARIANCE = 0.025
"""The network's precision is trust / (p (1 − p) + variance): that of a Bernoulli variable, and bounded."""

_MAX_CONFIDENCE = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class _LayerColors:
    """A layer's colours around every pixel as a Gaussian: three planes of means, six of covariances."""

    support: Plane
    mean: tuple[Plane, ...]
    covariance: tuple[Plane, ...]


def estimate_alpha(
    probability: Plane, guide: NDArray[np.float32], unknown: Plane, strip_map: StripMap = map
) -> tuple[Plane, Plane]:
    """Alpha matting of the unknown pixels by Fisher's linear discriminant, merged with the network by precision.

    Around every pixel the colours of subject and background are each a Gaussian (as in Chuang et al. 2001,
    doi:10.1109/CVPR.2001.990970). Alpha is a pixel's place on the axis that separates the two best (Fisher 1936,
    doi:10.1111/j.1469-1809.1936.tb02137.x); its variance is the inverse of their squared Mahalanobis distance. With
    that it is merged with the network's probability: where the layers look alike, the network decides (after
    the confidence of robust matting, Wang & Cohen 2007, doi:10.1109/CVPR.2007.383006).

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1.
    guide
        float32 (h, w, 3), 0 … 1.
    unknown
        float32 (h, w): 1 where colours decide, 0 where the probability stays.
    strip_map
        Runs independent parts of the work, one after the other or in parallel.

    Returns
    -------
    Alpha, float32 (h, w), 0 … 1, and how far it is to be trusted, above 0.
    """
    boxes = cover_by_tiles(unknown > 0.0)
    if not boxes:
        return probability, np.full_like(probability, _MAX_CONFIDENCE)
    band = _UnknownBand(split_colors(guide), probability, unknown, boxes, strip_map)
    half = band.half_shape
    # In the first round the network's probability tells which pixels are samples, in the second the colours' alpha.
    halved = split_colors(resize(guide, *half)), resize(probability, *half)
    alpha, _ = band.merge(band.separate(*halved, _MEMBERSHIPS[0]))
    return band.merge(band.separate(band.colors, alpha, _MEMBERSHIPS[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _UnknownBand:
    """The unknown pixels, in boxes, with their colours and the network's probability."""

    colors: tuple[Plane, ...]
    probability: Plane
    unknown: Plane
    boxes: Sequence[Box]
    strip_map: StripMap

    @property
    def half_shape(self) -> tuple[int, int]:
        """(h, w) of half the resolution, at which the layers' colours are found: they vary slowly."""
        return _half_shape(self.probability)

    def separate(self, colors: Sequence[Plane], alpha: Plane, membership: float) -> tuple[Plane, ...]:
        """Fisher's discriminant in every pixel, at half resolution, from samples weighted by alpha."""
        subject, background = self.strip_map(
            lambda opacity: _layer_colors(
                colors, np.clip((opacity - 1.0) / membership + 1.0, 0.0, 1.0), self.half_shape
            ),
            (alpha, 1.0 - alpha),
        )
        return _axis_between(subject, background)

    def merge(self, separation: Sequence[Plane]) -> tuple[Plane, Plane]:
        """Inverse-variance weighting of the network's probability and the colours' alpha; and the summed precision."""
        probability = self.probability
        upsampled = tuple(self.strip_map(lambda plane: resize(plane, *probability.shape), separation))
        alpha, confidence = probability.copy(), np.full_like(probability, _MAX_CONFIDENCE)

        def merge_box(box: Box) -> None:
            by_color, precision = _discriminate(_crop(upsampled, box), _crop(self.colors, box))
            prior, share = box.crop(probability), box.crop(self.unknown)
            total = precision + _NETWORK_TRUST / (prior * (1.0 - prior) + np.float32(_NETWORK_VARIANCE))
            box.crop(alpha)[:] += share * (precision / total) * (by_color - prior)
            np.copyto(box.crop(confidence), np.minimum(total, _MAX_CONFIDENCE), where=share > 0.0)

        deque(self.strip_map(merge_box, self.boxes), maxlen=0)
        return alpha, confidence


def _crop(planes: Sequence[Plane], box: Box) -> list[Plane]:
    return [box.crop(plane) for plane in planes]


def _discriminate(separation: Sequence[Plane], colors: Sequence[Plane]) -> tuple[Plane, Plane]:
    """Project colours onto the discriminant axis: alpha, 0 … 1, and its precision, the inverse of its variance."""
    *axis, offset, precision, share = separation
    found = dot(axis, colors) + offset
    place = np.clip(found, 0.0, 1.0)
    beyond = found - place  # a colour beyond both layers belongs to neither
    return _to_linear_light(place, share), precision / (1.0 + precision * beyond * beyond)


def _axis_between(subject: _LayerColors, background: _LayerColors) -> tuple[Plane, ...]:
    """Fisher's linear discriminant: three planes of its axis, its offset, its precision, and the brightness share."""
    difference = [s - b for s, b in zip(subject.mean, background.mean, strict=True)]
    covariance = [0.5 * (s + b) for s, b in zip(subject.covariance, background.covariance, strict=True)]
    # Fisher's axis: inverse mean covariance times the difference of the means.
    axis = solve_symmetric(covariance, difference, _NOISE_VARIANCE)
    distance = dot(axis, difference) + np.float32(1e-6)  # squared Mahalanobis distance
    # Scale it so that it runs from 0 at the background's mean to 1 at the subject's.
    slope = [plane / distance for plane in axis]
    # Trust it less where samples of either layer are far away.
    support = np.minimum(subject.support, background.support)
    precision = distance * support / (support + np.float32(_DISTANT_SUPPORT))
    return *slope, -dot(slope, background.mean), precision, _brightness_share(subject, background)


def _brightness_share(subject: _LayerColors, background: _LayerColors) -> Plane:
    """The background's share of the brightness of both layers; a half where both are black."""
    other, own = (np.maximum(sum(layer.mean), np.float32(1e-3)) for layer in (subject, background))
    share: Plane = own / (own + other)
    return share


def _to_linear_light(place: Plane, share: Plane) -> Plane:
    """Alpha in linear light of a place on the way from the background's encoded colour to the subject's.

    Light mixes in the lens, before it is encoded. Under a gamma of 2 the place t between encoded brightnesses b and f
    is that of alpha = ((b + t (f − b))² − b²) / (f² − b²) = 2ρt + (1 − 2ρ)t², where the share ρ is b / (b + f).
    """
    return place * (2.0 * share + (1.0 - 2.0 * share) * place)


def _layer_colors(colors: Sequence[Plane], membership: Plane, half: tuple[int, int]) -> _LayerColors:
    """Weighted mean and covariance of a layer's colours around every pixel."""
    weighted = [membership * color for color in colors]
    support = _pyramid_sum(resize(membership, *half)) + np.float32(1e-9)
    mean = tuple(_pyramid_sum(resize(plane, *half)) / support for plane in weighted)
    moments = (_pyramid_sum(resize(weighted[i] * colors[j], *half)) / support for i, j in COLOR_PAIRS)
    covariance = tuple(moment - mean[i] * mean[j] for moment, (i, j) in zip(moments, COLOR_PAIRS, strict=True))
    return _LayerColors(support, mean, covariance)


def _pyramid_sum(plane: Plane) -> Plane:
    """Multi-scale box filter: sums over windows of all sizes, weighted by nearness.

    Where a small window holds no sample, the next larger one decides, as in the pull and push of Gortler et al. 1996
    (doi:10.1145/237170.237200).
    """
    near = box_mean(plane, _WINDOW_RADIUS_PX)
    if min(plane.shape) <= 4 * _WINDOW_RADIUS_PX:
        return near
    return near + np.float32(_COARSER_WEIGHT) * resize(_pyramid_sum(resize(plane, *_half_shape(plane))), *plane.shape)


def _half_shape(plane: Plane) -> tuple[int, int]:
    return (plane.shape[0] + 1) // 2, (plane.shape[1] + 1) // 2
