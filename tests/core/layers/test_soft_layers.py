from collections.abc import Callable
from types import ModuleType
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers import soft_layers
from portrait.core.layers.compositing import over
from portrait.core.layers.layer_models import LayerSampling
from portrait.core.layers.soft_layers import estimate_layers

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


def mixed(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> RgbImage:
    """A picture of two layers; each may be one colour, (1, 1, 3)."""
    share = alpha[..., None]
    return to_srgb(np.asarray(share * foreground + (1.0 - share) * background, dtype=np.float32))


def test_over_is_the_compositing_equation() -> None:
    foreground, background = np.full((1, 3, 3), 0.8, np.float32), np.full((1, 3, 3), 0.2, np.float32)
    alpha = np.array([[0.0, 0.5, 1.0]], np.float32)
    np.testing.assert_allclose(over(foreground, background, alpha)[0, :, 0], [0.2, 0.5, 0.8], atol=1e-5)


@pytest.mark.parametrize("sampling", ["coarse", "dense"])
def test_layers_put_together_again_give_the_picture(sampling: LayerSampling) -> None:
    coarse = np.random.default_rng(5).integers(60, 180, (6, 8, 3), np.uint8)
    image = cv2.resize(coarse, (80, 60), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip(np.linspace(-0.3, 1.3, 80, dtype=np.float32), 0, 1)[None].repeat(60, axis=0)
    layers = estimate_layers(image, alpha, sampling)
    foreground, background = to_linear(image), to_linear(image)
    for rows in (slice(0, 25), slice(25, 60)):
        layers.put_foreground(foreground[rows], rows)
        layers.put_background(background[rows], rows)
    again = to_srgb(over(foreground, background, alpha)).astype(int)
    assert np.abs(again - image).max() <= 1


@pytest.mark.parametrize("sampling", ["coarse", "dense"])
def test_colors_are_in_range_whatever_the_matte_says(sampling: LayerSampling) -> None:
    rng = np.random.default_rng(6)
    image, alpha = rng.integers(0, 256, (90, 70, 3), np.uint8), rng.random((90, 70), dtype=np.float32)
    layers = estimate_layers(image, alpha, sampling)
    for colors in (layers.foreground, layers.background):
        assert colors.dtype == np.float32
        assert np.isfinite(colors).all()
        assert colors.min() >= 0.0
        assert colors.max() <= 1.0


@pytest.mark.parametrize("sampling", ["coarse", "dense"])
def test_layers_find_both_colours_at_a_soft_edge(sampling: LayerSampling) -> None:
    alpha = np.clip(np.linspace(-19.5, 20.5, 400, dtype=np.float32), 0, 1)[None].repeat(300, axis=0)
    red, blue = to_linear(np.uint8([[[220, 30, 30]]])), to_linear(np.uint8([[[20, 40, 200]]]))
    layers = estimate_layers(mixed(red, blue, alpha), alpha, sampling)
    a = alpha.flat[layers.index]
    assert np.abs(layers.foreground - red[0])[a > 0.2].max() < 0.02
    assert np.abs(layers.background - blue[0])[a < 0.8].max() < 0.02


@pytest.mark.parametrize("sampling", ["coarse", "dense"])
def test_a_white_wall_does_not_bleed_into_a_dark_sleeve(sampling: LayerSampling) -> None:
    y, x = np.mgrid[0:300, 0:240]
    alpha = np.clip((60.0 - np.hypot(x - 120, y - 150)) / 12.0 + 0.5, 0.0, 1.0).astype(np.float32)
    sleeve, wall = to_linear(np.uint8([[[120, 10, 10]]])), to_linear(np.uint8([[[250, 250, 250]]]))
    layers = estimate_layers(mixed(sleeve, wall, alpha), alpha, sampling)
    clear = alpha.flat[layers.index] > 0.15
    found = to_srgb(layers.foreground[None])[0][clear].astype(int)
    assert np.abs(found - (120, 10, 10)).max() <= 12
    assert np.abs(found - (120, 10, 10)).mean() <= 3


def test_a_plain_subject_stays_plain_before_a_textured_wall() -> None:
    """The texture that shines through belongs to the wall."""
    rng = np.random.default_rng(7)
    alpha = np.clip(np.linspace(-3.0, 4.0, 240, dtype=np.float32), 0, 1)[None].repeat(200, axis=0)
    wall = to_linear(cv2.resize(rng.integers(30, 220, (50, 60, 3), np.uint8), (240, 200)))
    sleeve = to_linear(np.uint8([[[40, 90, 60]]]))
    layers = estimate_layers(mixed(sleeve, wall, alpha), alpha)
    half = np.abs(alpha.flat[layers.index] - 0.5) < 0.2
    error = np.abs(layers.foreground - sleeve[0])[half].mean()
    assert error < 0.1 * np.abs(wall.reshape(-1, 3)[layers.index] - wall.mean(axis=(0, 1)))[half].mean()


@pytest.mark.parametrize(("module", "name"), [(strips, "STRIP_PIXELS"), (soft_layers, "_CHUNK_PIXELS")])
def test_strips_and_chunks_do_not_show(portrait_scene: Scene, module: ModuleType, name: str) -> None:
    image, alpha = portrait_scene(90, 70)
    alpha = cv2.blur(alpha, (9, 9))
    whole = estimate_layers(image, alpha)
    assert whole.index.size > 1000
    with patch.object(module, name, 321):
        parts = estimate_layers(image, alpha)
    for field in ("index", "foreground", "background"):
        np.testing.assert_array_equal(getattr(parts, field), getattr(whole, field))


def test_layers_are_the_same_every_time_and_nothing_is_written_to(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(80, 64)
    before = image.copy(), alpha.copy()
    first, second = estimate_layers(image, alpha), estimate_layers(image, alpha)
    np.testing.assert_array_equal(first.foreground, second.foreground)
    np.testing.assert_array_equal(first.background, second.background)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(alpha, before[1])


def test_soft_pixels_are_in_the_order_of_rows(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(80, 64)
    layers = estimate_layers(image, alpha)
    assert (np.diff(layers.index) > 0).all()
    assert ((alpha.flat[layers.index] > 0.0) & (alpha.flat[layers.index] < 1.0)).all()


def test_solid_pixels_are_left_alone(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(64, 64)
    light = to_linear(image)
    before = light.copy()
    estimate_layers(image, alpha).put_foreground(light, slice(0, 64))
    solid = (alpha == 0.0) | (alpha == 1.0)
    np.testing.assert_array_equal(light[solid], before[solid])
