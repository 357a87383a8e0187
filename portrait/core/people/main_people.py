"""Who stays sharp: the main people of an image, those whom it was taken of, or those who were chosen."""

from collections.abc import Sequence

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.people.person import Person

LEAST_HEIGHT = 0.55
"""Height of a main person, as a share of the leading one's."""

LEAST_AREA = 0.12
"""Area of a main person, as a share of the leading one's."""

LEAST_AREA_CUT_OFF = 0.5
"""The same for a person whom the left or right edge of the frame cuts off: someone who walks into the picture."""

LEAST_HEIGHT_TOUCHING = 0.25
"""Height of a person who touches a main one, a child at a hand or a baby in arms, as a share of the leading one's."""

FRAGMENT_AREA = 0.06
"""Share of the leading person's area up to which a part that touches a main one is no person but a hand or a foot."""

LOST_FRAGMENT_AREA = 0.03
"""The same for a part that lies in the box of a main one and touches nothing: the mask has lost what connects it."""

_EDGE_DISCOUNT = 0.5
"""What a person at the left or right edge loses of the area when the leading one is chosen."""


def find_main_people(people: Sequence[Person]) -> tuple[bool, ...]:
    """Decide for each person whether they are a main one.

    The leading person is the largest, the middle of the frame counting for up to twice its edges. Main are those who
    are not much smaller than the leading one, in height and area, and not cut off by the side of the frame; and smaller
    ones who touch a main one, and limbs that the mask has lost from a body.

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
    while True:  # a companion of a companion is one too
        joining = [
            index
            for index, person in enumerate(people)
            if not is_main[index]
            and _is_companion(person, leading)
            and any(
                is_main[other] and (other in person.neighbours or _is_lost_part(person, people[other], leading))
                for other in range(len(people))
            )
        ]
        if not joining:
            return tuple(is_main)
        for index in joining:
            is_main[index] = True


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
    return is_tall or person.area <= FRAGMENT_AREA * leading.area


def _is_lost_part(part: Person, person: Person, leading: Person) -> bool:
    box, other = part.box, person.box
    is_inside = box.top < other.bottom and other.top < box.bottom and box.left < other.right and other.left < box.right
    return is_inside and part.area <= LOST_FRAGMENT_AREA * leading.area
