"""What a frame's portrait depends on: the frames around it, and nothing beyond a cut."""

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait.capture.timed_video import TimedVideo
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.label_map import LabelMap
from portrait.core.model_spec import ModelSpec
from portrait.core.render.look import Backdrop, Background, Look, MatchOrOff
from portrait.core.render.picture_backdrop import matching_gain
from portrait.core.resize import resize
from portrait.engine import FrameMemory, PortraitEngine, Quality
from portrait.photo.report import StageTimes
from portrait.video.rendering import OPINION_FRAMES, FrameRenderer, PortraitFrame

LOOK = Look(BlurOptions(f_number=2.0), grain="off", ground="off")


class ScriptedEngine:
    """Finds in frame N the matte N of a list, and renders the matte and the focus distance instead of a portrait."""

    def __init__(self, mattes: list[AlphaMatte]) -> None:
        self._mattes = iter(mattes)
        self.distances_m: list[float | None] = []
        self.gains: list[tuple[float, float, float] | None] = []

    def find_matte(self, image: RgbImage, quality: Quality, frames: FrameMemory) -> AlphaMatte:
        return next(self._mattes)

    def render(self, image: RgbImage, matte: AlphaMatte, look: Look) -> RgbImage:
        self.distances_m.append(look.blur.lens.focus_distance_m)
        self.gains.append(look.background.gain)
        return np.repeat(np.rint(255.0 * matte).astype(np.uint8)[..., None], 3, 2)


def subject(width: int) -> AlphaMatte:
    """A block in the middle: float32 (48, 64)."""
    matte = np.zeros((48, 64), np.float32)
    matte[12:, 32 - width // 2 : 32 + width // 2] = 1.0
    return matte


def render(
    engine: Any, path: Path, first: int = 0, look: Look = LOOK, quality: Quality = "fast"
) -> list[PortraitFrame]:
    with closing(TimedVideo(path)) as video:
        return list(FrameRenderer(engine, look, quality, StageTimes()).render(video, first))


@pytest.fixture
def write_levels(make_clip: Callable[..., Path]) -> Callable[[list[int]], Path]:
    """Write frames of one grey level each."""

    def write(levels: list[int]) -> Path:
        values = iter(levels)

        def paint(stream: Any, frame: Any) -> None:
            for plane, level in zip(frame.planes, (next(values), 128, 128), strict=True):
                plane.update(bytes([level]) * plane.buffer_size)

        return make_clip("levels.mkv", pts=[3600 * n for n in range(len(levels))], sound=None, prepare=paint)

    return write


def test_the_focus_is_steady_within_a_scene_and_new_behind_a_cut(write_levels: Callable[[list[int]], Path]) -> None:
    engine = ScriptedEngine([subject(width) for width in (28, 32, 28, 32, 28, 32, 8, 8, 8, 8)])
    render(engine, write_levels([40] * 6 + [200] * 4))
    near, far = engine.distances_m[:6], engine.distances_m[6:]
    assert max(near) / min(near) < 1.08  # type: ignore[type-var, operator]
    assert max(far) == pytest.approx(min(far))  # type: ignore[type-var]
    assert min(far) > 1.5 * max(near)  # type: ignore[type-var, operator]


@pytest.mark.parametrize("light", ["match", "off"])
def test_the_light_of_another_background_is_steady_within_a_scene(
    write_levels: Callable[[list[int]], Path], light: MatchOrOff
) -> None:
    engine, picture = ScriptedEngine([subject(20)] * 10), np.full((30, 40, 3), 120, np.uint8)
    background = Background("image", picture=picture, backdrop=Backdrop(light=light, scale=2.0))
    clip = write_levels([80, 86, 80, 86, 80, 86] + [170] * 4)  # a lamp that flickers, and a cut
    render(engine, clip, look=replace(LOOK, background=background))
    if light == "off":
        assert engine.gains == [None] * 10
        return
    gains = np.array(engine.gains)
    np.testing.assert_allclose(gains[2:6], gains[2:6].mean(), rtol=0.04)
    assert gains[6:].min() > 1.5 * gains[:6].max()
    one = matching_gain(np.full((48, 64, 3), 80, np.uint8), subject(20), picture)
    np.testing.assert_allclose(gains[0], one, rtol=0.1)


def test_a_matte_that_is_lost_for_a_frame_is_filled_where_nothing_moves(
    write_levels: Callable[[list[int]], Path],
) -> None:
    mattes = [subject(20)] * 9
    mattes[4] = np.zeros((48, 64), np.float32)
    frames = render(ScriptedEngine(mattes), write_levels([90] * 9))
    assert all(frame.has_subject for frame in frames)
    assert frames[4].image[40, 30].min() > 200


def test_a_matte_that_is_lost_at_a_cut_is_not_that_of_the_scene_before(
    write_levels: Callable[[list[int]], Path],
) -> None:
    frames = render(ScriptedEngine([subject(20)] * 4 + [subject(0)] * 4), write_levels([40] * 4 + [200] * 4))
    assert [frame.has_subject for frame in frames] == [True] * 4 + [False] * 4
    assert max(frame.image.max() for frame in frames[4:]) == 0


def test_a_beginning_in_the_middle_gives_the_same_frames(
    engine: PortraitEngine, make_clip: Callable[..., Path]
) -> None:
    path = make_clip(pts=tuple(3600 * number for number in range(24)), sound=None)
    whole = render(engine, path)
    for first in (3, 21):
        part = render(engine, path, first)
        assert [frame.time for frame in part] == [frame.time for frame in whole[first:]]
        for found, wanted in zip(part, whole[first:], strict=True):
            np.testing.assert_array_equal(found.image, wanted.image)


class GrowingSegmenter:
    """Sees a subject that is the wider the brighter the frame is."""

    def __init__(self) -> None:
        self.spec = ModelSpec("growing", 48, 64)

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> AlphaMatte:
        return resize(subject(int(image.mean()) // 4), *(input_size or (48, 64)))


class DogSegmenter:
    """Calls the whole frame a dog by its level, and counts how often it is asked."""

    def __init__(self) -> None:
        self.spec = ModelSpec(
            "dog", 48, 64, class_names=("background", "dog", "person"), person_class_index=2, output_kind="class_logits"
        )
        self.asked = 0

    def find_labels(self, image: RgbImage) -> LabelMap:
        self.asked += 1
        return np.full(image.shape[:2], int(image.mean()) // 4 % 2, np.uint8)


class MattesShown(PortraitEngine):
    """The real engine, which renders the matte instead of a portrait."""

    def render(self, image: RgbImage, matte: AlphaMatte, look: Look) -> RgbImage:  # type: ignore[override]
        focus_m = look.blur.lens.focus_distance_m or 0.0
        return np.repeat(np.rint(255.0 * matte + 10.0 * focus_m).astype(np.uint8)[..., None], 3, 2)


def test_the_second_opinion_is_carried_alike_from_every_beginning(
    write_levels: Callable[[list[int]], Path],
) -> None:
    path, second = write_levels([80 + number for number in range(36)]), DogSegmenter()
    engine = MattesShown(GrowingSegmenter(), second_opinion=second)  # type: ignore[arg-type]
    whole = render(engine, path, quality="fine")
    assert second.asked == math.ceil(36 / OPINION_FRAMES)
    assert {frame.has_subject for frame in whole} == {True, False}
    for first in (13, 27):
        part = render(engine, path, first, quality="fine")
        for found, wanted in zip(part, whole[first:], strict=True):
            np.testing.assert_array_equal(found.image, wanted.image)
