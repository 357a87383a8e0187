"""People told apart in a mask: drawn figures that stand alone, touch, hold hands, or are no two people at all."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.core.arrays import AlphaMatte
from portrait.core.people.instances import label_people
from portrait.core.people.person import split_people

HEIGHT, WIDTH = 200, 320


def draw_figure(alpha: AlphaMatte, x: int, height: int = 140, feet: int = 190) -> None:
    """Head, torso and two legs of a person who stands at a column."""
    unit = height / 7.0
    top = feet - height
    cv2.circle(alpha, (x, round(top + 0.6 * unit)), round(0.6 * unit), 1.0, -1, cv2.LINE_AA)
    shoulders, hips = round(top + 1.1 * unit), round(top + 4.0 * unit)
    cv2.rectangle(alpha, (round(x - unit), shoulders), (round(x + unit), hips), 1.0, -1)
    for side in (-1, 1):
        foot = round(x + side * 0.6 * unit)
        cv2.line(alpha, (foot, hips), (foot, feet), 1.0, max(2, round(0.6 * unit)))


def draw_people(*figures: tuple[int, int]) -> AlphaMatte:
    """Figures by column and height."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    for x, height in figures:
        draw_figure(alpha, x, height)
    return alpha


def spread_arms(alpha: AlphaMatte, x: int, reach: int) -> None:
    cv2.line(alpha, (x - reach, 80), (x + reach, 80), 1.0, 12)


def test_nobody_is_nobody() -> None:
    assert split_people(np.zeros((HEIGHT, WIDTH), np.float32)) == ()


def test_people_apart_are_told_apart_the_largest_first() -> None:
    people = split_people(draw_people((60, 100), (240, 150)))
    assert len(people) == 2
    assert people[0].area > people[1].area
    assert people[0].box.left > 160 > people[1].box.right


@pytest.mark.parametrize("gap", [44, 52, 60])
def test_people_who_touch_side_by_side_are_cut_between_them(gap: int) -> None:
    alpha = draw_people((160 - gap // 2, 150), (160 + gap // 2, 140))
    cv2.line(alpha, (160 - gap // 2, 100), (160 + gap // 2, 100), 1.0, 10)  # they hold hands
    people = split_people(alpha)
    assert len(people) == 2
    for person in people:
        own = person.matte > 0.5
        left, right = own[:, :160].sum(), own[:, 160:].sum()
        assert min(left, right) < 0.06 * max(left, right)


def test_a_child_at_a_hand_is_a_person_of_its_own() -> None:
    alpha = draw_people((120, 160), (190, 90))
    cv2.line(alpha, (120, 120), (190, 130), 1.0, 8)
    assert [person.box.height for person in split_people(alpha)] == pytest.approx([162, 92], abs=6)


@pytest.mark.parametrize("reach", [30, 60, 90])
def test_spread_arms_are_no_people(reach: int) -> None:
    alpha = draw_people((160, 150))
    spread_arms(alpha, 160, reach)
    (person,) = split_people(alpha)
    assert person.box.width >= 2 * reach


def test_legs_and_heads_are_no_people() -> None:
    alpha = draw_people((160, 180))
    alpha[150:, 157:164] = 0.0  # a wide stance
    assert len(split_people(alpha)) == 1


def test_specks_are_no_people() -> None:
    alpha = draw_people((160, 150))
    alpha[5:8, 5:8] = 1.0
    assert len(split_people(alpha)) == 1


def test_a_person_has_a_box_an_area_and_a_matte_of_the_whole_image() -> None:
    alpha = draw_people((160, 150))
    (person,) = split_people(alpha)
    np.testing.assert_array_equal(person.matte, alpha)
    assert person.area == pytest.approx(float(alpha.mean()))
    visible = np.argwhere(alpha >= 0.5)
    box = (person.box.top, person.box.left, person.box.bottom - 1, person.box.right - 1)
    assert box == (*visible.min(axis=0), *visible.max(axis=0))


def test_haze_does_not_make_a_box_larger() -> None:
    alpha = draw_people((160, 150))
    box = split_people(alpha)[0].box
    alpha[0, 0] = alpha[-1, -1] = 0.1
    assert split_people(alpha)[0].box == box


def test_people_who_touch_know_of_each_other() -> None:
    alpha = draw_people((60, 150), (104, 140), (250, 130))
    cv2.line(alpha, (60, 100), (104, 100), 1.0, 10)
    people = split_people(alpha)
    assert len(people) == 3
    assert [sorted(person.neighbours) for person in people] == [[1], [0], []]


def test_a_limb_is_not_cut_off_its_body() -> None:
    """A forearm that is held up beside the body, as high as a person but too thin for one."""
    alpha = draw_people((160, 120))
    cv2.line(alpha, (160, 120), (215, 120), 1.0, 6)
    cv2.line(alpha, (215, 120), (215, 75), 1.0, 6)
    assert len(split_people(alpha)) == 1


def test_large_images_are_cut_as_small_ones() -> None:
    alpha = draw_people((140, 150), (184, 140))
    large = cv2.resize(alpha, (WIDTH * 5, HEIGHT * 5), interpolation=cv2.INTER_LINEAR)
    small_areas, large_areas = ([person.area for person in split_people(each)] for each in (alpha, large))
    assert large_areas == pytest.approx(small_areas, rel=0.05)


@settings(deadline=None, max_examples=60)
@given(
    figures=st.lists(st.tuples(st.integers(10, WIDTH - 10), st.integers(40, 180)), min_size=1, max_size=6),
    softness=st.floats(0.0, 3.0),
)
def test_the_mattes_sum_to_the_matte(figures: list[tuple[int, int]], softness: float) -> None:
    alpha = draw_people(*figures)
    if softness > 0.2:
        alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), softness), np.float32)
    people = split_people(alpha)
    mattes = [person.matte for person in people]
    assert people
    assert [person.area for person in people] == sorted((person.area for person in people), reverse=True)
    np.testing.assert_allclose(sum(mattes), alpha, atol=1.01 / 255)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 90))
def test_any_mask_has_labels_from_1_on_without_gaps(seed: int, height: int, width: int) -> None:
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    labels = label_people(np.asarray(cv2.GaussianBlur(noise, (0, 0), 3.0), np.float32))
    found = np.unique(labels[labels > 0])
    np.testing.assert_array_equal(found, np.arange(1, len(found) + 1))
    areas = np.bincount(labels.ravel())[1:]
    assert (np.diff(areas) <= 0).all()
