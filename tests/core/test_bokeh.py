from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.bokeh import aperture_kernel, blur_background, fill_hidden, lift_highlights
from portrait.core.color import to_linear
from portrait.core.compositing import estimate_layers
from portrait.core.lens import ApertureShape

SHAPES = get_args(ApertureShape)


@given(radius_px=st.floats(0.0, 12.0), shape=st.sampled_from(SHAPES))
def test_kernels_sum_to_one_and_fit_their_array(radius_px: float, shape: ApertureShape) -> None:
    kernel = aperture_kernel(radius_px, shape)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    if kernel.shape[0] > 1:  # nothing is cut off: the outermost ring is dark, or the outline has not reached it
        ring = np.concatenate([kernel[0], kernel[-1], kernel[:, 0], kernel[:, -1]])
        assert ring.max() < kernel.max()


@pytest.mark.parametrize("shape", SHAPES)
def test_radius_zero_is_identity(shape: ApertureShape) -> None:
    kernel = aperture_kernel(0.0, shape)
    assert kernel[kernel.shape[0] // 2, kernel.shape[0] // 2] == 1.0


@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_changes_smoothly_with_the_radius(shape: ApertureShape) -> None:
    for radius_px in np.arange(0.5, 9.0, 0.25):
        before, after = aperture_kernel(radius_px, shape), aperture_kernel(radius_px + 0.01, shape)
        margin = (after.shape[0] - before.shape[0]) // 2
        assert np.abs(np.pad(before, margin) - after).sum() < 0.1


def test_all_shapes_have_the_area_of_the_disk() -> None:
    peaks = [1.0 / aperture_kernel(20.0, shape).max() for shape in SHAPES]
    np.testing.assert_allclose(peaks, np.pi * 20.0**2, rtol=0.01)


def test_negative_radius_is_refused() -> None:
    with pytest.raises(ValueError, match="radius_px"):
        aperture_kernel(-1.0)


def test_fill_reaches_across_any_hole() -> None:
    weighted = np.zeros((64, 64, 4), np.float32)
    weighted[:, :8] = (0.2, 0.4, 0.6, 1.0)
    filled = fill_hidden(weighted)
    np.testing.assert_allclose(filled, np.broadcast_to(np.float32([0.2, 0.4, 0.6]), filled.shape), atol=1e-3)


def test_a_clipped_light_becomes_an_even_disk() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[98:102, 98:102] = 255
    alpha = np.zeros((200, 200), np.float32)
    disk = blur_background(image, alpha, estimate_layers(image, alpha), 20.0).rows(slice(0, 200), 200)[..., 0]
    y, x = np.mgrid[0:200, 0:200]
    distance = np.hypot(x - 99.5, y - 99.5)
    inside, outside = disk[distance < 15], disk[distance > 26]
    assert inside.std() / inside.mean() < 0.1
    assert outside.max() < 0.02 * inside.mean()
    assert disk.sum() == pytest.approx(16.0, rel=0.02)  # energy stays


def test_the_pyramid_agrees_with_the_direct_disk() -> None:
    rng = np.random.default_rng(4)
    image = cv2.resize(rng.integers(0, 256, (15, 20, 3), np.uint8), (320, 240), interpolation=cv2.INTER_CUBIC)
    alpha = np.zeros((240, 320), np.float32)
    blurred = blur_background(image, alpha, estimate_layers(image, alpha), 24.0)
    assert blurred.shrink == 5
    direct = blur_directly(image, 24.0)
    error = blurred.rows(slice(0, 240), 320) - direct
    assert 10 * np.log10(1.0 / np.mean(error**2)) > 45.0


def blur_directly(image: np.ndarray, radius_px: float) -> np.ndarray:
    return cv2.filter2D(to_linear(image), -1, aperture_kernel(radius_px), borderType=cv2.BORDER_REFLECT)


def test_lifting_leaves_all_but_clipped_light_alone() -> None:
    light = np.linspace(0.0, 1.0, 11, dtype=np.float32).reshape(1, 11, 1).repeat(3, axis=2)
    lifted = lift_highlights(light, 1.0)
    np.testing.assert_array_equal(lifted[:, :9], light[:, :9])
    assert lifted[0, 10, 0] == pytest.approx(5.0)
    assert (np.diff(lifted[0, :, 0]) > 0).all()
