"""Portraits of the frames of a video: matte, two-way temporal smoothing of matte and focus, rendering."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from portrait.capture.timed_video import FrameTime, TimedVideo
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.lens.subject_distance import subject_distance_m
from portrait.core.matting.subject import has_person
from portrait.core.matting.two_way_smoothing import REACH_FRAMES, TwoWaySmoother
from portrait.core.render.look import Look
from portrait.core.render.picture_backdrop import matching_gain
from portrait.core.render.prepared_picture import fit_background
from portrait.engine import FrameMemory, PortraitEngine, Quality
from portrait.live.processor import COVER_RADIUS_FRACTION
from portrait.photo.report import StageTimes

CONTEXT_FRAMES = 16
"""Frames before a frame that have a part in its portrait: through the focus distance, and through its alpha."""

OPINION_FRAMES = 8
"""The second opinion of ``fine`` is carried over so many frames at most; frames whose number this divides are asked."""


_Gain: TypeAlias = tuple[float, float, float]

_Measured: TypeAlias = tuple[int, float | None, _Gain | None]
"""Number of a scene; of a frame of it the distance to focus at, and the gain that gives a picture behind it its light.
"""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitFrame:
    """A finished frame and what it was made of, uint8 (H, W, 3).

    ``has_subject``: a person was found in it or, where nothing moves, around it.
    """

    time: FrameTime
    original: RgbImage
    image: RgbImage
    has_subject: bool


@dataclass(frozen=True, slots=True, eq=False)
class _MattedFrame:
    """A frame with a matte: the network's, later the smoothed one; what is measured in it; its scene's number."""

    time: FrameTime
    image: RgbImage
    matte: AlphaMatte
    distance_m: float | None
    gain: _Gain | None = None
    scene: int = 0


class FrameRenderer:
    """Makes the portraits of a video's frames.

    A frame's portrait depends on its look-ahead of `REACH_FRAMES` and on `CONTEXT_FRAMES` before it, and on nothing
    else: a conversion may begin at any frame, with the same result.

    Parameters
    ----------
    engine
        May be shared.
    look
        Any but the transparent background.
    quality
        Quality of the matte.
    times
        Takes the stages ``matte``, ``smooth`` and ``render``, summed over the frames.
    """

    def __init__(self, engine: PortraitEngine, look: Look, quality: Quality, times: StageTimes) -> None:
        self._engine = engine
        self._look = look
        self._quality: Quality = quality
        self._times = times

    def render(self, video: TimedVideo, first: int) -> Iterator[PortraitFrame]:
        """Yield the portraits of all frames from number ``first`` on; those before are decoded, no more than needed."""
        for frame in self._smooth(self._find_mattes(video, first - CONTEXT_FRAMES)):
            if frame.time.index >= first:
                yield self._render(frame)

    def render_image(self, image: RgbImage, matte: AlphaMatte) -> RgbImage:
        """The portrait of one frame alone, uint8 (H, W, 3), by its matte; an empty one blurs the frame whole."""
        distance_m = subject_distance_m(matte, self._look.blur.lens.focal_length_mm)
        return self._composite(image, matte, distance_m, self._measure_gain(image, matte), bool(matte.any()))

    def _find_mattes(self, video: TimedVideo, first: int) -> Iterator[_MattedFrame]:
        focal_length_mm, memory = self._look.blur.lens.focal_length_mm, FrameMemory()
        begin = max(0, first) // OPINION_FRAMES * OPINION_FRAMES  # so that the opinion is that of the whole video
        for source in video.frames():
            if source.time.index < begin:
                continue
            if source.time.index % OPINION_FRAMES == 0:
                memory = FrameMemory()
            image = video.to_rgb(source)
            with self._times.adding("matte"):
                matte = self._engine.find_matte(image, self._quality, memory)
                if not has_person(matte):
                    matte = np.zeros(image.shape[:2], np.float32)
                distance_m = subject_distance_m(matte, focal_length_mm)
                gain = self._measure_gain(image, matte)
            yield _MattedFrame(source.time, image, matte, distance_m, gain)

    def _measure_gain(self, image: RgbImage, matte: AlphaMatte) -> _Gain | None:
        """The gain that gives the picture behind the subject the light of a frame; None where that is not wanted."""
        self._look = replace(self._look, background=fit_background(self._look.background, *matte.shape))
        picture = self._look.background.picture
        if picture is None or self._look.background.backdrop.light == "off":
            return None
        red, green, blue = matching_gain(image, matte, picture).tolist()
        return red, green, blue

    def _smooth(self, frames: Iterable[_MattedFrame]) -> Iterator[_MattedFrame]:
        """Smooth mattes, distances and light; a frame comes out when those of its look-ahead have come in."""
        smoother, waiting, scene = TwoWaySmoother(REACH_FRAMES), deque[_MattedFrame](), 0
        around = deque[_Measured](maxlen=CONTEXT_FRAMES + 1)
        for frame in frames:
            with self._times.adding("smooth"):
                matte = smoother.feed(frame.image, frame.matte)
            scene += smoother.is_after_cut
            waiting.append(replace(frame, scene=scene))
            around.append((scene, frame.distance_m, frame.gain))
            if matte is not None:
                yield _settle(waiting.popleft(), matte, around)
        for matte in smoother.flush():
            yield _settle(waiting.popleft(), matte, around)

    def _render(self, frame: _MattedFrame) -> PortraitFrame:
        with self._times.adding("render"):
            has_subject = has_person(frame.matte)
            matte = frame.matte if has_subject else np.zeros_like(frame.matte)
            image = self._composite(frame.image, matte, frame.distance_m, frame.gain, has_subject)
            return PortraitFrame(frame.time, frame.image, image, has_subject)

    def _composite(
        self, image: RgbImage, matte: AlphaMatte, distance_m: float | None, gain: _Gain | None, has_subject: bool
    ) -> RgbImage:
        blur = self._look.blur.focused_at(distance_m)
        background = replace(self._look.background, gain=gain)
        look = replace(self._look, blur=blur if has_subject else _hide_room(blur, image), background=background)
        return self._engine.render(image, matte, look)


def _settle(frame: _MattedFrame, matte: AlphaMatte, around: Iterable[_Measured]) -> _MattedFrame:
    """A frame with the smoothed matte, and with the mean distance and light of the frames of its scene.

    The means are geometric: nearer and farther by one factor count alike, as they do for the blur.
    """
    own = [(distance_m, gain) for scene, distance_m, gain in around if scene == frame.scene]
    distances = [[distance_m] for distance_m, _ in own if distance_m is not None]
    gains = [gain for _, gain in own if gain is not None]
    distance_m = _geometric_mean(distances)[0] if distances else None
    red, green, blue = _geometric_mean(gains) if gains else (1.0, 1.0, 1.0)
    return replace(frame, matte=matte, distance_m=distance_m, gain=(red, green, blue) if gains else None)


def _geometric_mean(rows: Sequence[Sequence[float]]) -> list[float]:
    """Of each column."""
    return [math.exp(sum(map(math.log, column)) / len(rows)) for column in zip(*rows, strict=True)]


def _hide_room(blur: BlurOptions, image: RgbImage) -> BlurOptions:
    """A blur that leaves nothing of the room to be read, for frames in which nobody was found."""
    height, width = image.shape[:2]
    chosen = radius_px_to_fraction(blur.blur_radius_px(height, width), height, width)
    return replace(blur, blur_radius_fraction=max(chosen, COVER_RADIUS_FRACTION))
