"""Processor time of live frames by stage, beside the simple recipe on the same frames in the same run."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.simple_recipe import SimpleRecipe
from portrait.capture.synthetic import SyntheticSource
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.live import LiveProcessor
from portrait.live.sources import load_sample_person

LIVE_SIZES: Mapping[str, tuple[int, int]] = {"720p": (720, 1280), "1080p": (1080, 1920), "4K": (2160, 3840)}
"""Height and width by name."""

FRAMES_PER_ROUND = 30
"""One second; long enough for every kind of frame that a round has: the whole look and those between."""

DECODE, MATTE, RENDER, NETWORK, BLEND = "decode", "matte", "render", "network and mask", "blur and blend"

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Processor time a frame by stage, in ms, on all threads together: means over a round, medians over the rounds.

    Attributes
    ----------
    stages_ms
        By name. ``decode`` is that of a camera's JPEG, which every live program has to do.
    total_ms
        Of all stages but ``decode``: the median of the rounds' sums.
    """

    stages_ms: Mapping[str, float]
    total_ms: float

    @property
    def total_with_decode_ms(self) -> float:
        """Of all stages."""
        return self.total_ms + self.stages_ms.get(DECODE, 0.0)


@dataclass(frozen=True, slots=True)
class LiveSpeed:
    """Processor times of the app and of the simple recipe; None without a recipe.

    Attributes
    ----------
    own, recipe
        Of each.
    ratio, ratio_with_decode
        The app's time over the recipe's: medians of the rounds' ratios, so that a machine that grows busy counts for
        both.
    """

    own: CpuTimes
    recipe: CpuTimes | None = None
    ratio: float | None = None
    ratio_with_decode: float | None = None


def draw_clip(height: int, width: int, frames: int | None = None) -> tuple[NDArray[np.uint8], ...]:
    """A photographed person who sways before a drawn room, as a camera sends it: JPEG files of 30 frames a second."""
    source = SyntheticSource(width, height, person=load_sample_person(), paced=False)
    return tuple(_encode(source.draw(index)[0]) for index in range(frames or FRAMES_PER_ROUND))


def decode(encoded: NDArray[np.uint8]) -> RgbImage:
    """Decode a JPEG file: uint8 (H, W, 3) RGB."""
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError("not an image")
    return np.asarray(image, np.uint8)


def measure_live(
    engine: PortraitEngine,
    clip: Sequence[NDArray[np.uint8]],
    rounds: int,
    recipe: SimpleRecipe | None = None,
    clock: Clock = time.process_time,
) -> LiveSpeed:
    """Show a clip ``rounds`` times, after once that does not count; the recipe follows at once on every frame.

    Parameters
    ----------
    engine
        Engine to measure, with the default look.
    clip
        As of `draw_clip`.
    rounds
        Of the whole clip.
    recipe
        The baseline.
    clock
        Seconds of processor time of this process, which must be doing nothing else.

    Raises
    ------
    ValueError
        Fewer than one round, or no frame.
    """
    if rounds < 1 or not clip:
        raise ValueError(f"rounds and frames must be 1 or more, got {rounds} and {len(clip)}")
    processor = LiveProcessor(engine, BlurOptions())
    own: list[Mapping[str, float]] = []
    other: list[Mapping[str, float]] = []
    for _ in range(rounds + 1):
        frames = [_measure_frame(processor, recipe, frame, clock) for frame in clip]
        own.append(_mean([ours for ours, _ in frames]))
        other.append(_mean([theirs for _, theirs in frames]))
    times = _to_cpu_times(own[1:])
    if recipe is None:
        return LiveSpeed(times)
    ratios = [_total(ours) / max(1e-9, _total(theirs)) for ours, theirs in zip(own[1:], other[1:], strict=True)]
    decoded = [_sum(ours) / max(1e-9, _sum(theirs)) for ours, theirs in zip(own[1:], other[1:], strict=True)]
    return LiveSpeed(times, _to_cpu_times(other[1:]), median(ratios), median(decoded))


def _measure_frame(
    processor: LiveProcessor, recipe: SimpleRecipe | None, encoded: NDArray[np.uint8], clock: Clock
) -> tuple[dict[str, float], dict[str, float]]:
    """Processor time in ms of each stage of a frame, the app's and the recipe's."""
    begun_s = clock()
    image = decode(encoded)
    decoded_s = clock()
    masked = processor.find_matte(image)
    matte_s = clock()
    processor.render(masked)
    rendered_s = clock()
    decode_ms = 1e3 * (decoded_s - begun_s)
    own = {DECODE: decode_ms, MATTE: 1e3 * (matte_s - decoded_s), RENDER: 1e3 * (rendered_s - matte_s)}
    if recipe is None:
        return own, {}
    mask = recipe.find_mask(image)
    mask_s = clock()
    recipe.render(image, mask)
    blended_s = clock()
    return own, {DECODE: decode_ms, NETWORK: 1e3 * (mask_s - rendered_s), BLEND: 1e3 * (blended_s - mask_s)}


def _mean(frames: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {stage: fmean(frame[stage] for frame in frames) for stage in frames[0]}


def _sum(stages: Mapping[str, float]) -> float:
    return sum(stages.values())


def _total(stages: Mapping[str, float]) -> float:
    """Of all stages but decoding."""
    return _sum(stages) - stages[DECODE]


def _to_cpu_times(rounds: Sequence[Mapping[str, float]]) -> CpuTimes:
    stages_ms = {stage: median(one[stage] for one in rounds) for stage in rounds[0]}
    return CpuTimes(stages_ms, median(map(_total, rounds)))


def _encode(image: RgbImage) -> NDArray[np.uint8]:
    is_encoded, encoded = cv2.imencode(".jpg", image[..., ::-1])
    if not is_encoded:
        raise ValueError("a frame cannot be encoded")
    return np.asarray(encoded, np.uint8)
