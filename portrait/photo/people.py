"""The people of a photo, and the matte of those who were chosen to stay sharp."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box
from portrait.core.people.main_people import choose_people, keep_people
from portrait.core.people.people_choice import PeopleChoice
from portrait.core.people.person import Person
from portrait.core.resize import downsample_to_long_side, resize
from portrait.engine import PortraitEngine, Quality
from portrait.errors import PortraitError
from portrait.files.image_io import Photo
from portrait.language import tr

Outlines = tuple[tuple[tuple[float, float], ...], ...]
BYSTANDER_LONG_SIDE_PX = 1024
_OUTLINED, _FEWEST_POINTS = 0.5, 3


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person in a photo: where, which share of it they cover, and whether they stay sharp."""

    box: Box
    area: float
    is_kept: bool


@dataclass(frozen=True, slots=True, eq=False)
class Everybody:
    """The matte of everybody in a photo, float32 (H, W), and the people that it is made of, the largest first."""

    matte: AlphaMatte
    people: tuple[Person, ...]

    @property
    def is_choice(self) -> bool:
        """Whether there is more than one person to choose from."""
        return len(self.people) > 1

    def matte_of(self, is_kept: Sequence[bool]) -> AlphaMatte:
        """The matte of those who stay sharp, float32 (H, W)."""
        return keep_people(self.matte, self.people, is_kept)

    def told(self, is_kept: Sequence[bool]) -> tuple[FoundPerson, ...]:
        """Where each person is, and whether they stay sharp."""
        return tuple(FoundPerson(one.box, one.area, kept) for one, kept in zip(self.people, is_kept, strict=True))

    def bystanders(self, is_kept: Sequence[bool]) -> tuple[AlphaMatte, ...]:
        """The mattes of those who do not stay sharp, downsampled: float32 (h, w) each, 0 … 1."""
        others = (person for person, kept in zip(self.people, is_kept, strict=True) if not kept)
        small = (downsample_to_long_side(person.matte, BYSTANDER_LONG_SIDE_PX) for person in others)
        return tuple(np.asarray(np.clip(matte, 0.0, 1.0), np.float32) for matte in small)

    def outlines(self, shape: tuple[int, int]) -> tuple[Outlines, ...]:
        """Contours of each person in an (h, w) preview, for display: points (x, y) as shares of the image's sides."""
        return tuple(_outlines(person, shape) for person in self.people)


def find_chosen_people(
    engine: PortraitEngine,
    photo: Photo,
    quality: Quality,
    choice: PeopleChoice,
    name: str,
    given: AlphaMatte | None = None,
) -> tuple[Everybody, tuple[bool, ...]]:
    """Find everybody in a photo, and who of them stays sharp.

    Parameters
    ----------
    photo
        Who stands where it is transparent is nobody.
    name
        Of the photo, for messages.
    given
        Matte of everybody, float32 (H, W), in place of the network's.

    Raises
    ------
    PortraitError
        A number was chosen that nobody in the photo has.
    """
    matte = engine.find_matte(photo.image, quality) if given is None else given
    people = engine.find_people(photo.image, quality, matte=_hide_clear_parts(matte, photo))
    try:
        is_kept = choose_people(people, choice)
    except LookupError as exc:
        message = tr(
            "{name}: there is no person {number}: they are numbered from 1 to {n}",
            name=name,
            number=choice.numbers[-1],
            n=len(people),
        )
        raise PortraitError(message, tr("See the people of a photo with --json.")) from exc
    return Everybody(matte, people), is_kept


def _outlines(person: Person, shape: tuple[int, int]) -> Outlines:
    """Contours of one person's mask, found at the preview's size."""
    mask = (resize(person.matte, *shape) > _OUTLINED).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    sides = np.array([shape[1], shape[0]], np.float64)
    shares = ((contour[:, 0, :] + 0.5) / sides for contour in contours if len(contour) >= _FEWEST_POINTS)
    return tuple(tuple((float(x), float(y)) for x, y in contour) for contour in shares)


def _hide_clear_parts(matte: AlphaMatte, photo: Photo) -> AlphaMatte:
    transparency = photo.metadata.transparency
    if transparency is None:
        return matte
    return np.multiply(matte, transparency / np.float32(np.iinfo(transparency.dtype).max), dtype=np.float32)
