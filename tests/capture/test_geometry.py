"""Square pixels and upright pictures."""

from fractions import Fraction

import numpy as np
import pytest

from portrait.capture.geometry import UPRIGHT, Orientation, displayed_size_px, orient

PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(1), (576, 720)),
        (Fraction(64, 45), (576, 1024)),
        (Fraction(8, 9), (648, 720)),
        (Fraction(0), (576, 720)),
        (Fraction(1000, 999), (576, 720)),
        (Fraction(50), (576, 720)),
        (Fraction(1, 50), (576, 720)),
    ],
    ids=["square", "wide", "slender", "unknown", "nearly square", "nonsense", "nonsense upright"],
)
def test_the_side_that_is_too_short_is_made_longer(aspect: Fraction, size: tuple[int, int]) -> None:
    assert displayed_size_px(576, 720, aspect) == size


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (UPRIGHT, PICTURE),
        ((-1, 0, 0, -1), np.rot90(PICTURE, 2)),
        ((0, 1, -1, 0), np.rot90(PICTURE, -1)),
        ((0, -1, 1, 0), np.rot90(PICTURE, 1)),
        ((-1, 0, 0, 1), PICTURE[:, ::-1]),
        ((1, 0, 0, -1), PICTURE[::-1]),
        ((0, 1, 1, 0), PICTURE.transpose(1, 0, 2)),
    ],
    ids=["upright", "half", "clockwise", "anticlockwise", "mirrored", "upside down", "transposed"],
)
def test_quarter_turns_and_mirrors(orientation: Orientation, expected: np.ndarray) -> None:
    turned = orient(PICTURE, orientation)
    np.testing.assert_array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_another_angle_is_taken_for_the_nearest_quarter_turn() -> None:
    np.testing.assert_array_equal(orient(PICTURE, (98, 17, -17, 98)), PICTURE)
