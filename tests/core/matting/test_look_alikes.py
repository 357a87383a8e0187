"""What a label map shows to be something else is no person; what it overlooks, or carries people, stays."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.matting.look_alikes import LEAST_COVER, drop_look_alikes, has_new_part
from portrait.core.matting.subject import TRACE

BACKGROUND, DOG, PERSON, TRAIN = range(4)

Levels = NDArray[np.float32]


def disk(x: int, y: int, radius: int, side: int = 200) -> Levels:
    drawn = np.zeros((side, side), np.float32)
    cv2.circle(drawn, (x, y), radius, 1.0, -1)
    return cv2.GaussianBlur(drawn, (0, 0), 1.5)


def label_map(*areas: tuple[Levels, int]) -> NDArray[np.uint8]:
    labels = np.full((200, 200), BACKGROUND, np.uint8)
    for area, number in areas:
        labels[area >= 0.5] = number
    return labels


def drop(probability: Levels, labels: NDArray[np.uint8]) -> Levels:
    return drop_look_alikes(probability, labels, PERSON, BACKGROUND)


@pytest.mark.parametrize("size", [(200, 200), (97, 131), (400, 300)])
def test_a_dog_goes_and_who_stands_beside_it_stays(size: tuple[int, int]) -> None:
    dog, person = disk(50, 100, 30), disk(150, 100, 30)
    labels = cv2.resize(label_map((disk(50, 100, 34), DOG), (person, PERSON)), size, interpolation=cv2.INTER_NEAREST)
    both = np.maximum(dog, person)
    np.testing.assert_array_equal(drop(both, labels), np.where(dog > TRACE, np.float32(0.0), both))


@pytest.mark.parametrize(
    "labels",
    [
        label_map(),
        label_map((disk(100, 100, 40), DOG), (disk(100, 100, 14), PERSON)),
        label_map((np.ones((200, 200), np.float32), TRAIN)),
        label_map((disk(100, 100, 24), DOG)),
    ],
    ids=["overlooked", "rider", "in a train", "holds it"],
)
def test_who_may_be_a_person_stays(labels: NDArray[np.uint8]) -> None:
    person = disk(100, 100, 40)
    assert drop(person, labels) is person


def test_a_thing_must_be_taken_for_a_person_in_good_part() -> None:
    thing = np.zeros((200, 200), np.float32)
    thing[20:180, 20:180] = 1.0
    for cover, is_dropped in ((1.3 * LEAST_COVER, True), (0.7 * LEAST_COVER, False)):
        found = np.zeros_like(thing)
        found[20 : 20 + round(160 * cover), 20:180] = 1.0
        left = drop(found, label_map((thing, TRAIN)))
        assert bool((left == 0.0).all()) == is_dropped


def test_where_nobody_is_nothing_changes() -> None:
    nobody = np.zeros((20, 30), np.float32)
    assert drop(nobody, label_map((disk(100, 100, 40), DOG))) is nobody


def test_a_small_part_of_a_thing_goes_where_nobody_can_be_inside_of_it() -> None:
    person, thing = disk(100, 100, 20), np.ones((200, 200), np.float32)
    for number, is_dropped in ((TRAIN, False), (DOG, True)):
        labels = label_map((thing, number))
        found = drop_look_alikes(person, labels, PERSON, BACKGROUND, closed=(DOG,))
        assert (found.max() <= TRACE) == is_dropped
    carried = label_map((disk(100, 100, 24), DOG), (disk(100, 100, 10), PERSON))
    assert drop_look_alikes(person, carried, PERSON, BACKGROUND, closed=(DOG,)) is person


def test_a_part_is_new_where_most_of_it_was_not_there_before() -> None:
    before = disk(50, 100, 30)
    assert not has_new_part(disk(58, 100, 30), before)
    assert has_new_part(disk(120, 100, 30), before)
    assert has_new_part(np.maximum(before, disk(150, 60, 20)), before)
    assert not has_new_part(np.maximum(before, disk(150, 60, 2)), before), "a speck is nobody"
    assert not has_new_part(np.zeros_like(before), before)
