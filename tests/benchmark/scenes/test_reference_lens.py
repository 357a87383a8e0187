"""The truth's lens: an even disk that keeps the light."""

import numpy as np
import pytest

from portrait.benchmark.scenes.reference_lens import disk_weights, reference_blur


@pytest.mark.parametrize("radius_px", [0.0, 0.3, 1.0, 4.7, 12.0, 20.3])
def test_weights_sum_to_one_and_look_the_same_from_all_sides(radius_px: float) -> None:
    weights = disk_weights(radius_px)
    assert weights.sum(dtype=np.float64) == pytest.approx(1.0, abs=1e-5)
    assert weights.shape[0] % 2 == 1
    np.testing.assert_array_equal(weights, weights.T)
    np.testing.assert_array_equal(weights, weights[::-1])


def test_radius_zero_is_a_single_pixel() -> None:
    assert disk_weights(0.0).max() == 1.0


@pytest.mark.parametrize("radius_px", [5.0, 12.5])
def test_the_disk_is_even_and_of_its_radius(radius_px: float) -> None:
    weights = disk_weights(radius_px).astype(np.float64)
    reach = weights.shape[0] // 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance_px = np.hypot(x, y)
    inner = weights[distance_px < radius_px - 1.0]
    assert np.ptp(inner) == 0.0
    assert 1.0 / inner[0] == pytest.approx(np.pi * radius_px**2, rel=2e-3)
    assert not weights[distance_px > radius_px + 1.0].any()


def test_light_is_kept_within_the_frame() -> None:
    light = np.zeros((60, 70, 3), np.float32)
    light[25:30, 30:40] = (50.0, 10.0, 0.5)
    blurred = reference_blur(light, 6.5, 8)
    assert blurred.shape == (44, 54, 3)
    assert blurred.sum(axis=(0, 1)) == pytest.approx(light.sum(axis=(0, 1)), rel=1e-4)


def test_a_flat_wall_stays_flat_up_to_the_border() -> None:
    wall = np.full((40, 40, 3), 0.37, np.float32)
    np.testing.assert_allclose(reference_blur(wall, 6.0, 7), 0.37, rtol=1e-5)


def test_light_from_beyond_the_frame_comes_in() -> None:
    light = np.zeros((40, 40, 3), np.float32)
    light[:, :8] = 1.0
    assert reference_blur(light, 6.0, 8)[12, 0, 0] > 0.3


def test_a_margin_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a margin of 7 px"):
        reference_blur(np.zeros((40, 40, 3), np.float32), 6.0, 6)
