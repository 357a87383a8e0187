"""Calm where the picture is still, prompt where it moves."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.matting.temporal import TemporalSmoother

HEIGHT, WIDTH = 90, 160


def make_room(seed: int = 1, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(60, 180, (*shape, 3), dtype=np.uint8)


def make_subject(left: int, width: int = 40) -> NDArray[np.float32]:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[20:, left : left + width] = 1.0
    return alpha


def show(room: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    image = room.copy()
    image[alpha > 0.5] = (230, 40, 40)
    return image


def find_flicker(mattes: list[NDArray[np.float32]]) -> float:
    return float(np.mean([np.abs(after - before).mean() for before, after in pairwise(mattes)]))


@pytest.mark.parametrize("sensor_noise", [0.0, 6.0])
def test_flicker_of_a_still_scene_is_at_least_halved(sensor_noise: float) -> None:
    rng = np.random.default_rng(3)
    smoother, true_alpha = TemporalSmoother(), make_subject(60)
    scene = show(make_room(), true_alpha).astype(np.float32)
    given, shown = [], []
    for _ in range(20):
        image = np.clip(scene + rng.normal(0.0, sensor_noise, scene.shape), 0, 255).astype(np.uint8)
        alpha = np.clip(true_alpha + rng.normal(0.0, 0.15, true_alpha.shape), 0.0, 1.0).astype(np.float32)
        given.append(alpha)
        shown.append(smoother.smooth(image, alpha))
    assert find_flicker(shown[5:]) <= 0.5 * find_flicker(given[5:])


def test_moved_subject_leaves_no_ghost() -> None:
    smoother, room = TemporalSmoother(), make_room()
    before, after = make_subject(10), make_subject(100)
    for _ in range(10):
        smoother.smooth(show(room, before), before)
    smoother.smooth(show(room, after), after)
    shown = smoother.smooth(show(room, after), after)
    assert shown[before == 1.0].max() < 0.1
    assert shown[after == 1.0].min() > 0.9


@pytest.mark.parametrize("channel", range(3))
def test_a_change_of_one_channel_is_motion(channel: int) -> None:
    room, color = np.full((HEIGHT, WIDTH, 3), 90, np.uint8), [90, 90, 90]
    color[channel] = 150
    before, after = make_subject(10), make_subject(100)
    smoother = TemporalSmoother()
    for alpha in (before, before, before, after):
        image = room.copy()
        image[alpha > 0.5] = color
        shown = smoother.smooth(image, alpha)
    assert shown[before == 1.0].max() < 0.1
    assert shown[after == 1.0].min() > 0.9


def test_slow_subject_leaves_no_trail() -> None:
    smoother, room = TemporalSmoother(), make_room()
    for left in range(20, 60):
        alpha = make_subject(left)
        shown = smoother.smooth(show(room, alpha), alpha)
    assert np.abs(shown - alpha).max() < 0.1


def test_constant_input_is_identity() -> None:
    smoother = TemporalSmoother()
    alpha = np.random.default_rng(4).random((HEIGHT, WIDTH), np.float32)
    for _ in range(5):
        np.testing.assert_array_equal(smoother.smooth(make_room(), alpha), alpha)


def test_lasting_change_of_the_mask_is_followed_in_a_still_picture() -> None:
    smoother, image = TemporalSmoother(), make_room()
    smoother.smooth(image, make_subject(10))
    wanted = make_subject(100)
    for _ in range(20):
        shown = smoother.smooth(image, wanted)
    assert np.abs(shown - wanted).max() < 0.02


def test_alpha_stays_within_its_range() -> None:
    rng = np.random.default_rng(5)
    smoother = TemporalSmoother()
    for seed in range(12):
        alpha = rng.integers(0, 2, (HEIGHT, WIDTH)).astype(np.float32)
        shown = smoother.smooth(make_room(seed % 3), alpha)
        assert shown.dtype == np.float32
        assert shown.min() >= 0.0
        assert shown.max() <= 1.0


def test_cut_takes_the_new_alpha_at_once() -> None:
    smoother = TemporalSmoother()
    smoother.smooth(np.full((HEIGHT, WIDTH, 3), 20, np.uint8), make_subject(10))
    alpha = np.full((HEIGHT, WIDTH), 0.25, np.float32)
    np.testing.assert_array_equal(smoother.smooth(np.full((HEIGHT, WIDTH, 3), 200, np.uint8), alpha), alpha)


def test_change_of_size_starts_over() -> None:
    smoother = TemporalSmoother()
    smoother.smooth(make_room(), make_subject(10))
    alpha = np.full((50, 70), 0.5, np.float32)
    np.testing.assert_array_equal(smoother.smooth(make_room(shape=(50, 70)), alpha), alpha)


def test_change_of_size_within_one_thumbnail_starts_over() -> None:
    smoother = TemporalSmoother()
    smoother.smooth(make_room(shape=(180, 320)), np.zeros((180, 320), np.float32))
    alpha = np.full((90, 160), 0.5, np.float32)
    np.testing.assert_array_equal(smoother.smooth(make_room(), alpha), alpha)


def test_reset_forgets() -> None:
    smoother, image = TemporalSmoother(), make_room()
    smoother.smooth(image, make_subject(10))
    smoother.reset()
    np.testing.assert_array_equal(smoother.smooth(image, make_subject(100)), make_subject(100))


def test_result_is_not_the_callers_array() -> None:
    alpha = make_subject(10)
    shown = TemporalSmoother().smooth(make_room(), alpha)
    alpha[:] = 0.0
    assert shown.max() == 1.0


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3)])
def test_any_size_works(shape: tuple[int, int]) -> None:
    smoother = TemporalSmoother()
    alpha = np.full(shape, 0.5, np.float32)
    for seed in range(3):
        assert smoother.smooth(make_room(seed, shape), alpha).shape == shape


def test_alpha_of_another_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="like its image"):
        TemporalSmoother().smooth(make_room(), np.zeros((4, 4), np.float32))


@pytest.mark.parametrize(("noise", "contrast", "speed_px"), [(4.0, 30.0, 4), (6.0, 20.0, 8), (4.0, 15.0, 16)])
def test_nothing_trails_behind_a_subject_as_dim_as_the_room(noise: float, contrast: float, speed_px: int) -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:360, :640]
    smoother = TemporalSmoother()
    for frame in range(6):
        distance_px = np.hypot(y - 180, x - 150 - speed_px * frame)
        alpha = np.clip((90 - distance_px) / 2 + 0.5, 0.0, 1.0).astype(np.float32)
        room = (120.0 - contrast * alpha)[..., None] + rng.normal(0.0, noise, (360, 640, 3))
        shown = smoother.smooth(np.clip(room, 0.0, 255.0).astype(np.uint8), alpha)
        assert np.count_nonzero(np.abs(shown - alpha)[180] > 0.5) == 0


def test_independent_errors_flicker_by_the_gain_of_the_recursion() -> None:
    """s ← s + k (α − s) divides the frame to frame change of independent errors by √(2 − k) / k, 6.7 where k = 0.2."""
    rng, smoother, image = np.random.default_rng(11), TemporalSmoother(), make_room()
    given, shown = [], []
    for _ in range(60):
        given.append(np.clip(0.5 + rng.normal(0.0, 0.05, (HEIGHT, WIDTH)), 0.0, 1.0).astype(np.float32))
        shown.append(smoother.smooth(image, given[-1]))
    assert find_flicker(given[30:]) / find_flicker(shown[30:]) == pytest.approx(6.7, rel=0.05)


def test_motion_reaches_beyond_what_changed() -> None:
    """The edge of what moved lies between two pixels of the small picture: a rim there must follow at once too."""
    before = np.zeros((360, 640), np.float32)
    before[100:300, 200:400] = 1.0
    after = np.roll(before, 6, axis=1)
    room = np.full((360, 640, 3), 90, np.uint8)
    smoother = TemporalSmoother()
    for alpha in (before, before, before, after):
        image = np.where(alpha[..., None] > 0.5, np.uint8(96), room)
        shown = smoother.smooth(np.ascontiguousarray(image), alpha)
    np.testing.assert_allclose(shown, after, atol=0.02)
