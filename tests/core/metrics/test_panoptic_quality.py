import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.core.metrics.panoptic_quality import PeopleCounts, count_people


def two_people() -> np.ndarray:
    labels = np.zeros((40, 100), np.uint8)
    labels[5:35, 10:30], labels[5:35, 50:80] = 1, 2
    return labels


def test_the_same_people_whatever_their_numbers() -> None:
    true = two_people()
    found = np.where(true == 1, 2, np.where(true == 2, 1, 0))
    counts = count_people(true, found)
    assert counts == PeopleCounts(found=2, missed=0, false=0, iou_sum=2.0)
    assert (counts.found_share, counts.panoptic_quality) == (1.0, 1.0)


def test_two_people_taken_for_one() -> None:
    """The union has an IoU of 0.6 with the larger one, who counts as found."""
    true = two_people()
    counts = count_people(true, (true > 0).astype(np.int32))
    assert (counts.found, counts.missed, counts.false) == (1, 1, 0)
    assert counts.panoptic_quality == pytest.approx(0.6 / 1.5)


def test_one_taken_for_two_is_missed_and_false() -> None:
    true = np.where(two_people() == 1, 1, 0).astype(np.uint8)
    found = true.astype(np.int32)
    found[:20][true[:20] == 1] = 2
    counts = count_people(true, found)
    assert (counts.found, counts.missed, counts.false) == (0, 1, 2)


def test_what_is_unknown_or_too_small_counts_nowhere() -> None:
    true = two_people()
    true[true == 2] = 255
    true[38:40, 98:100] = 3
    found = np.where(two_people() > 0, two_people(), 0).astype(np.int32)
    assert count_people(true, found, least_fraction=0.01) == PeopleCounts(1, 0, 0, 1.0)


def test_nobody_found_where_nobody_is() -> None:
    nobody = np.zeros((8, 8), np.uint8)
    counts = count_people(nobody, nobody)
    assert counts == PeopleCounts()
    assert (counts.found_share, counts.panoptic_quality) == (1.0, 1.0)


def test_counts_add_up() -> None:
    total = PeopleCounts(1, 2, 3, 0.9) + PeopleCounts(2, 0, 1, 1.5)
    assert total == PeopleCounts(3, 2, 4, 2.4)
    assert total.found_share == 0.6
    assert total.panoptic_quality == pytest.approx(2.4 / (3 + 0.5 * 6))


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5))
def test_every_true_person_is_found_or_missed_once(seed: int, true_people: int, found_people: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, true_people + 1, (12, 12)).repeat(3, axis=0).repeat(3, axis=1).astype(np.uint8)
    found = rng.integers(0, found_people + 1, (12, 12)).repeat(3, axis=0).repeat(3, axis=1)
    counts = count_people(true, found)
    assert counts.found + counts.missed == len(np.unique(true[true > 0]))
    assert 0.0 <= counts.panoptic_quality <= 1.0
    assert counts.false <= found_people
