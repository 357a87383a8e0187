import cv2
import numpy as np
import pytest

from portrait.core.resize import (
    ImagePyramid,
    downsample_to_long_side,
    fit_framed,
    halved_shape,
    resize,
    upsample_rows,
)


@pytest.mark.parametrize("shape", [(70, 61), (45, 40), (9, 8), (30, 17)])
@pytest.mark.parametrize("shrink", [1, 2, 5])
def test_framing_at_a_part_of_the_size_samples_the_small_picture(shape: tuple[int, int], shrink: int) -> None:
    """Every sample lies in the middle of its block of the large picture, those of the frame outside of it."""
    rows, columns = np.mgrid[:9, :8].astype(np.float32)
    for small, axis in ((rows, 0), (columns, 1)):
        framed = fit_framed(small, shrink, *shape)
        assert framed.shape == tuple(-(-side // shrink) + 2 for side in shape)
        centres = (np.arange(framed.shape[axis]) - 0.5) * shrink * small.shape[axis] / shape[axis] - 0.5
        expected = np.clip(centres, 0.0, small.shape[axis] - 1.0)
        across = framed[:, 1] if axis == 0 else framed[1]
        np.testing.assert_allclose(across, expected, atol=1e-4)


def test_small_pictures_are_not_enlarged() -> None:
    assert downsample_to_long_side(np.zeros((3, 4), np.float32), 512).shape == (3, 4)
    assert downsample_to_long_side(np.zeros((1000, 2), np.float32), 500).shape == (500, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("factor", [1, 3, 8])
def test_rows_of_a_framed_picture_equal_the_whole_enlarged(dtype: type, factor: int) -> None:
    framed = (200 * np.random.default_rng(3).random((9, 8, 3))).astype(dtype)
    whole = cv2.resize(framed, (8 * factor, 9 * factor), interpolation=cv2.INTER_LINEAR)
    height, width = 7 * factor - factor // 2, 6 * factor - factor // 3  # the last pixel reaches beyond the picture
    parts = [upsample_rows(framed, factor, slice(y, min(height, y + 4)), width) for y in range(0, height, 4)]
    expected = whole[factor : factor + height, factor : factor + width]
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "size"), [((720, 1280), (90, 160)), ((3000, 4000), (188, 250)), ((256, 200), (256, 200))]
)
def test_a_picture_is_halved_until_it_is_small_enough(shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert halved_shape(shape, 256) == size


def test_halving_keeps_means() -> None:
    image = np.random.default_rng(5).random((64, 96), dtype=np.float32)
    expected = image.reshape(16, 4, 24, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(resize(image, *halved_shape((64, 96), 24)), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(720, 1280, 3), (96, 62, 3), (37, 64, 3), (5, 4, 3)])
def test_a_pyramid_gives_what_resizing_the_image_gives(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(6).integers(0, 256, shape, dtype=np.uint8)
    pyramid = ImagePyramid(image)
    for long_side_px in (160, 32, 20, 256, 3):
        expected = downsample_to_long_side(image, long_side_px)
        np.testing.assert_array_equal(pyramid.resize_to_long_side(long_side_px), expected)
    assert pyramid.image is image
