"""What stands on a floor is as blurred up to its top as the floor at its base; else nothing changes."""

import cv2
import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.floor import find_floor
from portrait.core.lens.ground_plane import find_ground
from portrait.core.lens.upright_things import find_upright

HEIGHT, WIDTH = 300, 240
BASE, TOP = 190, 70
POST = np.s_[TOP + 10 : BASE - 10, 48:56]


@pytest.fixture
def alpha() -> AlphaMatte:
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[60:270, 130:165] = 1.0
    return matte


def paving(rng: np.random.Generator, tiles: int) -> RgbImage:
    """A grey floor with some pattern, up to the horizon, and a bright wall."""
    image = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    if tiles:
        pattern = rng.integers(100, 140, (HEIGHT // tiles + 1, WIDTH // tiles + 1, 1), np.uint8)
        image[:] = pattern.repeat(tiles, axis=0).repeat(tiles, axis=1)[:HEIGHT, :WIDTH]
    image[:110] = (205, 190, 170)
    return cv2.add(image, rng.integers(0, 8, image.shape, np.uint8))


def with_post(image: RgbImage) -> RgbImage:
    image = image.copy()
    image[TOP:BASE, 40:64] = (30, 60, 110)
    return image


@pytest.mark.parametrize("tiles", [0, 12])
def test_a_post_has_the_depth_of_its_base_from_head_to_foot(alpha: AlphaMatte, tiles: int) -> None:
    image, ground = paving(np.random.default_rng(0), tiles), find_ground(alpha)
    assert ground is not None
    found = find_upright(with_post(image), alpha, ground)
    assert found is not None
    at_base = ground.defocus_at(BASE / HEIGHT)
    assert np.abs(found[POST] - at_base).max() < 0.06
    floor = ground.defocus_map(HEIGHT, WIDTH)
    for away in (np.s_[:, 190:], np.s_[: TOP - 20, 30:70]):
        assert np.abs(found[away] - floor[away]).max() < 0.05
    assert find_upright(image, alpha, ground) is None


def test_a_kerb_with_a_lawn_is_not_taken_for_a_wall(alpha: AlphaMatte) -> None:
    image, ground = paving(np.random.default_rng(1), 0), find_ground(alpha)
    assert ground is not None
    image[110:200] = (70, 130, 60)
    assert find_upright(image, alpha, ground) is None


@pytest.mark.slow
def test_it_is_the_same_at_every_run_and_nearly_at_every_size(alpha: AlphaMatte) -> None:
    image = with_post(paving(np.random.default_rng(2), 12))
    once, again = (find_floor(alpha, image=image) for _ in range(2))
    large = find_floor(cv2.resize(alpha, (480, 600)), image=cv2.resize(image, (480, 600)))
    assert once is not None
    assert large is not None
    np.testing.assert_array_equal(once, again)
    assert np.abs(large[::2, ::2] - once)[POST].max() < 0.08


@pytest.mark.parametrize("shape", [(9, 7), (30, 200), (200, 30)])
def test_any_picture_has_an_answer(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (*shape, 3), np.uint8)
    matte = np.zeros(shape, np.float32)
    matte[shape[0] // 5 : -shape[0] // 6, shape[1] // 2 : shape[1] // 2 + max(1, shape[0] // 12)] = 1.0
    floor = find_floor(matte, image=image)
    assert floor is None or (floor.shape == shape and float(np.abs(floor).max()) <= 1.0)
