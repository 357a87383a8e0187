"""What a smaller file may lose."""

import math

import pytest

from export.compression.acceptance import Change, compare, format_changes
from export.evaluation.evaluate import SetFigures


def _set(person_iou: float, boundary_iou: float) -> SetFigures:
    return SetFigures("selfie/val", 3, person_iou=person_iou, boundary_iou=boundary_iou)


def _nobody(fraction: float) -> SetFigures:
    return SetFigures("noperson/val", 3, false_person_fraction=fraction)


@pytest.mark.parametrize(
    ("after", "accepted"),
    [
        ((_set(0.898, 0.692), _nobody(0.012)), [True, True, True]),
        ((_set(0.95, 0.75), _nobody(0.0)), [True, True, True]),
        ((_set(0.896, 0.7), _nobody(0.01)), [False, True, True]),
        ((_set(0.9, 0.689), _nobody(0.01)), [True, False, True]),
        ((_set(0.9, 0.7), _nobody(0.016)), [True, True, False]),
    ],
)
def test_limits_of_each_figure(after: tuple[SetFigures, ...], accepted: list[bool]) -> None:
    changes = compare((_set(0.9, 0.7), _nobody(0.01)), after)
    assert [change.figure for change in changes] == ["person IoU", "boundary IoU", "false person"]
    assert [change.is_accepted for change in changes] == accepted


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_figure_that_is_not_a_number_is_not_accepted(higher_is_better: bool) -> None:
    assert not Change("set", "figure", 0.9, math.nan, higher_is_better, 0.003).is_accepted


def test_table_marks_what_breaks_its_limit() -> None:
    header, *rows = format_changes(compare((_set(0.9, 0.7),), (_set(0.8, 0.7),))).splitlines()
    assert header.split()[:2] == ["set", "figure"]
    assert ["+0.1000" in row for row in rows] == [True, False]
    assert [row.endswith("<") for row in rows] == [True, False]
