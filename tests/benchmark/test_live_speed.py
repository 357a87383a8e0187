"""Processor time of live frames by a clock that is set by hand, and one real session on a small clip."""

import numpy as np
import pytest

from portrait.benchmark import live_latency
from portrait.benchmark.live_latency import ClipSource, find_peak_memory_mb, run_session
from portrait.benchmark.live_speed import BLEND, DECODE, MATTE, NETWORK, RENDER, decode, draw_clip, measure_live
from portrait.benchmark.simple_recipe import SimpleRecipe
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError

HEIGHT, WIDTH = 72, 128


@pytest.fixture(scope="module")
def clip():
    return draw_clip(HEIGHT, WIDTH, 3)


class Clock:
    """Seconds that pass with every look, the more the later the stage: 0 before, 1 decode, 2 matte, 3 render …"""

    def __init__(self, looks: int, factors: list[float]) -> None:
        self.now_s, self.looks, self.count = 0.0, looks, 0
        self.factors = factors  # one a frame

    def __call__(self) -> float:
        frame, stage = divmod(self.count, self.looks)
        self.now_s += self.factors[frame] * stage
        self.count += 1
        return self.now_s


def test_stages_are_means_of_a_round_and_medians_of_the_rounds(engine: PortraitEngine, ellipse_segmenter, clip) -> None:
    # Two frames a round: the first round does not count, the others take 2, 4 and 9 ms on average for a unit.
    factors = [0.5, 0.5, 0.001, 0.003, 0.004, 0.004, 0.008, 0.010]
    found = measure_live(engine, clip[:2], 3, SimpleRecipe(ellipse_segmenter), Clock(6, factors))
    assert found.own.stages_ms == pytest.approx({DECODE: 4.0, MATTE: 8.0, RENDER: 12.0})
    assert found.own.total_ms == pytest.approx(20.0)
    assert found.own.total_with_decode_ms == pytest.approx(24.0)
    assert found.recipe is not None
    assert found.recipe.stages_ms == pytest.approx({DECODE: 4.0, NETWORK: 16.0, BLEND: 20.0})
    assert found.ratio == pytest.approx(20.0 / 36.0)
    assert found.ratio_with_decode == pytest.approx(24.0 / 40.0)


def test_without_a_recipe_there_is_no_ratio(engine: PortraitEngine, clip) -> None:
    found = measure_live(engine, clip[:1], 1, clock=Clock(4, [0.5, 0.001]))
    assert found.own.stages_ms == pytest.approx({DECODE: 1.0, MATTE: 2.0, RENDER: 3.0})
    assert (found.recipe, found.ratio, found.ratio_with_decode) == (None, None, None)


@pytest.mark.parametrize(("rounds", "frames"), [(0, 1), (1, 0)])
def test_nothing_to_measure_is_refused(engine: PortraitEngine, clip, rounds: int, frames: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        measure_live(engine, clip[:frames], rounds)


def test_the_clip_is_a_moving_picture_in_rgb(clip) -> None:
    images = [decode(frame) for frame in clip]
    assert all(image.shape == (HEIGHT, WIDTH, 3) for image in images)
    assert (images[0] != images[2]).any()
    suit = images[0][HEIGHT // 2 :].reshape(-1, 3).astype(int)
    assert ((suit[:, 0] - suit[:, 2]) > 60).mean() > 0.05, "an orange suit, not a blue one"
    with pytest.raises(ValueError, match="not an image"):
        decode(np.zeros(9, np.uint8))


def test_the_recipe_keeps_who_is_masked_and_blurs_the_rest(ellipse_segmenter, portrait_scene) -> None:
    image, _ = portrait_scene(96, 128)
    recipe = SimpleRecipe(ellipse_segmenter)
    assert recipe.name == "ellipse"
    mask = recipe.find_mask(image)
    shown = recipe.render(image, mask)
    assert (mask.shape, mask.dtype, shown.dtype) == ((96, 128), np.float32, np.uint8)
    np.testing.assert_array_equal(recipe.render(image, np.ones_like(mask)), image)
    inside, outside = mask > 0.99, mask < 0.01
    assert np.abs(shown[inside].astype(int) - image[inside]).max() <= 2
    assert shown[outside].std(0).mean() < image[outside].std(0).mean()


def test_a_session_shows_frames_and_counts_them(engine: PortraitEngine, clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_latency, "_FOREWORD_S", 0.1)
    found = run_session(engine, clip, 0.5, 60.0)
    assert found.frames_shown > 0
    assert 0.0 < found.throughput_fps < 100.0
    assert 0.0 < found.latency_ms_p50 <= found.latency_ms_p95 <= found.latency_ms_p99
    assert found.cpu_ms_per_frame >= 0.0
    memory = find_peak_memory_mb()
    assert memory is None or 20.0 < memory < 100_000.0


def test_a_session_that_shows_nothing_says_so(engine: PortraitEngine, clip) -> None:
    with pytest.raises(PortraitError, match="No frame was shown"):
        run_session(engine, clip, 0.0, 60.0)


def test_a_session_that_fails_is_told(engine: PortraitEngine) -> None:
    with pytest.raises(PortraitError, match="not an image"):
        run_session(engine, (np.zeros(9, np.uint8),), 5.0)


def test_a_clip_goes_to_and_fro_and_closes(clip) -> None:
    source = ClipSource(clip, 1000.0)
    source.open()
    frames = [source.read() for _ in range(5)]
    images = [frame.image for frame in frames if frame is not None]
    assert [frame.index for frame in frames if frame is not None] == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(images[1], images[3])
    np.testing.assert_array_equal(images[0], images[4])
    source.close()
    assert source.read() is None
    assert (source.name, source.frame_rate_fps) == ("clip", 1000.0)
