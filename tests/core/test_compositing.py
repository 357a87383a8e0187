from collections.abc import Callable

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.compositing import estimate_layers, over

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


def test_over_is_the_compositing_equation() -> None:
    foreground, background = np.full((1, 3, 3), 0.8, np.float32), np.full((1, 3, 3), 0.2, np.float32)
    alpha = np.array([[0.0, 0.5, 1.0]], np.float32)
    np.testing.assert_allclose(over(foreground, background, alpha)[0, :, 0], [0.2, 0.5, 0.8], atol=1e-5)


def test_layers_put_together_again_give_the_picture() -> None:
    coarse = np.random.default_rng(5).integers(60, 180, (6, 8, 3), np.uint8)
    image = cv2.resize(coarse, (80, 60), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip(np.linspace(-0.3, 1.3, 80, dtype=np.float32), 0, 1)[None].repeat(60, axis=0)
    layers = estimate_layers(image, alpha)
    foreground, background = to_linear(image), to_linear(image)
    for rows in (slice(0, 25), slice(25, 60)):
        layers.put_foreground(foreground[rows], rows)
        layers.put_background(background[rows], rows)
    again = to_srgb(over(foreground, background, alpha)).astype(int)
    assert np.abs(again - image).max() <= 1


def test_layers_find_both_colours_at_a_soft_edge() -> None:
    alpha = np.clip(np.linspace(-19.5, 20.5, 400, dtype=np.float32), 0, 1)[None].repeat(300, axis=0)
    red, blue = to_linear(np.uint8([[[220, 30, 30]]])), to_linear(np.uint8([[[20, 40, 200]]]))
    image = to_srgb(over(np.broadcast_to(red, (300, 400, 3)), np.broadcast_to(blue, (300, 400, 3)), alpha))
    light = to_linear(image)
    estimate_layers(image, alpha).put_background(light, slice(0, 300))
    soft = (alpha > 0.05) & (alpha < 0.7)
    assert np.abs(light[soft] - blue[0]).max() < 0.1


def test_solid_pixels_are_left_alone(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(64, 64)
    light = to_linear(image)
    before = light.copy()
    estimate_layers(image, alpha).put_foreground(light, slice(0, 64))
    solid = (alpha == 0.0) | (alpha == 1.0)
    np.testing.assert_array_equal(light[solid], before[solid])
