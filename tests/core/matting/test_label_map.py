"""The class of every pixel, its number and its colour."""

from dataclasses import replace

import numpy as np
import pytest

from portrait.core.matting.label_map import VOC_CLASSES, class_colors, class_shares, label_numbers, to_label_map
from portrait.core.matting.refinement import to_probability
from portrait.core.model_spec import PEOPLE_CHANNELS, ModelSpec

PETS = ModelSpec(
    "pets", 8, 8, class_names=("background", "dog", "person"), person_class_index=2, output_kind="class_logits"
)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(C, H, W): one plane a class, 1 where a pixel is of it."""
    return (labels == np.arange(classes)[:, None, None]).astype(np.float32)


def test_arg_max_undoes_one_hot() -> None:
    labels = np.random.default_rng(0).integers(0, 21, (9, 7), dtype=np.uint8)
    spec = replace(PETS, class_names=VOC_CLASSES, person_class_index=15)
    assert np.array_equal(to_label_map(one_hot(labels, 21), spec, 9, 7), labels)


def test_a_line_between_two_classes_is_where_their_upsampled_logits_meet() -> None:
    logits = np.zeros((3, 2, 2), np.float32)
    logits[0, :, 0], logits[2, :, 1] = 3.0, 1.0  # the first is three times as sure, so the line is not in the middle
    labels = to_label_map(logits, PETS, 40, 40)
    assert np.unique(labels).tolist() == [VOC_CLASSES.index("background"), VOC_CLASSES.index("person")]
    assert (labels == labels[0]).all()
    assert 22 <= np.flatnonzero(labels[0])[0] <= 26


def test_numbers_are_vocs_where_all_classes_are() -> None:
    assert label_numbers(PETS) == {"background": 0, "dog": 12, "person": 15}
    assert label_numbers(replace(PETS, class_names=("background", "llama", "person")))["person"] == 2


def test_a_network_of_people_has_two_classes() -> None:
    spec = ModelSpec("people", 8, 8, class_names=("person", "subject", *PEOPLE_CHANNELS), person_class_index=1)
    output = np.zeros((5, 1, 4), np.float32)
    output[1, 0, 2:] = 0.9
    output[2] = 1.0  # a centre is no class
    assert to_label_map(output, spec, 1, 4).tolist() == [[0, 0, 15, 15]]


def test_shares_add_up_and_begin_with_the_largest() -> None:
    labels = np.array([[0, 0, 15], [15, 15, 12]], np.uint8)
    shares = class_shares(labels, PETS)
    assert list(shares) == ["person", "background", "dog"]
    assert sum(shares.values()) == pytest.approx(1.0)


def test_colours_are_those_of_voc() -> None:
    colors = class_colors()
    assert colors[[0, 1, 12, 15, 255]].tolist() == [
        *([0, 0, 0], [128, 0, 0], [64, 0, 128], [192, 128, 128], [224, 224, 192])
    ]
    assert len(np.unique(colors, axis=0)) == 256


def test_a_subject_of_several_classes_has_the_sum_of_their_probabilities() -> None:
    logits = np.log(np.array([0.2, 0.5, 0.3], np.float32)).reshape(3, 1, 1)
    assert to_probability(logits, PETS) == pytest.approx(0.3)
    assert to_probability(logits, PETS.with_subject(["dog"])) == pytest.approx(0.5)
    assert to_probability(logits, PETS.with_subject(["dog", "person"])) == pytest.approx(0.8)


@pytest.mark.parametrize("name", ["unicorn", "background"])
def test_what_cannot_be_a_subject_is_named(name: str) -> None:
    with pytest.raises(LookupError, match=name):
        PETS.with_subject(["dog", name])
    assert PETS.possible_subjects == ("dog", "person")


def test_the_choice_is_kept_in_json_and_absent_from_files() -> None:
    assert "subject_classes" not in PETS.to_json()
    chosen = PETS.with_subject(["dog"])
    assert ModelSpec.from_json(chosen.to_json()) == chosen
