"""From a network's output to the alpha of the full-resolution picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, require_rgb
from portrait.core.model_spec import ModelSpec
from portrait.core.resample import enlarge_rows, resize, shrink_to_long_side, strips

Probability = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RefineOptions:
    """How an edge-aware refinement works.

    Attributes
    ----------
    guide_long_side_px
        Size at which the filter's coefficients are found; they are applied at full resolution.
    radius_fraction
        Window radius as a share of the guide's long side, for a subject that fills the picture; less for a smaller one.
    epsilon
        Variance of the guide (0 … 1 scale) below which a window counts as flat.
    """

    guide_long_side_px: int = 256
    radius_fraction: float = 0.018
    epsilon: float = 2e-4


FAST = RefineOptions()
FINE = RefineOptions(guide_long_side_px=512)

_PORTRAIT_SIDE = 0.5
"""Side of the square that a portrait's subject covers, as a share of the picture's."""

_CERTAIN = 0.04
"""Probabilities this close to 0 or 1 are taken as they are where no uncertain pixel is near."""


def to_probability(network_output: NDArray[np.float32], spec: ModelSpec) -> Probability:
    """The person's probability from one picture's output.

    Parameters
    ----------
    network_output
        float32 (C, h, w): probability of the person (C = 1) or one logit per class.

    Returns
    -------
    float32 (h, w), 0 … 1.
    """
    if spec.output_kind == "person_probability":
        return np.asarray(np.clip(network_output[spec.person_class_index], 0.0, 1.0), dtype=np.float32)
    shifted = np.exp(network_output - network_output.max(axis=0, keepdims=True))
    probability: Probability = shifted[spec.person_class_index] / shifted.sum(axis=0)
    return probability


def refine(probability: Probability, image: RgbImage, options: RefineOptions = FAST) -> AlphaMatte:
    """Enlarge a probability to the picture's size so that its edges follow the picture's.

    Guided filter with a colour guide (He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213): in every window alpha is an
    affine function of the colour. Its coefficients are found on a small guide and enlarged (He & Sun 2015, arXiv
    1505.00996). Far from any uncertain pixel the probability itself is kept, so texture inside the subject cannot show
    through.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1, covering the whole picture at any resolution.
    image
        uint8 (H, W, 3).

    Returns
    -------
    float32 (H, W), 0 … 1.
    """
    require_rgb(image)
    height, width = image.shape[:2]
    guide = shrink_to_long_side(image, options.guide_long_side_px).astype(np.float32) / 255.0
    coarse = np.clip(resize(probability, *guide.shape[:2]), 0.0, 1.0).astype(np.float32)
    radius_px = max(1, round(options.radius_fraction * max(guide.shape[:2]) * _subject_scale(coarse)))
    coefficients = guided_coefficients(guide, coarse, radius_px, options.epsilon)
    coefficients = _solidify(_keep_certain(coefficients, coarse, 2 * radius_px))
    alpha = np.empty((height, width), np.float32)
    for rows in strips(height, width):
        _apply_coefficients(coefficients, image[rows], rows, height, alpha[rows])
    return alpha


def _subject_scale(probability: Probability) -> float:
    """1 for a portrait, down to a quarter for small people, whose limbs a wide window would swallow."""
    return float(np.clip(np.sqrt(probability.mean()) / _PORTRAIT_SIDE, 0.25, 1.0))


def guided_coefficients(
    guide: NDArray[np.float32], target: NDArray[np.float32], radius_px: int, epsilon: float
) -> NDArray[np.float32]:
    """Coefficients (a_r, a_g, a_b, b), float32 (h, w, 4), with alpha = a · rgb + b, rgb in 0 … 1."""
    mean_guide, mean_target = _box(guide, radius_px), _box(target, radius_px)
    covariance = _box(guide * target[..., None], radius_px) - mean_guide * mean_target[..., None]
    slope = _solve_symmetric(_variance(guide, mean_guide, radius_px), covariance, epsilon)
    offset = mean_target - (slope * mean_guide).sum(axis=2)
    return _box(np.dstack([slope, offset]), radius_px)


def _box(array: cv2.typing.MatLike, radius_px: int) -> NDArray[np.float32]:
    size = 2 * radius_px + 1
    return np.asarray(cv2.blur(array, (size, size), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def _variance(guide: NDArray[np.float32], mean: NDArray[np.float32], radius_px: int) -> list[NDArray[np.float32]]:
    """The six distinct entries rr, gg, bb, rg, rb, gb of the windows' colour covariance, each (h, w)."""
    channels, means = cv2.split(guide), cv2.split(mean)
    entries = []
    for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)):
        second_moment = _box(cv2.multiply(channels[i], channels[j]), radius_px)
        entries.append(second_moment - cv2.multiply(means[i], means[j]))
    return entries


def _solve_symmetric(
    matrix: list[NDArray[np.float32]], right: NDArray[np.float32], epsilon: float
) -> NDArray[np.float32]:
    """Solve (matrix + epsilon) x = right, 3×3, in every pixel by the adjugate; epsilon keeps it solvable."""
    rr, gg, bb = (diagonal + np.float32(epsilon) for diagonal in matrix[:3])
    rg, rb, gb = matrix[3:]
    r, g, b = cv2.split(right)
    inv_rr, inv_gg, inv_bb = gg * bb - gb * gb, rr * bb - rb * rb, rr * gg - rg * rg
    inv_rg, inv_rb, inv_gb = rb * gb - rg * bb, rg * gb - rb * gg, rb * rg - rr * gb
    scale = 1.0 / (rr * inv_rr + rg * inv_rg + rb * inv_rb)
    solution = (
        (inv_rr * r + inv_rg * g + inv_rb * b) * scale,
        (inv_rg * r + inv_gg * g + inv_gb * b) * scale,
        (inv_rb * r + inv_gb * g + inv_bb * b) * scale,
    )
    return np.asarray(cv2.merge(solution), dtype=np.float32)


def _keep_certain(coefficients: NDArray[np.float32], probability: Probability, reach_px: int) -> NDArray[np.float32]:
    """Fade from the filter to the plain probability away from uncertain pixels."""
    is_uncertain = ((probability > _CERTAIN) & (probability < 1.0 - _CERTAIN)).astype(np.float32)
    size = 2 * reach_px + 1
    near = _box(cv2.dilate(is_uncertain, np.ones((size, size), np.uint8)), max(1, reach_px // 2))
    kept = coefficients * near[..., None]
    kept[..., 3] += probability * (1.0 - near)
    return kept


def _solidify(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch alpha so that nearly certain pixels become certain: no half-blurred face, no veil over the background."""
    stretched = coefficients / np.float32(1.0 - 2.0 * _CERTAIN)
    stretched[..., 3] -= np.float32(_CERTAIN / (1.0 - 2.0 * _CERTAIN))
    return stretched


def _apply_coefficients(
    coefficients: NDArray[np.float32], image_rows: RgbImage, rows: slice, height: int, out: AlphaMatte
) -> None:
    enlarged = enlarge_rows(coefficients, rows, height, image_rows.shape[1])
    opaque = cv2.cvtColor(image_rows, cv2.COLOR_RGB2RGBA)  # its fourth channel, 255, carries the offset
    product = cv2.multiply(enlarged, opaque, scale=1.0 / 255.0, dtype=cv2.CV_32F)
    np.clip(cv2.transform(product, np.ones((1, 4), np.float32)), 0.0, 1.0, out=out)
