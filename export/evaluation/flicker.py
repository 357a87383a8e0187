"""How much a model's alpha changes when nothing calls for it: in clips, and in a still picture under sensor noise."""

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from export.data.degrade import expose
from export.errors import DataError
from export.evaluation.matte_paths import FindAlpha, enlarge
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.temporal import TemporalSmoother
from portrait.core.metrics.matte_metrics import flicker, warped_flicker
from portrait.core.metrics.optical_flow import find_consistent, find_flow

NOISE_DRAWS = 4
NOISE_EXPOSURE = 0.25
NOISE_FULL_WELL = 8000.0
"""A webcam in a room in the evening: about three grey levels of noise in the middle tones."""


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """One model on one clip; None where no pixel of any frame was explained.

    Attributes
    ----------
    name, frames
        Of the clip.
    flicker
        Mean |Δalpha| from frame to frame, outside unexplained motion, after warping by optical flow.
    smoothed_flicker
        The same behind the app's temporal smoothing.
    explained_fraction
        Mean share of the frame over which that was measured.
    """

    name: str
    frames: int
    flicker: float | None
    smoothed_flicker: float | None
    explained_fraction: float


def measure_clip(
    name: str, frames: Iterable[RgbImage], finders: Sequence[FindAlpha], executor: Executor
) -> list[ClipFigures]:
    """Figures of each finder on one clip.

    Parameters
    ----------
    frames
        Two or more uint8 (H, W, 3) of one size, large enough for `find_flow`, in the order of time.

    Raises
    ------
    DataError
        Fewer frames than two.
    """
    steps, explained_fractions = [], []
    for (before, old), (after, new) in pairwise(_find_alphas(frames, finders, executor)):
        flow = find_flow(after, before)
        consistent = find_consistent(after, before, flow)
        steps.append([warped_flicker(*alphas, flow, consistent) for alphas in zip(old, new, strict=True)])
        explained_fractions.append(float(consistent.mean()))
    if not steps:
        raise DataError(f"{name} has fewer than two frames", "give a clip of two frames or more")
    means = [_mean_known(of_alpha) for of_alpha in zip(*steps, strict=True)]
    known = float(np.mean(explained_fractions))
    return [ClipFigures(name, len(steps) + 1, *pair, known) for pair in zip(means[::2], means[1::2], strict=True)]


def _find_alphas(
    frames: Iterable[RgbImage], finders: Sequence[FindAlpha], executor: Executor
) -> Iterator[tuple[RgbImage, list[AlphaMatte]]]:
    """Each frame with two alphas a finder: as found, and smoothed."""
    smoothers = [TemporalSmoother() for _ in finders]
    for frame in frames:
        found = executor.map(partial(_find_one, frame), finders)
        pairs = [(alpha, smoother.smooth(frame, alpha)) for alpha, smoother in zip(found, smoothers, strict=True)]
        yield frame, [alpha for pair in pairs for alpha in pair]


def _find_one(image: RgbImage, find_alpha: FindAlpha) -> AlphaMatte:
    return enlarge(find_alpha(image), image.shape)


def _mean_known(values: Sequence[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else None


def noise_flicker(image: RgbImage, finders: Sequence[FindAlpha], seed: int) -> list[float]:
    """Mean |Δalpha| of each finder between takes of a still picture that differ in their sensor noise only.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    seed
        Of the noise: the same one gives the same takes.
    """
    rng = np.random.default_rng(seed)
    takes = [
        expose(image, rng, NOISE_EXPOSURE, full_well=NOISE_FULL_WELL, gain=1.0 / NOISE_EXPOSURE)
        for _ in range(NOISE_DRAWS)
    ]
    return [flicker([_find_one(take, find_alpha) for take in takes]) for find_alpha in finders]
