"""Chosen pixels are read and written as by NumPy's own indexing."""

import numpy as np
import pytest

from portrait.core.gather import gather_pixels, scatter_pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("index", [[], [0], [3, 11, 19]])
def test_pixels_go_there_and_back(dtype: type, index: list[int]) -> None:
    image = np.arange(60).reshape(4, 5, 3).astype(dtype)
    places, expected = np.array(index, np.intp), image.copy()
    np.testing.assert_array_equal(gather_pixels(image, places), image.reshape(-1, 3)[places])
    colors = np.full((len(index), 3), 7, dtype) * np.array([1, 2, 3], dtype)
    expected.reshape(-1, 3)[places] = colors
    scatter_pixels(image, places, colors)
    np.testing.assert_array_equal(image, expected)


def test_rows_of_a_picture_are_written_in_place() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    scatter_pixels(image[2:], np.array([1]), np.array([[9, 8, 7]], np.uint8))
    assert image[2, 1].tolist() == [9, 8, 7]


def test_what_is_not_contiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="would not be written"):
        scatter_pixels(np.zeros((4, 5, 3), np.uint8)[:, 1:], np.array([0]), np.zeros((1, 3), np.uint8))


def test_a_place_outside_the_picture_is_refused() -> None:
    with pytest.raises(IndexError):
        gather_pixels(np.zeros((4, 5, 3), np.uint8), np.array([20]))
