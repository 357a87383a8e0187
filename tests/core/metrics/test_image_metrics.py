"""Picture metrics on cases whose answer is known by hand."""

import math

import cv2
import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.color import to_srgb
from portrait.core.metrics.image_metrics import (
    LightShape,
    energy_error,
    light_shape,
    mean_delta_e,
    psnr,
    ring_mask,
    ssim,
)


def _noise(seed: int = 0, size: tuple[int, int] = (40, 50)) -> RgbImage:
    return np.random.default_rng(seed).integers(20, 200, (*size, 3), dtype=np.uint8)


def _flat(level: int) -> RgbImage:
    return np.full((32, 32, 3), level, np.uint8)


def test_equal_pictures_are_perfect() -> None:
    image = _noise()
    assert psnr(image, image) == math.inf
    assert ssim(image, image) == pytest.approx(1.0)
    assert mean_delta_e(image, image) == 0.0
    assert energy_error(image, image, np.zeros(image.shape[:2], np.float32)) == 0.0


@pytest.mark.parametrize("offset", [1, 5, 20])
def test_psnr_of_a_known_offset(offset: int) -> None:
    image = _noise()
    assert psnr(image + np.uint8(offset), image) == pytest.approx(20.0 * math.log10(255.0 / offset))


def test_psnr_counts_the_judged_pixels_only() -> None:
    image = _noise()
    spoiled = image.copy()
    spoiled[:10] = 0
    judged = np.ones(image.shape[:2], np.bool_)
    judged[:10] = False
    assert psnr(spoiled, image, judged) == math.inf
    assert psnr(spoiled, image, ~judged) < 10.0
    assert math.isnan(psnr(spoiled, image, np.zeros_like(judged)))


def test_ssim_of_two_flat_pictures_is_its_luminance_term() -> None:
    c1 = (0.01 * 255.0) ** 2
    expected = (2.0 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
    assert ssim(_flat(100), _flat(120)) == pytest.approx(expected, rel=1e-5)


def test_ssim_sees_lost_structure_where_psnr_does_not() -> None:
    image = _noise(size=(64, 64))
    blurred = cv2.GaussianBlur(image, (0, 0), 2.0)
    error = math.sqrt(float(np.mean((image.astype(float) - blurred) ** 2)))
    shifted = np.clip(image + error, 0, 255).astype(np.uint8)
    assert abs(psnr(blurred, image) - psnr(shifted, image)) < 0.5
    assert ssim(blurred, image) < 0.5 < 0.8 < ssim(shifted, image)


def test_ssim_needs_its_window() -> None:
    with pytest.raises(ValueError, match="11 pixels"):
        ssim(_flat(1)[:10], _flat(1)[:10])


@pytest.mark.parametrize("metric", [psnr, ssim, mean_delta_e])
def test_sizes_must_agree(metric) -> None:
    with pytest.raises(ValueError, match="one size"):
        metric(_noise(), _noise(size=(40, 51)))


def test_ring_reaches_so_far_in_and_out() -> None:
    alpha = np.zeros((60, 80), np.float32)
    alpha[20:40, 30:50] = 1.0
    row = np.flatnonzero(ring_mask(alpha, inside_px=3, outside_px=20)[30])
    assert row.tolist() == [*range(10, 33), *range(47, 70)]


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_without_an_outline_there_is_no_ring(level: float) -> None:
    assert not ring_mask(np.full((8, 8), level, np.float32)).any()


def test_energy_counts_the_background_only() -> None:
    truth, image, alpha = _flat(128), _flat(128), np.zeros((32, 32), np.float32)
    alpha[:16] = 1.0
    image[:16] = 255
    assert energy_error(image, truth, alpha) == 0.0
    dimmer = to_srgb(np.full((32, 32, 3), 0.1, np.float32))
    brighter = to_srgb(np.full((32, 32, 3), 0.12, np.float32))
    assert energy_error(brighter, dimmer, alpha) == pytest.approx(0.2, abs=0.02)
    assert energy_error(dimmer, brighter, alpha) == pytest.approx(-1.0 / 6.0, abs=0.02)
    assert math.isnan(energy_error(image, truth, np.ones_like(alpha)))


def _night(disk: np.ndarray) -> RgbImage:
    return to_srgb(np.repeat(0.01 + 0.2 * disk.astype(np.float32), 3).reshape(*disk.shape, 3))


def _distance() -> np.ndarray:
    y, x = np.mgrid[0:121, 0:131]
    return np.hypot(x - 64.5, y - 60.0)


def test_an_even_disk_of_the_right_radius_is_right() -> None:
    found = light_shape(_night(np.clip(20.5 - _distance(), 0.0, 1.0)), (64.5, 60.0), 20.0)
    assert found.radius_error < 0.02
    assert found.unevenness < 0.01


@pytest.mark.parametrize("radius_px", [14.0, 24.0])
def test_a_disk_of_another_radius_is_told(radius_px: float) -> None:
    found = light_shape(_night(np.clip(radius_px + 0.5 - _distance(), 0.0, 1.0)), (64.5, 60.0), 20.0)
    assert found.radius_error == pytest.approx(abs(radius_px / 20.0 - 1.0), abs=0.03)


def test_a_gaussian_is_neither_even_nor_as_wide() -> None:
    found = light_shape(_night(np.exp(-0.5 * (_distance() / 10.0) ** 2)), (64.5, 60.0), 20.0)
    assert found.radius_error > 0.25
    assert found.unevenness > 0.2


def test_a_light_that_is_gone_is_all_wrong() -> None:
    assert light_shape(_night(np.zeros((121, 131))), (64.5, 60.0), 20.0) == LightShape(1.0, 1.0)


def test_energy_of_images_that_differ_in_size_is_refused() -> None:
    image = np.full((8, 8, 3), 90, np.uint8)
    with pytest.raises(ValueError, match="one size"):
        energy_error(image[:1], image, np.zeros((8, 8), np.float32))
