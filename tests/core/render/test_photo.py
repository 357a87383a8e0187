from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.soft_layers import estimate_layers
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.metrics.image_metrics import psnr
from portrait.core.render.live import render_live
from portrait.core.render.look import Background, Look
from portrait.core.render.photo import render, to_rgba
from portrait.core.resize import resize

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


def blur_of(radius_px: float, height: int, width: int) -> BlurOptions:
    return BlurOptions(blur_radius_fraction=radius_px_to_fraction(radius_px, height, width))


def test_radius_zero_is_identity(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(48, 64)
    result = render(image, alpha, BlurOptions(blur_radius_fraction=0.0))
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)


@given(
    level=st.integers(0, 255), height=st.integers(1, 70), width=st.integers(1, 70), f_number=st.sampled_from([1.4, 5.6])
)
@settings(max_examples=30, deadline=None)
def test_a_flat_picture_stays_flat(level: int, height: int, width: int, f_number: float) -> None:
    image = np.full((height, width, 3), level, np.uint8)
    alpha = np.random.default_rng(height).random((height, width), dtype=np.float32)
    result = render(image, alpha, BlurOptions(f_number=f_number)).astype(int)
    assert np.abs(result - level).max() <= 1


def test_the_subject_is_kept_bit_for_bit(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(120, 160)
    result = render(image, alpha, blur_of(10.0, 120, 160))
    np.testing.assert_array_equal(result[alpha == 1.0], image[alpha == 1.0])
    assert (result[alpha == 0.0] != image[alpha == 0.0]).any()


def test_no_subject_colour_in_the_halo() -> None:
    height, width = 200, 240
    y, x = np.mgrid[0:height, 0:width]
    alpha = np.clip(60.0 - np.hypot(x - 120, y - 100), 0.0, 1.0).astype(np.float32)
    red, wall = (to_linear(np.full((height, width, 3), rgb, np.uint8)) for rgb in ((230, 10, 10), (60, 90, 120)))
    image = to_srgb(over(red, wall, alpha))
    result = render(image, alpha, blur_of(15.0, height, width)).astype(int)
    assert np.abs(result[alpha == 0.0] - (60, 90, 120)).max() <= 1


def test_more_blur_never_leaves_more_detail(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(120, 160)
    rest = alpha == 0.0
    detail = [render(image, alpha, BlurOptions(f_number=n)).astype(float)[rest].std() for n in (1.4, 2.8, 5.6, 11, 16)]
    assert detail == sorted(detail)


def test_preview_and_file_agree(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(400, 600)
    options = BlurOptions(f_number=1.4)
    full = render(image, alpha, options)
    preview = render(np.ascontiguousarray(resize(image, 200, 300)), resize(alpha, 200, 300), options)
    difference = resize(full, 200, 300).astype(int) - preview
    assert np.abs(difference).mean() < 2.0


def test_strips_do_not_show(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(150, 130)
    whole = render(image, alpha, blur_of(20.0, 150, 130))
    with patch.object(strips, "STRIP_PIXELS", 1500):
        np.testing.assert_array_equal(render(image, alpha, blur_of(20.0, 150, 130)), whole)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_tiny_pictures_work(shape: tuple[int, int], value: float) -> None:
    image = np.full((*shape, 3), 77, np.uint8)
    result = render(image, np.full(shape, value, np.float32), BlurOptions(blur_radius_fraction=0.25))
    np.testing.assert_array_equal(result, image)


def test_everything_background_is_blurred_and_everything_subject_is_not(portrait_scene: Scene) -> None:
    image, _ = portrait_scene(60, 80)
    blurred = render(image, np.zeros((60, 80), np.float32), blur_of(6.0, 60, 80))
    assert blurred.astype(float).std() < image.astype(float).std()
    np.testing.assert_array_equal(render(image, np.ones((60, 80), np.float32), BlurOptions()), image)


def test_misuse_is_named() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(ValueError, match="like its image"):
        render(image, np.zeros((5, 4), np.float32), BlurOptions())


@pytest.mark.parametrize("make", [render, render_live])
def test_layers_that_were_kept_serve_as_those_found_again(portrait_scene: Scene, make: Callable[..., RgbImage]) -> None:
    image, alpha = portrait_scene(90, 120)
    layers = estimate_layers(image, alpha, "dense" if make is render else "coarse")
    dark = replace(layers, foreground=np.zeros_like(layers.foreground))
    for radius_px in (2.0, 9.0):
        options = blur_of(radius_px, 90, 120)
        kept = make(image, alpha, options, layers=layers)
        np.testing.assert_array_equal(kept, make(image, alpha, options))
        assert (make(image, alpha, options, layers=dark) < kept).any(), "those that are given are used"


@pytest.mark.parametrize("make", [render, render_live])
@pytest.mark.parametrize("shape", [(90, 100), (60, 120), (110, 120)])
def test_layers_of_another_picture_are_refused(portrait_scene: Scene, make, shape: tuple[int, int]) -> None:
    image, alpha = portrait_scene(90, 120)
    layers = estimate_layers(image, alpha)
    with pytest.raises(ValueError, match="another size"):
        make(*portrait_scene(*shape), blur_of(9.0, *shape), layers=layers)


def test_coarse_sampling_looks_nearly_as_dense(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(150, 200)
    dense, coarse = (
        render(image, alpha, blur_of(12.0, 150, 200), sampling=sampling) for sampling in ("dense", "coarse")
    )
    assert (dense != coarse).any()
    assert psnr(coarse, dense) > 40.0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_traces_of_opacity_leave_no_trace_in_a_cut_out(dtype: type) -> None:
    """A network is never quite sure that nobody is there: neither haze nor the old background is written."""
    image = np.full((20, 30, 3), np.iinfo(dtype).max // 2, dtype)
    alpha = np.full((20, 30), 0.0045, np.float32)
    alpha[:, 10:], alpha[:, 20:] = 0.02, 1.0
    cut_out = render(image, alpha, Look(background=Background("transparent")))
    assert not cut_out[:, :10].any()
    assert cut_out[:, 10:].all()
    opacity = to_rgba(cut_out, alpha)[..., 3]
    assert not opacity[:, :10].any()
    assert (opacity[:, 10:] == np.rint(alpha[:, 10:] * np.iinfo(dtype).max)).all()
