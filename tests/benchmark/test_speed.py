"""Timing stages by a clock that is set by hand; and each real stage once, on small pictures."""

from pathlib import Path

import numpy as np
import pytest

from portrait.benchmark.speed import Stage, live_stages, photo_stages, sample_image, time_stages

pytestmark = pytest.mark.slow


class Clock:
    """Seconds that pass only when something runs."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def takes(self, *seconds: float):
        """Something that takes so long, once after the other."""
        left = list(seconds)

        def run() -> None:
            self.now_s += left.pop(0)

        return run


def test_the_median_leaves_out_the_first_time() -> None:
    clock = Clock()
    stage = Stage("render", clock.takes(9.0, 0.1, 0.3, 0.2), clock.takes(9.0, 0.4, 0.4, 0.5))
    (found,) = time_stages([stage], 3, clock)
    assert found.median_ms == pytest.approx(200.0)
    assert found.baseline_ms == pytest.approx(400.0)
    assert found.ratio == pytest.approx(0.5)
    assert found.to_json_dict() == {"stage": "render", "median_ms": 200.0, "baseline_ms": 400.0, "ratio": 0.5}


def test_without_a_baseline_there_is_no_ratio() -> None:
    clock = Clock()
    (found,) = time_stages([Stage("decode", clock.takes(1.0, 1.0))], 1, clock)
    assert found.ratio is None
    assert found.to_json_dict()["ratio"] is None


def test_stages_take_turns() -> None:
    ran: list[str] = []
    stages = [Stage(name, lambda name=name: ran.append(name)) for name in "ab"]
    time_stages(stages, 2)
    assert ran == ["a", "b"] * 3


def test_no_round_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        time_stages([], 0)


def test_every_stage_of_photo_and_live_runs(engine, tmp_path: Path) -> None:
    times = time_stages((*photo_stages(engine, tmp_path, megapixels=0.03), *live_stages(engine)), 1)
    by_name = {stage.name.strip(): stage for stage in times}
    assert {"decode", "matte fast", "matte fine", "refine fast", "refine fine", "save"} <= by_name.keys()
    assert all(by_name[name].ratio is not None for name in ("render", "preview render"))
    assert {"live frame", "matte", "smooth", "render stage"} <= by_name.keys()
    assert {"on a floor", "with depth", "preview draft f/16", "preview render f/16", "render f/16"} <= by_name.keys()
    assert (tmp_path / "portrait.jpg").stat().st_size > 0


@pytest.mark.parametrize(("height", "width"), [(60, 80), (72, 128), (700, 520)])
def test_the_sample_fills_any_size(height: int, width: int) -> None:
    image = sample_image(height, width)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, sample_image(height, width))
