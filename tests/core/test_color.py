import numpy as np
import pytest

from portrait.core.color import dither_to_8_bits, to_8_bits, to_deep_srgb, to_linear, to_srgb


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


def test_16_bits_survive_the_round_trip_but_for_one_level() -> None:
    levels = np.repeat(np.arange(65_536, dtype=np.uint16).reshape(256, 256, 1), 3, axis=2)
    assert np.abs(to_deep_srgb(to_linear(levels)).astype(int) - levels).max() <= 1
    np.testing.assert_array_equal(to_deep_srgb(np.array([[[-1.0, 0.0, 7.0]]], np.float32)), [[[0, 0, 65_535]]])


def test_depths_agree() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    np.testing.assert_allclose(to_linear(levels.astype(np.uint16) * 257), to_linear(levels), rtol=1e-6)
    np.testing.assert_array_equal(to_8_bits(levels.astype(np.uint16) * 257), levels)
    assert to_8_bits(levels) is levels


def test_dithered_8_bits_keep_the_mean() -> None:
    deep = np.full((600, 700, 3), 30_100, np.uint16)
    dithered = dither_to_8_bits(deep)
    assert set(np.unique(dithered)) == {117, 118}
    assert dithered.mean() == pytest.approx(30_100 / 257.0, abs=0.01)
    np.testing.assert_array_equal(dither_to_8_bits(deep), dithered)
    ends = np.array([[[0, 65_535, 257]]], np.uint16)
    np.testing.assert_array_equal(dither_to_8_bits(ends)[0, 0, :2], [0, 255])
