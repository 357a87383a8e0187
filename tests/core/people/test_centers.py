"""People grouped by the centres that a network finds, also where they stand behind one another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.core.model_spec import PEOPLE_CHANNELS, ModelSpec
from portrait.core.people.centers import CenterMaps, label_by_centers, to_center_maps
from portrait.core.people.person import split_people

HEIGHT, WIDTH = 60, 90


def draw_maps(labels: np.ndarray, height: int = HEIGHT, width: int = WIDTH) -> CenterMaps:
    """Perfect maps of these labels, at another size than theirs."""
    rows = (np.arange(height) * labels.shape[0]) // height
    columns = (np.arange(width) * labels.shape[1]) // width
    small = labels[rows[:, None], columns[None]]
    heat, down, right = np.zeros((3, height, width), np.float32)
    y, x = np.indices(small.shape)
    for number in np.unique(small[small > 0]):
        own = small == number
        center = y[own].mean(), x[own].mean()
        heat = np.maximum(heat, np.exp(-((y - center[0]) ** 2 + (x - center[1]) ** 2) / 8.0).astype(np.float32))
        down[own] = (center[0] - y[own]) / height
        right[own] = (center[1] - x[own]) / width
    return CenterMaps(heat, down, right)


@pytest.fixture
def one_behind_the_other() -> np.ndarray:
    labels = np.zeros((120, 180), np.int32)
    labels[10:80, 60:120] = 2
    labels[50:118, 30:100] = 1
    return labels


def test_people_behind_one_another_are_told_apart(one_behind_the_other: np.ndarray) -> None:
    mask = (one_behind_the_other > 0).astype(np.float32)
    assert len(split_people(mask)) == 1, "the mask alone does not tell"
    people = split_people(mask, draw_maps(one_behind_the_other))
    assert len(people) == 2
    for person, number in zip(people, (1, 2), strict=True):
        own, true = person.matte > 0.5, one_behind_the_other == number
        assert (own & true).sum() / (own | true).sum() > 0.93


def test_a_peak_beside_the_mask_is_nobody(one_behind_the_other: np.ndarray) -> None:
    maps = draw_maps(one_behind_the_other)
    maps.heat[5, 5] = 0.9
    assert len(split_people((one_behind_the_other > 0).astype(np.float32), maps)) == 2


def test_without_any_peak_all_is_one_person(one_behind_the_other: np.ndarray) -> None:
    maps = draw_maps(one_behind_the_other)
    maps.heat[:] = 0.0
    assert len(split_people((one_behind_the_other > 0).astype(np.float32), maps)) == 1


def test_nobody_is_nobody_whatever_the_maps() -> None:
    maps = draw_maps(np.ones((120, 180), np.int32))
    assert not label_by_centers(np.zeros((120, 180), np.float32), maps).any()


def test_channels_are_found_by_their_names() -> None:
    spec = ModelSpec("p", 8, 8, class_names=("person", "offset_right", "center", "offset_down"))
    assert spec.tells_people_apart
    output = np.stack([np.full((8, 8), value, np.float32) for value in (0.9, 1.0, 0.3, 0.25)])
    maps = to_center_maps(output, spec)
    assert (float(maps.heat[0, 0]), float(maps.down[0, 0]), float(maps.right[0, 0])) == pytest.approx((0.3, -0.5, 1.0))
    plain = ModelSpec("p", 8, 8)
    assert not plain.tells_people_apart
    with pytest.raises(ValueError, match="center"):
        to_center_maps(output, plain)
    assert PEOPLE_CHANNELS[0] == "center"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 70), st.integers(2, 70))
def test_any_maps_give_labels_on_the_mask_without_gaps(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    heat, down, right = rng.random((3, 17, 23), np.float32)
    probability = rng.random((height, width), np.float32)
    labels = label_by_centers(probability, CenterMaps(heat, 2 * down - 1, 2 * right - 1))
    assert not labels[probability < 0.5].any()
    found = np.unique(labels[labels > 0])
    np.testing.assert_array_equal(found, np.arange(1, len(found) + 1))
