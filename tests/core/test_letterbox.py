import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.letterbox import Letterbox


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


@pytest.mark.parametrize("shape", [(100, 300), (300, 100)])
def test_the_image_lies_in_the_middle(shape: tuple[int, int]) -> None:
    box = Letterbox.fit(shape, 96, 96)
    assert abs(2 * box.top + box.height - 96) <= 1
    assert abs(2 * box.left + box.width - 96) <= 1
