"""The people of a photo, and the matte of those who were chosen to stay sharp."""

from dataclasses import dataclass

import numpy as np

from portrait.core.arrays import AlphaMatte
from portrait.core.boxes import Box
from portrait.core.people.main_people import choose_people, keep_people
from portrait.core.people.people_choice import PeopleChoice
from portrait.engine import PortraitEngine, Quality
from portrait.errors import PortraitError
from portrait.files.image_io import Photo
from portrait.language import tr


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person in a photo: where, which share of it they cover, and whether they stay sharp."""

    box: Box
    area: float
    is_kept: bool


def find_chosen_people(
    engine: PortraitEngine, photo: Photo, quality: Quality, choice: PeopleChoice, name: str
) -> tuple[AlphaMatte, tuple[FoundPerson, ...]]:
    """Find everybody in a photo, and the matte, float32 (H, W), of those who stay sharp.

    Parameters
    ----------
    photo
        Who stands where it is transparent is nobody.
    name
        Of the photo, for messages.

    Raises
    ------
    PortraitError
        A number was chosen that nobody in the photo has.
    """
    matte = engine.find_matte(photo.image, quality)
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
    found = tuple(FoundPerson(one.box, one.area, kept) for one, kept in zip(people, is_kept, strict=True))
    return keep_people(matte, people, is_kept), found


def _hide_clear_parts(matte: AlphaMatte, photo: Photo) -> AlphaMatte:
    transparency = photo.metadata.transparency
    if transparency is None:
        return matte
    return np.multiply(matte, transparency / np.float32(np.iinfo(transparency.dtype).max), dtype=np.float32)
