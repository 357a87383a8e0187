"""People and things together: two networks as one `Segmenter`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import RgbImage
from portrait.core.matting.label_map import LabelMap
from portrait.core.matting.person_regions import fit_area
from portrait.core.model_spec import ModelSpec
from portrait.core.resize import resize
from portrait.inference.model_store import PEOPLE_SUBJECTS
from portrait.inference.providers import ProviderReport
from portrait.inference.segmenter import ClassSegmenter, Segmenter


class JointSegmenter:
    """A subject of people and things: people by the network for people, the rest by that of classes.

    A pixel shows one thing, so that the probabilities of both add up, to 1 at most: where somebody holds a dog, no seam
    is left between the outlines.

    Parameters
    ----------
    people
        A network for people, with what they hold.
    things
        A network of classes, with all classes of the subject chosen.
    """

    def __init__(self, people: Segmenter, things: ClassSegmenter) -> None:
        self._people = people
        self._labelled = things
        self._things = things.with_subject(
            [name for name in things.spec.subject_classes if name not in PEOPLE_SUBJECTS]
        )

    @property
    def spec(self) -> ModelSpec:
        """That of the network of classes, whose input sizes are asked for."""
        return self._labelled.spec

    @property
    def provider(self) -> ProviderReport:
        """That of the network of classes."""
        return self._labelled.provider

    def find_labels(self, image: RgbImage) -> LabelMap:
        """See `portrait.inference.segmenter.LabelSegmenter`: what the network of classes says, of people too."""
        return self._labelled.find_labels(image)

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """See `Segmenter`; the network for people gets the same share of its own pixels as that of classes.

        Raises
        ------
        ModelError
            A network failed.
        """
        things = self._things.find_probability(image, input_size)
        people = self._people.find_probability(image, self._people_size(input_size))
        height, width = (max(sides) for sides in zip(things.shape, people.shape, strict=True))
        both: NDArray[np.float32] = resize(things, height, width) + resize(people, height, width)
        return np.minimum(both, np.float32(1.0), out=both)

    def _people_size(self, input_size: tuple[int, int] | None) -> tuple[int, int] | None:
        spec, own = self._people.spec, self.spec
        if input_size is None or not spec.is_dynamic:
            return None
        share = input_size[0] * input_size[1] / (own.input_height * own.input_width)
        return fit_area(input_size, round(share * spec.input_height * spec.input_width), spec.size_multiple)


def join_networks(people: Segmenter, things: ClassSegmenter, subject: Sequence[str]) -> Segmenter:
    """What finds a subject: the network of classes, and for the people among other things that for people.

    Parameters
    ----------
    people
        Not opened, if it is lazy, where the subject has no people.
    things
        Any subject may be chosen in it.
    subject
        Names of classes, at least one of which is not people.

    Raises
    ------
    ModelError
        The network of classes does not know one.
    """
    chosen = things.with_subject(subject)
    return chosen if PEOPLE_SUBJECTS.isdisjoint(subject) else JointSegmenter(people, chosen)
