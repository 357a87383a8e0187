"""What a check of ``portrait doctor`` has found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Its state is ``problem`` if portraits cannot be made, ``limit`` if something else does not work. ``hint`` says what
    to do about it.
    """

    topic: str
    text: str
    state: Literal["ok", "limit", "problem"] = "ok"
    hint: str = ""
