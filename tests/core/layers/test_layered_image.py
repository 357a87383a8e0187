"""The context that carries an image through rendering."""

import numpy as np
import pytest

from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers, estimate_layers

ALPHA = np.repeat(np.linspace(0.0, 1.0, 40, dtype=np.float32)[None], 30, axis=0)
IMAGE = np.random.default_rng(3).integers(0, 256, (30, 40, 3), np.uint8)


def test_layers_that_are_not_given_are_estimated() -> None:
    found, expected = LayeredImage.of(IMAGE, ALPHA).layers, estimate_layers(IMAGE, ALPHA)
    np.testing.assert_array_equal(found.foreground, expected.foreground)
    np.testing.assert_array_equal(found.background, expected.background)


def test_layers_of_another_image_are_refused() -> None:
    with pytest.raises(ValueError, match="another size"):
        LayeredImage.of(IMAGE, ALPHA, SoftLayers.none((40, 30)))


def test_both_layers_make_up_the_image() -> None:
    scene, rows = LayeredImage.of(IMAGE, ALPHA), slice(10, 20)
    foreground, background = scene.foreground_light(rows), scene.background_light(rows)
    is_subject, is_background = ALPHA[rows] == 1.0, ALPHA[rows] == 0.0
    whole = LayeredImage(IMAGE, ALPHA, SoftLayers.none(scene.shape)).background_light(rows)
    np.testing.assert_array_equal(foreground[is_subject], whole[is_subject])
    np.testing.assert_array_equal(background[is_background], whole[is_background])
    assert (foreground != background).any()


def test_every_row_is_worked_on_once() -> None:
    seen: list[int] = []
    LayeredImage.of(IMAGE, ALPHA).for_strips(lambda rows: seen.extend(range(rows.start, rows.stop)), multiple=4)
    assert sorted(seen) == list(range(30))
