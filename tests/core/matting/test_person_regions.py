import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.boxes import Box
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
