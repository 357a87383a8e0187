"""A mask carried along the motion between two frames, and when it must not be."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.matting.propagation import ReferenceFrame, find_unexplained, propagate

SHAPE = (90, 160)
SUBJECT = (30, 50, 80, 90)


def make_texture(seed: int, low: int, high: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).random((*SHAPE, 3), dtype=np.float32)
    return np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5.0), None, low, high, cv2.NORM_MINMAX))  # type: ignore[call-overload]


ROOM, CLOTHES = make_texture(0, 60, 110), make_texture(1, 120, 190)


def draw(dx: float = 0.0, noise: float = 0.0, seed: int = 0) -> tuple[RgbImage, NDArray[np.float32]]:
    """The subject moved to the right by so many pixels, with its soft mask."""
    mask = np.zeros(SHAPE, np.float32)
    top, left, bottom, right = SUBJECT
    mask[top:bottom, left:right] = 1.0
    step = np.array([[1, 0, dx], [0, 1, 0]], np.float32)
    mask, clothes = (
        cv2.warpAffine(plane, step, SHAPE[::-1], borderMode=cv2.BORDER_REFLECT)
        for plane in (cv2.GaussianBlur(mask, (0, 0), 0.8), CLOTHES)
    )
    image = ROOM + mask[..., None] * (clothes - ROOM)
    image = image + np.random.default_rng(seed).normal(0.0, noise, image.shape) if noise else image
    return np.clip(image, 0, 255).astype(np.uint8), np.asarray(mask, np.float32)


@pytest.mark.parametrize("noise", [0.0, 1.5])
@pytest.mark.parametrize("dx", [0.0, 0.6, -1.2])
def test_the_mask_goes_with_the_subject(dx: float, noise: float) -> None:
    (before, mask), (after, moved) = draw(noise=noise), draw(dx, noise, seed=1)
    carried = propagate(ReferenceFrame(before, mask), after)
    assert carried is not None
    assert np.abs(carried - moved).mean() < 0.25 * np.abs(mask - moved).mean() + 0.0015
    assert np.logical_xor(carried > 0.5, moved > 0.5).mean() < 0.004


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_mask_of_another_size_goes_the_same_way(factor: float) -> None:
    (before, mask), (after, _) = draw(), draw(1.2)
    resized = cv2.resize(mask, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    carried, own = propagate(ReferenceFrame(before, resized), after), propagate(ReferenceFrame(before, mask), after)
    assert carried is not None
    assert own is not None
    assert carried.shape == resized.shape
    assert np.abs(cv2.resize(carried, SHAPE[::-1], interpolation=cv2.INTER_LINEAR) - own).mean() < 0.01


def test_a_still_frame_keeps_its_mask() -> None:
    image, mask = draw()
    carried = propagate(ReferenceFrame(image, mask), image)
    assert carried is not None
    np.testing.assert_allclose(carried, mask, atol=0.02)


@pytest.mark.parametrize("at", [(40, 95), (10, 10), (50, 65)], ids=["a hand beside", "somebody far off", "before them"])
def test_what_appears_is_for_the_network(at: tuple[int, int]) -> None:
    (before, mask), (after, _) = draw(), draw(1.0)
    y, x = at
    after[y : y + 5, x : x + 4] = (250, 40, 10)
    assert propagate(ReferenceFrame(before, mask), after) is None


def test_a_jump_is_for_the_network() -> None:
    (before, mask), (after, _) = draw(), draw(45.0)
    assert propagate(ReferenceFrame(before, mask), after) is None


def test_thumbnails_without_a_common_flow_carry_nothing() -> None:
    image, mask = draw()
    assert propagate(ReferenceFrame(image, mask), image[:, :-1]) is None
    assert propagate(ReferenceFrame(image[:20], mask[:20]), image[:20]) is None


def test_noise_and_half_a_pixel_are_explained_and_a_thing_is_not() -> None:
    image, _ = draw()
    half = cv2.warpAffine(
        image, np.array([[1, 0, 0.25], [0, 1, 0.0]], np.float32), SHAPE[::-1], borderMode=cv2.BORDER_REFLECT
    )
    noisy = draw(noise=2.0, seed=5)[0]
    assert find_unexplained(half.astype(np.float32), image).mean() < 0.001
    assert find_unexplained(image.astype(np.float32), noisy).mean() < 0.001
    thing = image.copy()
    thing[5:12, 5:12] = 255
    unexplained = find_unexplained(image.astype(np.float32), thing)
    assert unexplained[6:11, 6:11].all()
    assert not unexplained[20:].any()
