"""A look at a photo turned by a quarter: networks that learnt from people who stand overlook those who lie."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import Mask, RgbImage
from portrait.core.matting.overlooked import agreement, lacks_who_lies
from portrait.core.matting.refinement import Probability
from portrait.core.resize import resize
from portrait.inference.passes import find_probability_fine
from portrait.inference.segmenter import Segmenter

Level = TypeVar("Level", bound=np.generic)

_LEAST_GAIN = 0.1
"""By so much, in intersection over union, the mask must agree better with the second network."""


def find_who_lies(segmenter: Segmenter, image: RgbImage, found: Probability, is_person: Mask) -> Probability:
    """What a network finds in a photo and, where it misses who lies to a second one, in the photo on its side too.

    It looks at both turns by a quarter if it lacks a good part of them, in a piece that is wider than high. What it
    finds in one of them is added where the whole then agrees better with that network, which saw the photo upright.

    Parameters
    ----------
    segmenter
        Finds people.
    image
        uint8 (H, W, 3), sRGB.
    found
        What it finds in it by `find_probability_fine`: float32 (h, w), 0 … 1.
    is_person
        bool of any size, covering the image: where the second network sees people.

    Returns
    -------
    float32 (h, w), 0 … 1; ``found`` itself where nobody is missed, or the turned photo shows no more of them.

    Raises
    ------
    ModelError
        The network failed.
    """
    if not lacks_who_lies(found, is_person):
        return found
    best, least = found, agreement(found, is_person) + _LEAST_GAIN
    for quarters in (1, 3):
        turned = find_probability_fine(segmenter, _turn(image, quarters))
        back = _with(found, _turn(turned, -quarters))
        agrees = agreement(back, is_person)
        if agrees > least:
            best, least = back, agrees
    return best


def _with(found: Probability, turned: Probability) -> Probability:
    """The union: what was found stays found."""
    return np.maximum(found, resize(turned, found.shape[0], found.shape[1]))


def _turn(array: NDArray[Level], quarters: int) -> NDArray[Level]:
    return np.ascontiguousarray(np.rot90(array, quarters))
