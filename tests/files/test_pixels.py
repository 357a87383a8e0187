import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.ExifTags import Base

from portrait.files.pixels import flatten, read_rgb, reduce_to_8_bits, turn_upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_agrees_with_pillow(orientation: int) -> None:
    array = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    picture = Image.fromarray(array)
    picture.getexif()[Base.Orientation] = orientation
    expected = np.asarray(ImageOps.exif_transpose(picture))
    turned = turn_upright(array, orientation)
    np.testing.assert_array_equal(turned, expected)
    assert turned.flags.c_contiguous


@pytest.mark.parametrize("orientation", [0, 9, -1, 700])
def test_unknown_orientation_is_ignored(orientation: int) -> None:
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    np.testing.assert_array_equal(turn_upright(array, orientation), array)


def test_16_bits_are_rounded_not_cut() -> None:
    values = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    reduced = reduce_to_8_bits(values)
    assert np.abs(reduced.astype(float) - values / 257.0).max() <= 0.5 + 1e-4
    assert (reduced[0, 0], reduced[-1, -1]) == (0, 255)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
        (np.array([[np.nan, -3.0, 1.0]], np.float32), [0, 0, 255]),
        (np.array([[0, 1, 200]], np.int32), [0, 1, 200]),
        (np.array([[0, 257, 65_535]], np.int32), [0, 1, 255]),
        (np.array([[0, 1_000_000]], np.int32), [0, 255]),
        (np.array([[0, 0]], np.int32), [0, 0]),
    ],
)
def test_unstated_white_is_guessed(values: np.ndarray, expected: list[int]) -> None:
    assert reduce_to_8_bits(values)[0].tolist() == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_picture_is_put_on_a_backdrop(dtype: type) -> None:
    image, backdrop = np.full((1, 3, 3), 200, np.uint8), np.full((1, 3, 3), 100, np.uint8)
    opaque = np.iinfo(dtype).max
    transparency = np.array([[0, opaque // 2, opaque]], dtype)
    np.testing.assert_allclose(flatten(image, transparency, backdrop)[0, :, 0], (100, 150, 200), atol=1)
    np.testing.assert_allclose(flatten(image, transparency)[0, :, 0], (255, 228, 200), atol=1)


@pytest.mark.parametrize("size", [(1, 1), (3, 64), (5, 129), (200, 63)])
def test_pixels_are_read_as_pillow_holds_them(size: tuple[int, int]) -> None:
    levels = np.random.default_rng(4).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    read = read_rgb(Image.fromarray(levels))
    np.testing.assert_array_equal(read, levels)
    assert read.flags.c_contiguous
