"""Temporal stability: unwarranted change of alpha between frames of a clip, and under new sensor noise."""

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from export.data.degrade import expose
from export.errors import DataError
from export.evaluation.matte_paths import FindAlpha, resize_alpha
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.temporal import TemporalSmoother
from portrait.core.metrics.matte_metrics import flicker, warped_flicker
from portrait.core.optical_flow import find_consistent, find_flow

NOISE_DRAWS = 4
NOISE_EXPOSURE = 0.25
NOISE_FULL_WELL = 8000.0
"""Exposure and full well of a webcam in a room in the evening: about three grey levels of noise in the mid-tones."""


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """Figures of one model on one clip; None where optical flow was consistent at no pixel of any frame.

    Attributes
    ----------
    name, frames
        Name of the clip and its number of frames.
    flicker
        Mean |Δalpha| between consecutive frames after warping by optical flow, over pixels of consistent flow.
    smoothed_flicker
        The same for alpha after the app's temporal smoothing.
    explained_fraction
        Mean share of the frame in which the flow was consistent.
    """

    name: str
    frames: int
    flicker: float | None
    smoothed_flicker: float | None
    explained_fraction: float


def measure_clip(
    name: str, frames: Iterable[RgbImage], finders: Sequence[FindAlpha], executor: Executor
) -> list[ClipFigures]:
    """Warped flicker of each finder on one clip, without and with temporal smoothing.

    Parameters
    ----------
    frames
        Two or more uint8 (H, W, 3) of one size, large enough for `find_flow`, in the order of time.

    Raises
    ------
    DataError
        Fewer frames than two.
    """
    # Warp each alpha to the next frame and compare; ``alphas`` are two a finder, as found and smoothed.
    steps, explained_fractions = [], []
    for (before, old), (after, new) in pairwise(_find_alphas(frames, finders, executor)):
        flow = find_flow(after, before)
        consistent = find_consistent(after, before, flow)
        steps.append([warped_flicker(*alphas, flow, consistent) for alphas in zip(old, new, strict=True)])
        explained_fractions.append(float(consistent.mean()))
    if not steps:
        raise DataError(f"{name} has fewer than two frames", "give a clip of two frames or more")
    # Average over the clip and pair the two figures of each finder.
    means = [_mean_known(of_alpha) for of_alpha in zip(*steps, strict=True)]
    explained = float(np.mean(explained_fractions))
    return [ClipFigures(name, len(steps) + 1, *pair, explained) for pair in zip(means[::2], means[1::2], strict=True)]


def _find_alphas(
    frames: Iterable[RgbImage], finders: Sequence[FindAlpha], executor: Executor
) -> Iterator[tuple[RgbImage, list[AlphaMatte]]]:
    """Each frame with two alphas for each finder: as found, and after temporal smoothing."""
    smoothers = [TemporalSmoother() for _ in finders]
    for frame in frames:
        found = executor.map(partial(_find_one, frame), finders)
        pairs = [(alpha, smoother.smooth(frame, alpha)) for alpha, smoother in zip(found, smoothers, strict=True)]
        yield frame, [alpha for pair in pairs for alpha in pair]


def _find_one(image: RgbImage, find_alpha: FindAlpha) -> AlphaMatte:
    return resize_alpha(find_alpha(image), image.shape)


def _mean_known(values: Sequence[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else None


def noise_flicker(image: RgbImage, finders: Sequence[FindAlpha], seed: int) -> list[float]:
    """Flicker under sensor noise: mean |Δalpha| of each finder between noisy copies of a still image.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    seed
        Seed of the noise.
    """
    rng = np.random.default_rng(seed)
    copies = [
        expose(image, rng, NOISE_EXPOSURE, full_well=NOISE_FULL_WELL, gain=1.0 / NOISE_EXPOSURE)
        for _ in range(NOISE_DRAWS)
    ]
    return [flicker([_find_one(copy, find_alpha) for copy in copies]) for find_alpha in finders]
