"""Calm where the image is still, neither late nor early where it moves, and the same in parts as in one go."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.matting.two_way_smoothing import REACH_FRAMES, TwoWaySmoother

HEIGHT, WIDTH = 45, 80

Image, Matte = NDArray[np.uint8], NDArray[np.float32]


def make_room(seed: int = 1, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Image:
    return np.random.default_rng(seed).integers(60, 180, (*shape, 3), dtype=np.uint8)


def make_subject(left: int, width: int = 20) -> Matte:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[10:, left : left + width] = 1.0
    return alpha


def show(room: Image, alpha: Matte) -> Image:
    image = room.copy()
    image[alpha > 0.5] = (230, 40, 40)
    return image


def smooth(images: Sequence[Image], mattes: Sequence[Matte], reach: int = REACH_FRAMES) -> list[Matte]:
    smoother = TwoWaySmoother(reach)
    fed = [smoother.feed(image, matte) for image, matte in zip(images, mattes, strict=True)]
    assert all(matte is None for matte in fed[:reach])
    return [matte for matte in fed if matte is not None] + list(smoother.flush())


def flicker(mattes: Sequence[Matte]) -> float:
    return float(np.mean([np.abs(after - before).mean() for before, after in pairwise(mattes)]))


def unsteady(count: int, seed: int = 3) -> list[Matte]:
    rng = np.random.default_rng(seed)
    return [np.clip(0.5 + rng.normal(0.0, 0.1, (HEIGHT, WIDTH)), 0.0, 1.0).astype(np.float32) for _ in range(count)]


def test_flicker_of_a_still_scene_is_divided_by_more_than_five() -> None:
    mattes = unsteady(40)
    smoothed = smooth([make_room()] * 40, mattes)
    assert len(smoothed) == 40
    assert flicker(smoothed[4:-4]) < flicker(mattes[4:-4]) / 5.0


def test_one_lost_matte_is_filled_from_both_sides_where_nothing_moves() -> None:
    mattes = [make_subject(30) for _ in range(9)]
    mattes[4] = np.zeros((HEIGHT, WIDTH), np.float32)
    assert smooth([show(make_room(), mattes[0])] * 9, mattes)[4][20, 40] > 0.8


@pytest.mark.parametrize("speed_px", [2, 5, 12])
def test_a_moving_subject_has_no_trail_and_nothing_runs_ahead(speed_px: int) -> None:
    mattes = [make_subject(2 + speed_px * index, width=12) for index in range(6)]
    smoothed = smooth([show(make_room(), matte) for matte in mattes], mattes)
    for given, found in zip(mattes, smoothed, strict=True):
        np.testing.assert_allclose(found, given, atol=0.05)


def test_a_constant_matte_is_kept_exactly() -> None:
    matte = np.random.default_rng(4).random((HEIGHT, WIDTH), np.float32)
    for found in smooth([make_room()] * 7, [matte] * 7):
        np.testing.assert_array_equal(found, matte)


def test_nothing_passes_a_cut() -> None:
    dark, bright = (np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (20, 200))
    before, after = make_subject(5), make_subject(50)
    smoothed = smooth([dark] * 4 + [bright] * 4, [before] * 4 + [after] * 4)
    for found, given in zip(smoothed, [before] * 4 + [after] * 4, strict=True):
        np.testing.assert_array_equal(found, given)


def test_a_cut_is_told() -> None:
    smoother, told = TwoWaySmoother(), []
    for level in (20, 20, 200, 200):
        smoother.feed(np.full((HEIGHT, WIDTH, 3), level, np.uint8), make_subject(5))
        told.append(smoother.is_after_cut)
    smoother.feed(make_room(shape=(30, 40)), np.zeros((30, 40), np.float32))
    assert [*told, smoother.is_after_cut] == [False, False, True, False, True]


def test_nothing_passes_a_change_of_size() -> None:
    small = np.full((30, 40), 0.25, np.float32)
    smoothed = smooth([make_room()] * 3 + [make_room(shape=(30, 40))] * 3, [make_subject(5)] * 3 + [small] * 3)
    np.testing.assert_array_equal(smoothed[2], make_subject(5))
    np.testing.assert_array_equal(smoothed[3], small)


def test_parts_that_overlap_by_the_reach_give_the_same_as_the_whole() -> None:
    """What a resumed conversion relies on: it starts anew a few frames earlier."""
    rng = np.random.default_rng(6)
    subject = [make_subject(10 + 2 * max(0, index - 12)) for index in range(24)]
    noise = [rng.integers(-4, 5, (HEIGHT, WIDTH, 3)) for _ in subject]
    images = [
        np.clip(show(make_room(), matte) + error, 0, 255).astype(np.uint8)
        for matte, error in zip(subject, noise, strict=True)
    ]
    mattes = unsteady(24)
    whole = smooth(images, mattes)
    for first in (5, 12, 20):
        part = smooth(images[first - REACH_FRAMES :], mattes[first - REACH_FRAMES :])[REACH_FRAMES:]
        for found, wanted in zip(part, whole[first:], strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_alpha_stays_within_its_range() -> None:
    rng = np.random.default_rng(5)
    mattes = [rng.integers(0, 2, (HEIGHT, WIDTH)).astype(np.float32) for _ in range(12)]
    for found in smooth([make_room()] * 12, mattes):
        assert found.dtype == np.float32
        assert found.min() >= 0.0
        assert found.max() <= 1.0


def test_without_reach_nothing_is_smoothed_or_delayed() -> None:
    mattes = unsteady(3)
    for found, given in zip(smooth([make_room()] * 3, mattes, reach=0), mattes, strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3)])
def test_any_size_works(shape: tuple[int, int]) -> None:
    mattes = [np.full(shape, 0.5, np.float32)] * 3
    assert [found.shape for found in smooth([make_room(shape=shape)] * 3, mattes)] == [shape] * 3


def test_a_short_video_is_given_out_at_its_end() -> None:
    assert len(smooth([make_room()] * 2, unsteady(2))) == 2
    assert list(TwoWaySmoother().flush()) == []


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="reach"):
        TwoWaySmoother(-1)
    with pytest.raises(ValueError, match="like its image"):
        TwoWaySmoother().feed(make_room(), np.zeros((4, 4), np.float32))
