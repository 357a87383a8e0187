import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.letterbox import Letterbox
from portrait.core.resize import downsample_to_long_side, fit_framed, halve_to_long_side, upsample_rows
from portrait.core.strips import strips


@given(height=st.integers(1, 3000), width=st.integers(1, 3000), size=st.sampled_from([64, 256, 257]))
def test_letterbox_stays_inside_its_input(height: int, width: int, size: int) -> None:
    box = Letterbox.fit((height, width), size, size)
    assert box.top >= 0
    assert box.top + box.height <= size
    assert box.left >= 0
    assert box.left + box.width <= size
    assert max(box.height, box.width) == size


def test_letterbox_round_trip_gives_the_picture_back() -> None:
    rng = np.random.default_rng(1)
    image = cv2.resize(rng.integers(0, 256, (6, 9, 3), np.uint8), (128, 64), interpolation=cv2.INTER_LINEAR)
    box = Letterbox.fit(image.shape[:2], 128, 128)
    padded = box.apply(image, (127.0, 127.0, 127.0))
    assert padded.shape == (128, 128, 3)
    assert (padded[: box.top] == 127).all()
    back = box.crop(padded.transpose(2, 0, 1).astype(np.float32))
    np.testing.assert_array_equal(back.transpose(1, 2, 0), image)


def test_crop_works_at_another_output_resolution() -> None:
    box = Letterbox.fit((100, 200), 256, 256)
    assert box.crop(np.zeros((1, 64, 64), np.float32)).shape == (1, 32, 64)


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


def test_strips_cover_every_row_once_and_start_at_multiples() -> None:
    covered = [row for rows in strips(5003, 4000, multiple=7) for row in range(rows.start, rows.stop)]
    assert covered == list(range(5003))
    assert all(rows.start % 7 == 0 for rows in strips(5003, 4000, multiple=7))
    at_most = list(strips(5003, 400, multiple=7, most=30))
    assert max(rows.stop - rows.start for rows in at_most) == 28
    assert at_most[-1].stop == 5003


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
    image = np.full((*shape, 3), 77, np.uint8)
    halved = halve_to_long_side(image, 256)
    assert halved.shape == (*size, 3)
    assert (halved == 77).all()


def test_halving_keeps_means() -> None:
    image = np.random.default_rng(5).random((64, 96), dtype=np.float32)
    expected = image.reshape(16, 4, 24, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(halve_to_long_side(image, 24), expected, atol=1e-6)
