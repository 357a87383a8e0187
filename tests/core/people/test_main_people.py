"""Whom a photo is of: composed groups of known sizes and places."""

import numpy as np
import pytest

from portrait.core.boxes import Box
from portrait.core.people.main_people import choose_people, find_main_people, keep_people
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.people.person import Person, split_people

SHAPE = (300, 400)


def figure(left: int, top: int, width: int, height: int, neighbours: tuple[int, ...] = ()) -> Person:
    """A person who fills half of a box."""
    in_box = np.zeros((height, width), np.float32)
    in_box[:, width // 4 : width // 4 + width // 2] = 1.0
    in_box[0, 0] = in_box[-1, -1] = 1.0
    area = float(in_box.sum()) / (SHAPE[0] * SHAPE[1])
    box = Box(top, left, top + height, left + width)
    return Person(box, area, SHAPE, frozenset(neighbours), box, in_box)


LEADING = figure(160, 80, 80, 200)


@pytest.mark.parametrize(
    ("other", "is_main"),
    [
        (figure(50, 90, 80, 190), True),  # as large, beside
        (figure(50, 150, 60, 130), True),  # a child apart
        (figure(60, 90, 40, 90), False),  # far behind
        (figure(0, 90, 40, 190), False),  # walks into the picture
        (figure(0, 70, 90, 210), True),  # as large, at the edge
        (figure(240, 200, 40, 80, (0,)), True),  # a child who touches
        (figure(240, 200, 40, 80), False),  # a child whose box touches, far behind
        (figure(235, 120, 8, 30, (0,)), True),  # a hand that the mask has lost from its arm
        (figure(245, 120, 8, 30), False),  # a head far behind
        (figure(225, 120, 8, 30), True),  # a hand whose arm the mask has lost
        (figure(240, 120, 90, 40, (0,)), False),  # a bag far behind: too large for a hand, too low for a person
    ],
)
def test_main_are_those_who_are_not_much_smaller_nor_cut_off_or_who_touch(other: Person, is_main: bool) -> None:
    assert find_main_people([LEADING, other]) == (True, is_main)


def test_the_middle_leads_before_a_slightly_larger_one_at_the_edge() -> None:
    edge = figure(310, 60, 90, 240)
    small = figure(40, 170, 60, 125)
    assert find_main_people([edge, LEADING, small])[1]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0)])
def test_a_companion_of_a_companion_is_one_too(order: tuple[int, int, int]) -> None:
    """Whatever their order: a child at the hand of a child."""
    place = {index: number for number, index in enumerate(order)}
    people = [
        LEADING,
        figure(240, 200, 40, 80, (place[0], place[2])),
        figure(280, 210, 36, 60, (place[1],)),
    ]
    assert find_main_people([people[index] for index in order]) == (True, True, True)


def test_alone_everyone_is_main_however_small() -> None:
    assert find_main_people([figure(10, 10, 9, 20)]) == (True,)
    assert find_main_people([]) == ()


def test_numbers_choose_by_size() -> None:
    people = [LEADING, figure(50, 90, 60, 100), figure(300, 100, 40, 90)]
    assert choose_people(people, PeopleChoice.parse("3,1")) == (True, False, True)
    assert choose_people(people, PeopleChoice.parse("all")) == (True, True, True)
    with pytest.raises(LookupError, match="no person 4: they are numbered from 1 to 3"):
        choose_people(people, PeopleChoice.parse("4"))
    assert choose_people([], PeopleChoice.parse("4")) == ()


@pytest.mark.parametrize("text", ["", "most", "MAIN", "0", "1,-2", "1;2", "1.5", "1_0", "\u0661", "1,"])
def test_other_words_are_no_choice(text: str) -> None:
    with pytest.raises(ValueError, match=r"numbered from 1|is not main"):
        PeopleChoice.parse(text)


def test_who_is_not_kept_is_background_wholly() -> None:
    alpha = np.zeros(SHAPE, np.float32)
    alpha[50:290, 150:250], alpha[150:200, 30:60] = 1.0, 0.9
    people = split_people(alpha)
    kept = keep_people(alpha, people, (True, False))
    assert kept[50:290, 150:250].min() == 1.0
    assert not kept[:, :100].any()
    assert keep_people(alpha, people, (True, True)) is alpha
