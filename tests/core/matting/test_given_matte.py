"""Mattes that come with a photo: brought to its size and edges."""

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.given_matte import add_hair, upsample_matte
from portrait.core.resize import resize


def hairy_scene() -> tuple[RgbImage, AlphaMatte]:
    """A dark head with hairs of a pixel and a half before a bright wall: image and true alpha, (160, 200)."""
    fine = np.zeros((640, 800), np.float32)
    cv2.circle(fine, (400, 480), 200, 1.0, -1)
    for angle in np.linspace(0.2, np.pi - 0.2, 40):
        end = 400 + 300 * np.cos(angle), 480 - 300 * np.sin(angle)
        cv2.line(fine, (400, 480), (round(end[0]), round(end[1])), 1.0, 6)
    alpha = cv2.resize(fine, (200, 160), interpolation=cv2.INTER_AREA)
    image = alpha[..., None] * np.array([40, 30, 25]) + (1.0 - alpha[..., None]) * np.array([200, 210, 190])
    return np.rint(image).astype(np.uint8), np.asarray(alpha, np.float32)


def test_hairs_thinner_than_its_pixels_come_back() -> None:
    image, alpha = hairy_scene()
    half = resize(alpha, 80, 100)
    found, plain = upsample_matte(half, image), resize(half, 160, 200)
    assert found.shape == alpha.shape
    error, plain_error = (np.abs(one - alpha).mean() for one in (found, plain))
    assert error < 0.5 * plain_error
    assert found.min() >= 0.0
    assert found.max() <= 1.0


def test_what_is_sure_all_around_stays_so() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (120, 120, 3), dtype=np.uint8)
    matte = np.zeros((60, 60), np.float32)
    matte[20:, 20:40] = 1.0
    found = upsample_matte(matte, image)
    assert not found[:30].any()
    np.testing.assert_array_equal(found[60:, 52:68], 1.0)


def test_a_larger_matte_is_made_smaller() -> None:
    matte = np.ones((60, 80), np.float32)
    np.testing.assert_allclose(upsample_matte(matte, np.zeros((30, 40, 3), np.uint8)), 1.0)


def test_hair_may_have_another_size() -> None:
    subject, hair = np.zeros((40, 40), np.float32), np.zeros((20, 20), np.float32)
    subject[20:, 10:30] = 1.0
    hair[7:12, 7:13], hair[2:5, 16:19] = 0.8, 1.0
    found = add_hair(subject, hair)
    assert found[16, 20] > 0.7
    assert found[5:10, 33:36].max() == 0.0
    np.testing.assert_array_equal(found[24:], subject[24:])
