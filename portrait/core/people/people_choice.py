"""Which people of an image stay sharp: the choice and its text form."""

import re
from dataclasses import dataclass
from typing import Literal

PEOPLE_FORM = "main|all|N[,N]"
"""How a choice is written; numbers count from the largest person, who is 1."""

PeopleGroup = Literal["main", "all"]

_NUMBERS = re.compile(r" *[0-9]{1,4} *(, *[0-9]{1,4} *)*")


@dataclass(frozen=True, slots=True)
class PeopleChoice:
    """Whom a portrait is of.

    Attributes
    ----------
    group
        ``main``: see `portrait.core.people.main_people.find_main_people`; ``all``: everybody.
    numbers
        Of the people, the largest being 1; where there are any the group does not count.

    Raises
    ------
    ValueError
        Another group, or a number below 1.
    """

    group: PeopleGroup = "main"
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.group not in ("main", "all"):
            raise ValueError(f"{self.group!r} is not one of main and all")
        if any(number < 1 for number in self.numbers):
            raise ValueError("people are numbered from 1 on")

    @classmethod
    def parse(cls, text: str) -> "PeopleChoice":
        """Read a choice in the form of `PEOPLE_FORM`; raises ValueError as the class does."""
        if text in ("main", "all"):
            return cls("main" if text == "main" else "all")
        if not _NUMBERS.fullmatch(text):
            raise ValueError(f"{text!r} is not {PEOPLE_FORM}")
        return cls(numbers=tuple(sorted({int(number) for number in text.split(",")})))
