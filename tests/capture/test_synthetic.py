"""The drawn person: deterministic, endless, with a true alpha."""

from typing import Any

import numpy as np
import pytest

from portrait.capture.synthetic import SyntheticSource
from portrait.core.arrays import require_alpha, require_rgb


def test_frames_are_the_same_at_every_run() -> None:
    first, again = SyntheticSource(160, 90), SyntheticSource(160, 90)
    for index in (0, 7, 90):
        for left, right in zip(first.draw(index), again.draw(index), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 9), (90, 320), (320, 90)])
def test_any_size_gives_an_image_and_its_alpha(size: tuple[int, int]) -> None:
    width, height = size
    image, alpha = SyntheticSource(width, height).draw(5)
    require_rgb(image)
    require_alpha(alpha, (height, width))
    assert image.shape == (height, width, 3)


def test_alpha_is_where_the_person_is() -> None:
    source = SyntheticSource(320, 180)
    image, alpha = source.draw(0)
    room = source.draw(0)[0][alpha == 0.0]
    assert 0.1 < alpha.mean() < 0.6
    assert ((alpha > 0.0) & (alpha < 1.0)).any(), "the edge is soft"
    np.testing.assert_array_equal(image[alpha == 0.0], room)


def test_room_does_not_move_and_the_person_does() -> None:
    source = SyntheticSource(320, 180)
    (image, alpha), (later_image, later_alpha) = source.draw(0), source.draw(30)
    is_room = (alpha == 0.0) & (later_alpha == 0.0)
    np.testing.assert_array_equal(image[is_room], later_image[is_room])
    assert np.abs(alpha - later_alpha).max() == 1.0


def test_reading_is_paced_and_endless(clock: Any) -> None:
    source = SyntheticSource(32, 18, frame_rate_fps=10.0, clock=clock, wait=clock.wait)
    source.open()
    frames = [source.read() for _ in range(4)]
    assert [frame.captured_at_s for frame in frames if frame] == pytest.approx([100.0, 100.1, 100.2, 100.3])
    assert [frame.index for frame in frames if frame] == [0, 1, 2, 3]


def test_close_ends_the_delivery_and_open_starts_over() -> None:
    source = SyntheticSource(32, 18, paced=False)
    source.open()
    assert source.read() is not None
    source.close()
    assert source.read() is None
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.index == 0


def test_size_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        SyntheticSource(0, 10)
