"""Look-alikes: animals and things that a network of people takes for a person and one of many classes does not."""

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.matting.label_map import LabelMap
from portrait.core.matting.subject import MIN_PERSON_FRACTION, TRACE, connected_components

Probability = NDArray[np.float32]

_SOLID = 0.5
"""Probability from which a pixel counts for its component."""

OTHER_SHARE = 0.7
"""Share of a component from which it is the other thing that the label map shows there."""

LARGEST_PERSON_SHARE = 0.1
"""Share of a component from which the label map confirms the person, who may ride, sit on or hold the other thing."""

LEAST_KNOWN = 0.5
"""Share of a component that lies where one was before, from which it is the same one."""

LEAST_COVER = 0.25
"""Share of the other thing that is taken for a person; who looks out of a train covers less of it."""


def drop_look_alikes(
    probability: Probability, labels: LabelMap, person: int, background: int, closed: Collection[int] = ()
) -> Probability:
    """Drop the connected components of a person's mask that a label map shows to be something else.

    What the label map calls background stays: a network of many classes overlooks more people than one of people. Only
    that it recognises another thing there, a good part of which was taken for a person, or which nobody can be inside
    of, and next to nothing of a person, speaks against one.

    Parameters
    ----------
    probability
        float32 (h, w), 0 … 1: of a person.
    labels
        uint8 of any size, covering the same image.
    person, background
        Their numbers in it.
    closed
        Those of animals and things that nobody can be inside of.

    Returns
    -------
    float32 (h, w); the input itself where nothing was to do.
    """
    shown = cv2.resize(labels, (probability.shape[1], probability.shape[0]), interpolation=cv2.INTER_NEAREST)
    is_thing = (shown != person) & (shown != background)
    count, components = connected_components(probability > TRACE)
    is_solid = probability >= _SOLID
    solid = components[is_solid]
    is_evidence = _covered_things(is_thing, is_solid) | np.isin(shown, list(closed))
    # What each component is, by the shares of its solid pixels.
    area_px = np.maximum(np.bincount(solid, minlength=count), 1)
    person_share = np.bincount(solid, shown[is_solid] == person, count) / area_px
    other_share = np.bincount(solid, is_evidence[is_solid], count) / area_px
    is_other = (other_share >= OTHER_SHARE) & (person_share < LARGEST_PERSON_SHARE)
    return np.where(np.take(is_other, components), np.float32(0.0), probability) if is_other.any() else probability


def has_new_part(probability: Probability, known: Probability) -> bool:
    """Whether a connected component of a mask lies mostly where an earlier mask had nothing.

    Parameters
    ----------
    probability, known
        float32 (h, w), 0 … 1: of a person now, and then. Components that are too small for a subject do not count.
    """
    count, components = connected_components(probability > TRACE)
    is_solid = probability >= _SOLID
    solid_px = np.bincount(components[is_solid], minlength=count)
    known_px = np.bincount(components[is_solid & (known >= _SOLID)], minlength=count)
    return bool(np.any((solid_px >= MIN_PERSON_FRACTION * probability.size) & (known_px < LEAST_KNOWN * solid_px)))


def _covered_things(is_thing: NDArray[np.bool_], is_solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Connected components of other things of which a good part was taken for a person, bool (h, w)."""
    count, things = connected_components(is_thing)
    covered_px = np.bincount(things[is_solid], minlength=count)
    is_covered = covered_px >= LEAST_COVER * np.bincount(things.ravel(), minlength=count)
    is_covered[0] = False
    return np.take(is_covered, things)
