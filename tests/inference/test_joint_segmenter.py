"""Two networks as one: what each finds, at which size, and where both see something."""

import numpy as np
import pytest

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.joint_segmenter import JointSegmenter, join_networks
from portrait.inference.segmenter import ClassSegmenter, LabelSegmenter
from tests.photo.pets import DOG, PERSON, PetSegmenter

IMAGE = np.full((120, 160, 3), 90, np.uint8)


class SizedPeople:
    """Sees people with the same probability everywhere, and notes the sizes that it is asked for."""

    provider = PetSegmenter.provider

    def __init__(self, probability: float, size_multiple: int = 16) -> None:
        self.spec = ModelSpec("people", 64, 64, size_multiple=size_multiple)
        self.probability = probability
        self.sizes: list[tuple[int, int] | None] = []

    def find_probability(self, image: np.ndarray, input_size: tuple[int, int] | None = None) -> np.ndarray:
        self.sizes.append(input_size)
        return np.full(input_size or (64, 64), self.probability, np.float32)


def join(people: SizedPeople) -> JointSegmenter:
    joint = join_networks(people, PetSegmenter(), ("dog", "person"))
    assert isinstance(joint, JointSegmenter)
    return joint


def test_probabilities_add_up_to_one_at_most() -> None:
    found = join(SizedPeople(0.25)).find_probability(IMAGE)
    assert found.dtype == np.float32
    assert found[DOG].min() == 1.0
    np.testing.assert_allclose(found[PERSON], 0.25, err_msg="the people of the network of classes do not count")


def test_two_halves_of_a_seam_make_a_whole() -> None:
    things = PetSegmenter()
    things.find_probability = lambda image, input_size=None: np.full((120, 160), 0.5, np.float32)  # type: ignore[method-assign]
    assert join_networks(SizedPeople(0.5), things, ("dog", "person")).find_probability(IMAGE).min() == 1.0


def test_each_network_gets_the_same_share_of_its_own_pixels() -> None:
    people = SizedPeople(0.0)
    joint = join(people)
    joint.find_probability(IMAGE)
    joint.find_probability(IMAGE, (60, 160))  # half the pixels of the other network
    assert people.sizes[0] is None
    assert people.sizes[1] is not None
    height, width = people.sizes[1]
    assert height * width == pytest.approx(64 * 64 / 2, rel=0.3)
    fixed = SizedPeople(0.0, size_multiple=0)
    join(fixed).find_probability(IMAGE, (60, 160))
    assert fixed.sizes == [None]


def test_labels_and_contract_are_those_of_the_network_of_classes() -> None:
    joint = join(SizedPeople(0.0))
    assert isinstance(joint, LabelSegmenter)
    assert not isinstance(joint, ClassSegmenter), "another subject is another pair"
    assert joint.spec.subject_classes == ("dog", "person")
    assert set(np.unique(joint.find_labels(IMAGE))) == {0, 12, 15}


def test_without_people_the_network_for_people_is_not_asked() -> None:
    people = SizedPeople(1.0)
    assert join_networks(people, PetSegmenter(), ("dog",)).find_probability(IMAGE)[PERSON].max() == 0.0
    assert people.sizes == []


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ModelError, match="unicorn"):
        join_networks(SizedPeople(0.0), PetSegmenter(), ("person", "unicorn"))
