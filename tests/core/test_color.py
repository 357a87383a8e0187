import numpy as np

from portrait.core.color import to_linear, to_srgb


def test_every_level_survives_the_round_trip() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    np.testing.assert_array_equal(to_srgb(to_linear(levels)), levels)


def test_middle_grey_is_about_a_fifth_of_the_light() -> None:
    grey = to_linear(np.full((1, 1, 3), 119, np.uint8))
    np.testing.assert_allclose(grey, 0.1845, atol=2e-3)


def test_light_out_of_range_is_clipped() -> None:
    light = np.array([[[-1.0, 0.5, 7.0]]], np.float32)
    np.testing.assert_array_equal(to_srgb(light), [[[0, 188, 255]]])


def test_channels_stay_in_order() -> None:
    image = np.array([[[10, 120, 240]]], np.uint8)
    light = to_linear(image)
    assert light[0, 0, 0] < light[0, 0, 1] < light[0, 0, 2]
