"""What the masks of each data set call a person, and what that says of the two outputs of a network.

Sets differ in what belongs to a person: a bag is person in one and background in another. A network that learns from
all of them has two outputs, and each learns only where a set says something of it:

``person``
    The body, its clothes and hair.
``subject``
    The person with what is held, worn, carried or ridden: what a portrait keeps sharp.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from export.data.labels import PERSON_LABEL, VOID_LABEL

TARGET_NAMES = ("person", "subject")
"""The two outputs, in the order of their channels."""

PERSON_CHANNEL, SUBJECT_CHANNEL = range(len(TARGET_NAMES))

CARRIED_REACH = 0.5
"""How far from people held and ridden things may lie, in units of the square root of the people's area."""


class LabelMeaning(StrEnum):
    """What a set's masks show.

    Attributes
    ----------
    PERSON
        People without what they hold: held things are background.
    SUBJECT
        People with what they hold.
    BOTH
        People who hold nothing worth mentioning, or nobody: the same for both outputs.
    """

    PERSON = "person"
    SUBJECT = "subject"
    BOTH = "both"


SET_MEANINGS: Mapping[str, LabelMeaning] = MappingProxyType(
    {
        "selfie": LabelMeaning.BOTH,
        "selfies": LabelMeaning.BOTH,
        "lecture": LabelMeaning.BOTH,
        "people": LabelMeaning.PERSON,
        "everyday": LabelMeaning.PERSON,
        "fullbody": LabelMeaning.SUBJECT,
        "groups": LabelMeaning.SUBJECT,
        "street": LabelMeaning.SUBJECT,
        "salient": LabelMeaning.SUBJECT,
    }
)
"""By the name of the set; of a set that is not named here `meaning_of` says BOTH."""


def meaning_of(set_name: str) -> LabelMeaning:
    """What the masks of a set show."""
    return SET_MEANINGS.get(set_name, LabelMeaning.BOTH)


def channel_of(meaning: LabelMeaning) -> int:
    """The output that a mask of this meaning is compared with."""
    return PERSON_CHANNEL if meaning is LabelMeaning.PERSON else SUBJECT_CHANNEL


def is_compatible(meaning: LabelMeaning, other: LabelMeaning) -> bool:
    """Whether people of a set may be pasted into a sample of the first meaning without changing what it says."""
    return other in (meaning, LabelMeaning.BOTH)


def to_targets(label: NDArray[np.uint8], meaning: LabelMeaning) -> NDArray[np.uint8]:
    """The labels of both outputs.

    The subject contains the person. So a mask of the person says that its inside is subject too and that what lies far
    off is not; near the person it says nothing of the subject, for held things may lie there. A mask of the subject
    says that what is outside is no person, and nothing of its inside.

    Parameters
    ----------
    label
        uint8 (H, W), levels as in `export.data.labels`.
    meaning
        Of its set.

    Returns
    -------
    uint8 (2, H, W), in the order of `TARGET_NAMES`.
    """
    if meaning is LabelMeaning.PERSON:
        return np.stack([label, np.where(_is_near_people(label), np.uint8(VOID_LABEL), label)])
    if meaning is LabelMeaning.SUBJECT:
        return np.stack([np.where(label > 0, np.uint8(VOID_LABEL), label), label])
    return np.stack([label, label])


def _is_near_people(label: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Background within reach of people, bool (H, W)."""
    is_background = label != PERSON_LABEL
    area_px = is_background.size - np.count_nonzero(is_background)
    if area_px == 0:
        return np.zeros_like(is_background)
    distance_px = cv2.distanceTransform(is_background.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(is_background & (distance_px <= CARRIED_REACH * np.sqrt(area_px)))
