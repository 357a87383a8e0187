"""What an epoch is made of, and what each sample tells the two outputs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.data.data_set import DataItem, DataSet, ImageCache, find_data_set
from export.data.label_meaning import LabelMeaning, channel_of, is_compatible, meaning_of, to_targets
from export.data.labels import VOID_LABEL
from export.data.mixture import Mixture
from export.data.train_samples import EpochSampler, TrainSamples
from export.data.transforms import TrainPreset

MakeDataSet = Callable[..., Path]


def make_set(name: str, count: int, mask: Path | None = Path("m")) -> DataSet:
    return DataSet(name, tuple(DataItem(Path(name) / str(i), mask) for i in range(count)))


SETS = (make_set("big", 1600), make_set("small", 100), make_set("rooms", 500, None), make_set("dogs", 20, None))


def count_sets(items: Sequence[DataItem]) -> dict[str, int]:
    names = [item.image_path.parts[0] for item in items]
    return {one.name: names.count(one.name) for one in SETS}


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (1.0, {"big": 1600, "small": 100, "rooms": 85, "dogs": 85}),
        (0.5, {"big": 1360, "small": 340, "rooms": 85, "dogs": 85}),
        (0.0, {"big": 850, "small": 850, "rooms": 85, "dogs": 85}),
    ],
)
def test_a_sets_share_grows_with_a_power_of_its_size(exponent: float, expected: dict[str, int]) -> None:
    drawn = Mixture(exponent, person_free_share=0.1).draw(SETS, np.random.default_rng(0))
    assert count_sets(drawn) == expected


def test_every_stretch_of_an_epoch_holds_the_sets_in_their_shares() -> None:
    drawn = Mixture(0.5, 0.1, epoch_size=1000).draw(SETS, np.random.default_rng(1))
    assert len(drawn) == 1100
    for start in range(0, len(drawn) - 55, 55):
        counts = count_sets(drawn[start : start + 55])
        assert 38 <= counts["big"] <= 42
        assert 8 <= counts["small"] <= 12
        assert 1 <= counts["dogs"] <= 4


def test_no_picture_is_drawn_twice_more_than_another_of_its_set() -> None:
    drawn = Mixture(0.5).draw(SETS, np.random.default_rng(2))
    counts = np.unique([str(item.image_path) for item in drawn if item.image_path.parts[0] == "small"], return_counts=1)
    assert len(counts[0]) == 100
    assert set(counts[1]) <= {3, 4}


def test_pictures_without_people_alone_are_each_drawn_once() -> None:
    drawn = Mixture().draw(SETS[2:], np.random.default_rng(0))
    assert len(drawn) == len(set(drawn)) == 520


def test_the_sampler_goes_on_from_any_step() -> None:
    whole = list(EpochSampler(10, 3, epochs=2))
    assert len(whole) == 6
    assert whole[3][0] == (1, 0)
    assert list(EpochSampler(10, 3, epochs=2, first_step=2)) == whole[2:]


@pytest.fixture
def label() -> np.ndarray:
    """A person 40 px square in a picture of 200, with a strip that is not judged."""
    label = np.zeros((200, 200), np.uint8)
    label[80:120, 80:120], label[:10] = 255, VOID_LABEL
    return label


def test_a_mask_of_the_person_leaves_open_what_is_held(label: np.ndarray) -> None:
    person, subject = to_targets(label, LabelMeaning.PERSON)
    np.testing.assert_array_equal(person, label)
    assert (subject[80:120, 80:120] == 255).all()
    assert (subject[100, 61:80] == VOID_LABEL).all()  # half of √(40 · 40) px
    assert (subject[100, :59] == 0).all()
    assert (subject[:10] == VOID_LABEL).all()


def test_a_mask_of_the_subject_leaves_open_where_the_person_ends(label: np.ndarray) -> None:
    person, subject = to_targets(label, LabelMeaning.SUBJECT)
    np.testing.assert_array_equal(subject, label)
    np.testing.assert_array_equal(person, np.where(label > 0, VOID_LABEL, 0))


def test_a_mask_of_both_says_the_same_of_both(label: np.ndarray) -> None:
    for target in to_targets(label, LabelMeaning.BOTH):
        np.testing.assert_array_equal(target, label)


@pytest.mark.parametrize("meaning", LabelMeaning)
def test_a_picture_of_nobody_says_so_to_both(meaning: LabelMeaning) -> None:
    assert not to_targets(np.zeros((20, 30), np.uint8), meaning).any()


def test_sets_are_judged_by_the_output_that_their_masks_show() -> None:
    assert [channel_of(meaning_of(name)) for name in ("people", "fullbody", "selfie", "mine")] == [0, 1, 1, 1]


def test_people_are_pasted_only_among_labels_of_the_same_meaning() -> None:
    allowed = {meaning: [other for other in LabelMeaning if is_compatible(meaning, other)] for meaning in LabelMeaning}
    assert allowed == {
        LabelMeaning.PERSON: [LabelMeaning.PERSON, LabelMeaning.BOTH],
        LabelMeaning.SUBJECT: [LabelMeaning.SUBJECT, LabelMeaning.BOTH],
        LabelMeaning.BOTH: [LabelMeaning.BOTH],
    }


@pytest.fixture
def sets(make_data_set: MakeDataSet) -> list[DataSet]:
    return [find_data_set(make_data_set("mine", count=6)), find_data_set(make_data_set("rooms", with_people=False))]


def test_samples_are_a_function_of_seed_epoch_and_position(sets: list[DataSet], tmp_path: Path) -> None:
    def open_samples(seed: int) -> TrainSamples:
        mixture = Mixture(person_free_share=0.5)
        return TrainSamples(sets, ImageCache(tmp_path / "cache"), TrainPreset(32), seed, mixture)

    samples, again, other = open_samples(0), open_samples(0), open_samples(1)
    assert samples.epoch_length() == 6 + 3
    keys = [(epoch, position) for epoch in range(2) for position in range(9)]
    assert all((samples[key][0] == again[key][0]).all() for key in reversed(keys))
    assert any((samples[key][0] != other[key][0]).any() for key in keys)
    assert any((samples[(0, i)][0] != samples[(1, i)][0]).any() for i in range(9))


def test_a_composite_takes_no_people_of_another_meaning(sets: list[DataSet], tmp_path: Path) -> None:
    """People of the second set are blue: none of them may stand in a sample of the first."""
    held = tuple(replace(item, meaning=LabelMeaning.SUBJECT) for item in sets[0].items[:3])
    body = tuple(replace(item, meaning=LabelMeaning.PERSON) for item in sets[0].items[3:])
    asked: list[DataItem] = []

    class Watched(ImageCache):
        def load(self, item: DataItem) -> np.ndarray:
            asked.append(item)
            return super().load(item)

    preset = TrainPreset(32, composite_probability=1.0, crowd_probability=1.0, most_people=4)
    mixed = [DataSet("held", held), DataSet("body", body), sets[1]]
    samples = TrainSamples(mixed, Watched(tmp_path / "cache"), preset, seed=3)
    crowds = 0
    for position in range(samples.epoch_length()):
        asked.clear()
        samples[(0, position)]
        meanings = {item.meaning for item in asked if item.mask_path is not None}
        crowds += len([item for item in asked if item.mask_path is not None]) > 1
        assert len(meanings) <= 1
    assert crowds >= 3
