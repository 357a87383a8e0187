"""Who stays sharp: the main people of an image, those whom it was taken of, or those who were chosen."""

from collections.abc import Sequence

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.people.person import Person

LEAST_HEIGHT = 0.55
"""Height of a main person, as a share of the leading one's."""

LEAST_AREA = 0.12
"""Area of a main person, as a share of the leading one's."""

LEAST_AREA_CUT_OFF = 0.5
"""The same for a person whom the left or right edge of the frame cuts off: someone who walks into the picture."""

LEAST_HEIGHT_TOUCHING, LEAST_AREA_TOUCHING = 0.25, 0.03
"""The same for a person who touches a main one: a child at a hand, a baby in arms."""

_EDGE_DISCOUNT = 0.5
"""What a person at the left or right edge loses of the area when the leading one is chosen."""

_TOUCH_FRACTION = 0.01
"""People whose boxes are this near, as a share of the image's longer side, touch."""


def find_main_people(people: Sequence[Person]) -> tuple[bool, ...]:
    """Decide for each person whether they are a main one.

    The leading person is the largest, the middle of the frame counting for up to twice its edges. Main are those who
    are not much smaller than the leading one, in height and area, and not cut off by the side of the frame; and smaller
    ones who touch a main one.

    Parameters
    ----------
    people
        Of one image, as `portrait.core.people.person.split_people` finds them.

    Returns
    -------
    One for each person, in their order.
    """
    if not people:
        return ()
    leading = max(people, key=_prominence)
    is_main = [person is leading or _is_as_prominent(person, leading) for person in people]
    for index, person in enumerate(people):
        mains = [other for other, main in zip(people, is_main, strict=True) if main]
        is_main[index] |= _is_companion(person, leading) and any(_touch(person, main) for main in mains)
    return tuple(is_main)


def choose_people(people: Sequence[Person], choice: PeopleChoice) -> tuple[bool, ...]:
    """Decide for each person whether they stay sharp.

    Raises
    ------
    LookupError
        A number was chosen that none of them has.
    """
    if choice.numbers and people:
        if choice.numbers[-1] > len(people):
            raise LookupError(f"there is no person {choice.numbers[-1]}: they are numbered from 1 to {len(people)}")
        return tuple(number in choice.numbers for number in range(1, len(people) + 1))
    return find_main_people(people) if choice.group == "main" else (True,) * len(people)


def keep_people(alpha: AlphaMatte, people: Sequence[Person], is_kept: Sequence[bool]) -> AlphaMatte:
    """The matte of the people who are kept; ``alpha`` itself, with its specks, where all are.

    Parameters
    ----------
    alpha
        float32 (H, W), 0 … 1.
    people
        Whom `portrait.core.people.person.split_people` found in it.
    """
    if all(is_kept):
        return alpha
    kept = np.zeros_like(alpha)
    for person, keeps in zip(people, is_kept, strict=True):
        if keeps:
            person.add_to(kept)
    return kept


def _prominence(person: Person) -> float:
    width = person.image_shape[1]
    from_middle = abs(0.5 * (person.box.left + person.box.right) / width - 0.5) * 2.0
    return person.area * (1.0 - _EDGE_DISCOUNT * from_middle)


def _is_as_prominent(person: Person, leading: Person) -> bool:
    least_area = LEAST_AREA_CUT_OFF if _is_cut_off(person) else LEAST_AREA
    return person.box.height >= LEAST_HEIGHT * leading.box.height and person.area >= least_area * leading.area


def _is_cut_off(person: Person) -> bool:
    return person.box.left == 0 or person.box.right == person.image_shape[1]


def _is_companion(person: Person, leading: Person) -> bool:
    is_tall = person.box.height >= LEAST_HEIGHT_TOUCHING * leading.box.height
    return is_tall and person.area >= LEAST_AREA_TOUCHING * leading.area


def _touch(person: Person, other: Person) -> bool:
    margin_px = round(_TOUCH_FRACTION * max(person.image_shape))
    return _overlap(person.box.grown(margin_px, person.image_shape), other.box)


def _overlap(box: Box, other: Box) -> bool:
    return box.top < other.bottom and other.top < box.bottom and box.left < other.right and other.left < box.right
