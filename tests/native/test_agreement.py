"""The native passes do what NumPy and OpenCV do, at any size: both are run, and compared."""

from collections.abc import Callable
from typing import TypeVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage, count_opaque, require_alpha
from portrait.core.blur.bokeh import blur_background
from portrait.core.color import to_srgb
from portrait.core.guided_filter import apply_coefficients, guided_coefficients
from portrait.core.inpaint import inpaint
from portrait.core.layers.layer_models import LayerModels, LayerSampling
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import estimate_layers
from portrait.core.lens.aperture import Aperture
from portrait.core.lens.blur_options import BlurOptions, DiskBlur
from portrait.core.matting.geodesic import geodesic_distances
from portrait.core.matting.temporal import NEAR, follow, measure_motion
from portrait.core.model_spec import ModelSpec
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import render
from portrait.core.resize import upsample_rows
from portrait.inference.network_input import fit_input, to_network_input
from portrait.native.shared_library import find_library, without_library

Result = TypeVar("Result")

SEEDS = st.integers(0, 2**32 - 1)
SIDES = st.one_of(st.integers(1, 9), st.integers(10, 140))
"""Of one pixel, of a few, and of several chunks of pixels and a rest."""

FEW = settings(max_examples=30, deadline=None)


def both(work: Callable[[], Result]) -> tuple[Result, Result]:
    """What the native passes give, and what NumPy gives."""
    native = work()
    with without_library():
        assert find_library() is None
        return native, work()


def draw_scene(height: int, width: int, seed: int) -> tuple[RgbImage, AlphaMatte]:
    """Noise over a gradient, and a matte of solid, soft and clear areas."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 200, height * width * 3).reshape(height, width, 3)
    image = np.clip(ramp + rng.normal(20, rng.uniform(0, 60), ramp.shape), 0, 255).astype(np.uint8)
    coarse = rng.choice([0.0, 0.0, 1.0, 1.0, 0.5], (max(1, height // 12), max(1, width // 12))).astype(np.float32)
    alpha = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return image, np.clip(1.3 * alpha - 0.15, 0.0, 1.0).astype(np.float32)


def assert_same_levels(native: RgbImage, expected: RgbImage) -> None:
    """At most one level apart, and at least 60 dB in the mean."""
    error = native.astype(np.float64) - expected
    assert native.shape == expected.shape
    assert np.abs(error).max() <= 1.0
    if native.size > 3000:  # in fewer values a single level weighs too much
        assert np.mean(error**2) <= 255.0**2 / 1e6


def assert_followed_alike(native: AlphaMatte, expected: AlphaMatte) -> None:
    """Equal but for the few pixels in which the last digit decides whether alpha is reached at once."""
    differing = np.abs(native - expected)
    assert differing.max() <= NEAR + 1e-4
    assert np.count_nonzero(differing > 1e-5) <= 1 + 0.002 * native.size


@FEW
@given(SIDES, SIDES, st.sampled_from([1, 2, 4, 8]), SEEDS)
def test_rows_are_upsampled_alike(height: int, width: int, factor: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (-(-height // factor) + 2, -(-width // factor) + 2, 3), np.uint8)
    start = int(rng.integers(0, height))
    rows = slice(start, int(rng.integers(start + 1, height + 1)))
    assert_same_levels(*both(lambda: upsample_rows(small, factor, rows, width)))


@FEW
@given(SIDES, SIDES, st.integers(1, 9), SEEDS)
def test_light_is_upsampled_alike(height: int, width: int, factor: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    small = rng.random((-(-height // factor) + 2, -(-width // factor) + 2, 3), np.float32)
    start = int(rng.integers(0, height))
    rows = slice(start, int(rng.integers(start + 1, height + 1)))
    native, expected = both(lambda: upsample_rows(small, factor, rows, width))
    np.testing.assert_allclose(native, expected, atol=2e-6)


@FEW
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([3, 9]), st.integers(0, 3), SEEDS)
def test_occluded_pixels_are_inpainted_alike(height: int, width: int, channels: int, sweeps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = np.clip(rng.normal(0.5, 1.5, (height, width)), 0.0, 1.0).astype(np.float32)
    values = rng.random((height, width, channels), np.float32) * weight[..., None]
    native, expected = both(lambda: inpaint(values, weight, 20.0, sweeps))
    np.testing.assert_allclose(native, expected, atol=2e-5)


@FEW
@given(SIDES, SIDES, st.sampled_from(["coarse", "dense"]), SEEDS)
def test_soft_pixels_are_unmixed_alike(height: int, width: int, sampling: LayerSampling, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    native, expected = both(lambda: estimate_layers(image, alpha, sampling))
    np.testing.assert_array_equal(native.index, expected.index)
    # Where the colours of both layers are equally likely, the last digits of their covariances decide.
    np.testing.assert_allclose(native.foreground, expected.foreground, atol=5e-3)
    soft = alpha.reshape(-1)[native.index][:, None]
    np.testing.assert_allclose(
        soft * native.foreground + (1.0 - soft) * native.background,
        soft * expected.foreground + (1.0 - soft) * expected.background,
        atol=1e-4,
    )


@FEW
@given(SIDES, SIDES, st.sampled_from(["coarse", "dense"]), SEEDS)
def test_colours_are_modelled_alike(height: int, width: int, sampling: LayerSampling, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    native, expected = both(lambda: LayerModels.of(image, alpha, sampling))
    assert (native.top, native.left, native.step) == (expected.top, expected.left, expected.step)
    # Where the colours of both layers are equally likely, the last digits of their covariances decide.
    np.testing.assert_allclose(native.records, expected.records, atol=5e-3)
    assert np.mean(np.abs(native.records - expected.records)) < 1e-4


@FEW
@given(SIDES, SIDES, st.floats(7.5, 40.0), SEEDS)
def test_the_background_is_blurred_alike(height: int, width: int, radius_px: float, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    scene = LayeredImage.of(image, alpha)

    def blur() -> list[NDArray[np.float32]]:
        return [level.small for level in blur_background(scene, DiskBlur(radius_px, Aperture(), 0.0)).levels]

    for native, expected in zip(*both(blur), strict=True):
        np.testing.assert_allclose(native, expected, atol=1e-4)


@FEW
@given(SIDES, SIDES, st.integers(1, 9), st.booleans(), SEEDS)
def test_a_matte_is_refined_alike(height: int, width: int, factor: int, is_sparse: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, _ = draw_scene(height, width, seed)
    coefficients = rng.normal(0.0, 0.5, (4, -(-height // factor), -(-width // factor))).astype(np.float32)
    if is_sparse:
        coefficients[:3] *= rng.random(coefficients.shape[1:]) < 0.05
    native, expected = both(lambda: apply_coefficients(coefficients, image, minimum=0.01))
    np.testing.assert_allclose(native, expected, atol=2e-5)


@FEW
@given(SIDES, SIDES, st.integers(1, 20), st.integers(1, 20), SEEDS)
def test_a_matte_is_smoothed_alike(height: int, width: int, map_height: int, map_width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (_, previous), (_, alpha) = draw_scene(height, width, seed), draw_scene(height, width, seed + 1)
    motion = rng.choice([0.0, 0.3, 1.0], (map_height, map_width)).astype(np.float32)
    native, expected = both(lambda: follow(previous, alpha, motion))
    assert_followed_alike(native, expected)
    assert native.min() >= 0.0
    assert native.max() <= 1.0


@FEW
@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 9), SEEDS)
def test_coefficients_are_found_alike(height: int, width: int, radius_px: int, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    guide = image.astype(np.float32) / 255.0
    native, expected = both(lambda: guided_coefficients(guide, alpha, radius_px, 2e-4))
    np.testing.assert_allclose(native, expected, atol=2e-3)


@FEW
@given(SIDES, SIDES, st.integers(1, 3), SEEDS)
def test_geodesic_distances_are_found_alike(height: int, width: int, sets: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, 3), np.float32)
    seeds = rng.random((sets, height, width)) < rng.choice([0.0, 0.01, 0.3])
    native, expected = both(lambda: geodesic_distances(image, seeds))
    np.testing.assert_array_equal(native, expected)


@FEW
@given(st.integers(1, 40), st.integers(1, 40), SEEDS)
def test_motion_is_measured_alike(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise = rng.normal(0.0, rng.choice([0.0, 2.0, 20.0]), before.shape)
    after = np.clip(before + noise + 90.0 * (rng.random((height, width, 1)) < 0.1), 0, 255).astype(np.uint8)
    native, expected = both(lambda: measure_motion(before, after))
    np.testing.assert_allclose(native, expected, atol=1e-4)


@pytest.mark.parametrize("wrong", [None, np.nan, -0.1, 1.1, np.inf, -np.inf])
def test_a_matte_is_checked_alike(wrong: float | None) -> None:
    _, alpha = draw_scene(61, 83, 1)
    if wrong is not None:
        alpha[60, 82] = wrong

    def check() -> tuple[bool, int]:
        try:
            require_alpha(alpha)
        except ValueError:
            return False, count_opaque(alpha)
        return True, count_opaque(alpha)

    native, expected = both(check)
    assert native == expected
    assert native[0] is (wrong is None)


@FEW
@given(SIDES, SIDES, st.floats(0.05, 1.0), st.floats(0.05, 1.0), SEEDS)
def test_a_network_sees_alike(height: int, width: int, down: float, across: float, seed: int) -> None:
    image, _ = draw_scene(height, width, seed)
    spec = ModelSpec(name="any", input_height=max(1, int(down * height)), input_width=max(1, int(across * width)))
    native, expected = both(lambda: to_network_input(image, spec, fit_input(image, spec)))
    assert native.shape == expected.shape
    levels = (native - expected) * 255.0 * np.array(spec.normalize_std, np.float32)[:, None, None]
    assert np.abs(levels).max() <= 1.5  # OpenCV rounds to whole levels, more than once where it halves the image
    assert np.abs(levels).mean() <= 0.5


LOOKS = {
    "large disk": Look(BlurOptions(blur_radius_fraction=0.09)),
    "small disk": Look(BlurOptions(blur_radius_fraction=0.03)),
    "lights": Look(BlurOptions(blur_radius_fraction=0.07, highlight_boost=0.5)),
    "cat's eye": Look(BlurOptions(blur_radius_fraction=0.07, cats_eye=0.8, swirl=0.3)),
    "blades": Look(BlurOptions(blur_radius_fraction=0.06, aperture_shape="hexagon")),
    "color": Look(BlurOptions(), Background("color", (0, 177, 64))),
    "image": Look(BlurOptions(), Background("image", picture=np.full((5, 7, 3), 99, np.uint8))),
    "mono": Look(BlurOptions(), Background("mono")),
    "stage": Look(BlurOptions(), Background("stage")),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@settings(max_examples=6, deadline=None)
@given(height=SIDES, width=SIDES, seed=SEEDS)
def test_frames_are_rendered_alike(look: Look, height: int, width: int, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    assert_same_levels(*both(lambda: render_live(image, alpha, look)))


@pytest.mark.parametrize("look", [*LOOKS.values(), Look()], ids=[*LOOKS, "grain"])
@settings(max_examples=4, deadline=None)
@given(height=SIDES, width=SIDES, seed=SEEDS)
def test_photos_are_rendered_alike(look: Look, height: int, width: int, seed: int) -> None:
    image, alpha = draw_scene(height, width, seed)
    assert_same_levels(*both(lambda: render(image, alpha, look)))


@FEW
@given(SIDES, SIDES, SEEDS)
def test_light_is_encoded_alike(height: int, width: int, seed: int) -> None:
    light = np.random.default_rng(seed).uniform(-0.1, 1.1, (height, width, 3)).astype(np.float32)
    native, expected = both(lambda: to_srgb(light))
    assert native.shape == expected.shape
    assert np.abs(native.astype(int) - expected).max(initial=0) <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 9001), (9001, 1), (2, 4099), (97, 33), (33, 31)])
def test_frames_of_odd_sizes_are_rendered_alike(size: tuple[int, int]) -> None:
    image, alpha = draw_scene(*size, seed=5)
    assert_same_levels(*both(lambda: render_live(image, alpha, LOOKS["large disk"])))


@pytest.mark.parametrize("level", [0.0, 0.004, 0.5, 0.996, 1.0])
def test_mattes_without_any_edge_are_rendered_alike(level: float) -> None:
    image, _ = draw_scene(70, 101, seed=6)
    alpha = np.full((70, 101), level, np.float32)
    assert_same_levels(*both(lambda: render_live(image, alpha, LOOKS["large disk"])))


def test_a_matte_that_is_a_view_is_taken() -> None:
    image, alpha = draw_scene(40, 50, seed=7)
    turned = np.asfortranarray(alpha)
    np.testing.assert_array_equal(
        render_live(image, turned, LOOKS["large disk"]), render_live(image, alpha, LOOKS["large disk"])
    )
