"""A network that sees a person and a dog wherever it looks, and finds either or both."""

import copy
from collections.abc import Sequence

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.providers import ProviderReport

PERSON, DOG = np.s_[20:118, 20:70], np.s_[60:118, 100:150]


class PetSegmenter:
    """A person at the left, a dog at the right, 120 × 160. ``asked`` keeps the subjects that were chosen."""

    provider = ProviderReport(requested="cpu", active="cpu", reason="")

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.spec = ModelSpec(
            "pets",
            120,
            160,
            class_names=("background", "dog", "person"),
            person_class_index=2,
            output_kind="class_logits",
        )

    def with_subject(self, subject: Sequence[str]) -> "PetSegmenter":
        other = copy.copy(self)
        try:
            other.spec = self.spec.with_subject(subject)
        except LookupError as exc:
            raise ModelError(str(exc)) from exc
        self.asked.append(tuple(subject))
        return other

    def with_input_side(self, side_px: int) -> "PetSegmenter":
        other = copy.copy(self)
        other.spec = self.spec.with_input_side(side_px)
        return other

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        probability = np.zeros((120, 160), np.float32)
        for index, place in ((1, DOG), (2, PERSON)):
            if index in self.spec.subject_indices:
                probability[place] = 1.0
        return probability

    def find_labels(self, image: RgbImage) -> np.ndarray:
        labels = np.zeros((120, 160), np.uint8)
        labels[DOG], labels[PERSON] = 12, 15
        return labels
