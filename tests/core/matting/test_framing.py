"""The crop follows the subject: in the middle, with room above the head, smoothly, and not at every twitch."""

import math
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from portrait.core.matting.framing import WHOLE, Framing, SubjectFramer, frame_subject, settle_on_pixels

SHAPE = (180, 320)


def person(row: float, column: float, height: float, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """A matte with an upright ellipse: float32 (H, W); all in shares of the frame."""
    matte = np.zeros(shape, np.float32)
    center = (round(column * shape[1]), round(row * shape[0]))
    axes = (round(0.25 * height * shape[0]), round(0.5 * height * shape[0]))
    return cv2.ellipse(matte, center, axes, 0, 0, 360, 1.0, -1)


def run(framer: SubjectFramer, matte: np.ndarray, seconds: float, rate_fps: float = 30.0) -> list[Framing]:
    return [framer.follow(matte, 1.0 / rate_fps) for _ in range(round(seconds * rate_fps))]


@pytest.mark.parametrize("row", [0.35, 0.5, 0.65])
@pytest.mark.parametrize("column", [0.2, 0.5, 0.85])
@pytest.mark.parametrize("height", [0.2, 0.5, 0.6])
def test_the_subject_is_inside_with_room_above_the_head(row: float, column: float, height: float) -> None:
    framing = frame_subject(person(row, column, height), zoom_max=2.0)
    assert framing is not None
    assert 0.5 <= framing.size < 1.0
    top, left = framing.row - 0.5 * framing.size, framing.column - 0.5 * framing.size
    assert min(top, left, 1.0 - top - framing.size, 1.0 - left - framing.size) >= -1e-9
    assert top < row - 0.5 * height + 0.02
    assert row + 0.5 * height < top + framing.size + 0.02
    in_the_middle = abs(framing.column - column) < 0.02
    assert in_the_middle or left < 1e-9 or left + framing.size > 1.0 - 1e-9


def test_without_a_subject_or_with_one_that_fills_the_frame_there_is_nothing_to_crop() -> None:
    assert frame_subject(np.zeros(SHAPE, np.float32), 2.0) is None
    assert frame_subject(np.ones(SHAPE, np.float32), 2.0) == WHOLE


@pytest.mark.parametrize("rate_fps", [15.0, 60.0])
def test_the_crop_comes_without_overshoot_and_in_the_same_time_at_every_rate(rate_fps: float) -> None:
    matte = person(0.6, 0.25, 0.5)
    way = [framing.size for framing in run(SubjectFramer(), matte, 2.0, rate_fps)]
    wanted = settle_on_pixels(frame_subject(matte, 2.0) or WHOLE, SHAPE)
    assert all(after <= before for before, after in pairwise(way))
    assert way[-1] == pytest.approx(wanted.size, abs=0.005)
    after_a_second = wanted.size + (1.0 + 3.5) * math.exp(-3.5) * (1.0 - wanted.size)
    assert way[round(rate_fps) - 1] == pytest.approx(after_a_second, abs=0.01)
    speeds = np.diff([1.0, 1.0, *way]) * rate_fps
    assert np.abs(np.diff(speeds)).max() < 3.5**2 / rate_fps, "its speed changes smoothly"


def test_a_twitch_moves_nothing_and_a_step_does() -> None:
    framer = SubjectFramer()
    *_, rest = run(framer, person(0.6, 0.4, 0.5), 5.0)
    for sway in (0.01, -0.01, 0.02):
        assert run(framer, person(0.6, 0.4 + sway, 0.5), 0.3)[-1] == rest
    assert run(framer, person(0.6, 0.6, 0.5), 3.0)[-1].column == pytest.approx(0.6, abs=0.03)


def test_a_subject_that_leaves_is_waited_for_then_the_whole_frame_is_shown() -> None:
    framer, nobody = SubjectFramer(), np.zeros(SHAPE, np.float32)
    *_, rest = run(framer, person(0.6, 0.4, 0.5), 5.0)
    assert run(framer, nobody, 1.8)[-1] == rest
    assert run(framer, nobody, 5.0)[-1] == WHOLE
    framer.follow(person(0.6, 0.4, 0.5), 1.0)
    framer.reset()
    assert framer.follow(nobody, 0.1) == WHOLE


@pytest.mark.parametrize("shape", [(180, 320), (121, 87)])
def test_a_crop_at_rest_is_the_crop_on_the_way(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    image = cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3), dtype=np.uint8), (0, 0), 2.0)
    framing = settle_on_pixels(Framing(0.6, 0.45, 0.61), shape)
    resting = framing.crop(image)
    moving = replace(framing, column=framing.column + 0.02 / shape[1]).crop(image)
    assert resting.shape == moving.shape == image.shape
    inner = np.abs(resting.astype(int) - moving)[4:-4, 4:-4]
    assert inner.max() <= 2
    assert WHOLE.crop(image) is image
    assert framing.crop(image[..., 0].astype(np.float32)).dtype == np.float32
