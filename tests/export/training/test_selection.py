"""The best epoch is the one that forgets least."""

import pytest

from export.training.curves import EpochFigures
from export.training.selection import is_best, worst_normalised_scores


def epoch(number: int, selfie: float, everyday: float, false: float) -> EpochFigures:
    return EpochFigures(number, 1.0, {"selfie": selfie, "everyday": everyday}, {"rooms": false})


EPOCHS = [epoch(1, 0.90, 0.50, 0.02), epoch(2, 0.96, 0.40, 0.01), epoch(3, 0.94, 0.49, 0.01)]


def test_each_set_is_measured_by_its_best_and_the_worst_counts() -> None:
    assert worst_normalised_scores(EPOCHS) == pytest.approx([0.90 / 0.96, 0.40 / 0.50, 0.94 / 0.96])
    assert worst_normalised_scores([epoch(1, 0.9, 0.5, 0.3), epoch(2, 0.9, 0.5, 0.1)]) == pytest.approx(
        [0.7 / 0.9, 1.0]
    )


def test_a_higher_mean_that_forgets_a_set_is_not_the_best() -> None:
    assert [is_best(EPOCHS[:count]) for count in (1, 2, 3)] == [True, False, True]


def test_of_equals_the_later_one_and_without_sets_every_one() -> None:
    assert is_best([EPOCHS[0], EPOCHS[0]])
    assert is_best([EpochFigures(1, 1.0, {}, {})])


def test_a_set_on_which_nothing_is_found_decides_nothing() -> None:
    assert worst_normalised_scores([epoch(1, 0.9, 0.0, 0.0)]) == [1.0]
