import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.boxes import Box, bounding_box, cover_by_tiles
from portrait.core.matting.person_regions import RegionOptions, find_regions, fit_area, paste


def draw(shape: tuple[int, int], *people: Box) -> np.ndarray:
    probability = np.zeros(shape, np.float32)
    for person in people:
        person.crop(probability)[:] = 0.9
    return probability


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.top <= inner.top
        and outer.left <= inner.left
        and outer.bottom >= inner.bottom
        and outer.right >= inner.right
    )


def test_each_person_has_a_box_with_room_around() -> None:
    people = Box(20, 10, 80, 30), Box(30, 150, 70, 170)
    boxes = find_regions(draw((100, 200), *people), RegionOptions(margin_fraction=0.2))
    assert boxes == (Box(8, 0, 92, 42), Box(22, 142, 78, 178))


def test_people_close_together_share_a_box() -> None:
    people = Box(20, 40, 80, 60), Box(20, 75, 80, 95), Box(85, 60, 95, 70)
    (box,) = find_regions(draw((100, 200), *people), RegionOptions())
    assert all(holds(box, person) for person in people)


def test_faint_people_count_and_specks_do_not() -> None:
    probability = draw((100, 200), Box(10, 10, 12, 12))
    Box(40, 100, 70, 115).crop(probability)[:] = 0.2
    (box,) = find_regions(probability, RegionOptions(speck_fraction=0.001))
    assert holds(box, Box(40, 100, 70, 115))
    assert box.left > 12


def test_only_the_largest_are_kept() -> None:
    people = [Box(10, 60 * i, 14 + 4 * i, 60 * i + 6) for i in range(5)]
    boxes = find_regions(draw((100, 300), *people), RegionOptions(most=2))
    assert [holds(box, person) for box, person in zip(boxes, people[:2:-1], strict=True)] == [True, True]


@pytest.mark.parametrize("person", [None, Box(5, 20, 100, 190)])
def test_nothing_to_look_at_closer(person: Box | None) -> None:
    people = () if person is None else (person,)
    assert find_regions(draw((100, 200), *people), RegionOptions()) == ()


@given(st.lists(st.tuples(*[st.integers(0, 59)] * 4), max_size=12))
def test_boxes_lie_in_the_picture_and_apart(corners: list[tuple[int, int, int, int]]) -> None:
    people = [Box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in corners]
    counted = draw((60, 60))
    for box in find_regions(draw((60, 60), *people), RegionOptions(most=12, largest_fraction=1.0, speck_fraction=0.0)):
        assert holds(Box(0, 0, 60, 60), box)
        box.crop(counted)[:] += 1.0
    assert counted.max(initial=0.0) <= 1.0
    assert all((person.crop(counted) == 1.0).all() for person in people)


@given(st.integers(1, 4000), st.integers(1, 4000), st.sampled_from([1, 16, 32]))
def test_inputs_are_multiples_of_about_the_area(height: int, width: int, multiple: int) -> None:
    fitted = fit_area((height, width), 384 * 384, multiple)
    assert all(side % multiple == 0 and side > 0 for side in fitted)
    if 0.25 < height / width < 4.0:
        assert fitted[0] * fitted[1] == pytest.approx(384 * 384, rel=0.15)
        assert fitted[0] / fitted[1] == pytest.approx(height / width, rel=0.2)


def test_a_box_means_the_same_part_at_another_size() -> None:
    assert Box(10, 20, 30, 60).scaled((100, 100), (1000, 500)) == Box(100, 100, 300, 300)
    assert Box(0, 0, 100, 100).scaled((100, 100), (37, 3)) == Box(0, 0, 37, 3)
    tiny = Box(99, 50, 100, 51).scaled((100, 100), (4, 4))
    assert (tiny.height, tiny.width, tiny.bottom) == (1, 1, 4)


def test_what_is_pasted_rules_inside_and_fades_out() -> None:
    whole = np.zeros((80, 80), np.float32)
    paste(whole, np.ones((10, 10), np.float32), Box(20, 20, 60, 60), weight=0.7, feather_fraction=0.2)
    assert whole[40, 40] == pytest.approx(0.7)
    assert (whole[:20] == 0.0).all()
    assert (whole[:, 60:] == 0.0).all()
    assert np.abs(np.diff(whole, axis=0)).max() < 0.7 / 8 + 1e-6
    assert np.abs(np.diff(whole, axis=1)).max() < 0.7 / 8 + 1e-6


def test_there_is_no_fade_at_the_border_of_the_picture() -> None:
    whole = np.zeros((40, 40), np.float32)
    paste(whole, np.ones((8, 8), np.float32), Box(0, 0, 40, 20), weight=1.0, feather_fraction=0.2)
    assert (whole[:, 0] == 1.0).all()
    assert whole[0, 10] == whole[39, 10] == 1.0
    assert whole[20, 19] < 0.2


def test_what_agrees_is_left_as_it_is() -> None:
    whole = np.full((30, 50), 0.25, np.float32)
    paste(whole, np.full((7, 9), 0.25, np.float32), Box(3, 4, 20, 30), weight=0.7, feather_fraction=0.1)
    np.testing.assert_allclose(whole, 0.25, atol=1e-6)


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
