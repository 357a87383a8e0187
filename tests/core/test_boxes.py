import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.boxes import Box, bounding_box, cover_by_tiles


def test_a_box_means_the_same_part_at_another_size() -> None:
    assert Box(10, 20, 30, 60).scaled((100, 100), (1000, 500)) == Box(100, 100, 300, 300)
    assert Box(0, 0, 100, 100).scaled((100, 100), (37, 3)) == Box(0, 0, 37, 3)
    tiny = Box(99, 50, 100, 51).scaled((100, 100), (4, 4))
    assert (tiny.height, tiny.width, tiny.bottom) == (1, 1, 4)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(0, 3))
def test_tiles_hold_the_whole_mask_and_do_not_overlap(height: int, width: int, tile_px: int, thinned: int) -> None:
    mask = np.random.default_rng(height * width).random((height, width)) < (0.0, 0.02, 0.3, 1.0)[thinned]
    count = np.zeros(mask.shape, np.int64)
    for box in cover_by_tiles(mask, tile_px):
        assert box.crop(mask).any()
        box.crop(count)[:] += 1
    assert count.max() <= 1
    assert count[mask].all()


def test_tiles_leave_out_what_is_far_from_the_mask() -> None:
    mask = np.zeros((40, 60), np.bool_)
    mask[5, [3, 12, 55]] = True
    assert cover_by_tiles(mask, 10) == (Box(0, 0, 10, 20), Box(0, 50, 10, 60))


def test_a_box_is_counted_from_the_corner_of_the_one_around() -> None:
    numbers = np.arange(600).reshape(20, 30)
    inner, outer = Box(4, 7, 9, 12), Box(2, 3, 15, 20)
    np.testing.assert_array_equal(inner.within(outer).crop(outer.crop(numbers)), inner.crop(numbers))


def test_a_mask_is_boxed_and_a_box_is_enlarged() -> None:
    mask = np.zeros((20, 30), np.bool_)
    assert bounding_box(mask).area_px == 0
    mask[3, 7] = mask[11, 5] = True
    box = bounding_box(mask)
    assert box == Box(3, 5, 12, 8)
    assert box.upsampled(4, (100, 100)) == Box(12, 20, 48, 32)
    assert box.upsampled(4, (45, 30)) == Box(12, 20, 45, 30), "no farther than the picture reaches"


def test_boxes_are_joined_and_cut() -> None:
    one, other = Box(2, 3, 10, 8), Box(5, 0, 7, 20)
    assert one.union(other) == Box(2, 0, 10, 20)
    assert one.intersection(other) == Box(5, 3, 7, 8)
    assert one.intersection(Box(12, 0, 20, 9)).height <= 0
