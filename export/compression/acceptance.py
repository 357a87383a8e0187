"""Acceptance test of a compressed model: limits on the loss of accuracy, and a record of what was gained."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from export.evaluation.evaluate import SetFigures
from export.evaluation.speed import SpeedChange
from export.onnx.parity import Difference

# Largest losses on a validation set with which a compressed model is accepted.
MOST_PERSON_IOU_LOST = 0.003
MOST_BOUNDARY_IOU_LOST = 0.01
MOST_FALSE_PERSON_GAINED = 0.005

_TITLES = ("set", "figure", "before", "after", "lost", "at most")


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of one data set before and after compression.

    Attributes
    ----------
    set_name, figure
        Names of both, such as "selfie/val" and "person IoU".
    before, after
        Its values, 0 … 1.
    higher_is_better
        Whether a smaller value is a loss.
    most_lost
        The limit of the loss.
    """

    set_name: str
    figure: str
    before: float
    after: float
    higher_is_better: bool
    most_lost: float

    @property
    def loss(self) -> float:
        """Positive where the figure became worse."""
        return self.before - self.after if self.higher_is_better else self.after - self.before

    @property
    def is_accepted(self) -> bool:
        """Whether the loss is within its limit; a loss of NaN is not."""
        return self.loss <= self.most_lost


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """Record of a compressed model that was accepted.

    Attributes
    ----------
    method
        How it was compressed.
    changes
        Figures on the validation sets, before and after.
    difference
        |Δprobability| against the original file, on training images.
    speeds
        Times of both files.
    bytes_before, bytes_after
        Sizes of both files.
    float_layers
        Names of the layers that were kept in float.
    disagreements
        1 − soft IoU with the float file (`export.onnx.parity.measure_disagreement`) by range rule, where several were
        tried.
    """

    method: str
    changes: tuple[Change, ...]
    difference: Difference
    speeds: tuple[SpeedChange, ...]
    bytes_before: int
    bytes_after: int
    float_layers: tuple[str, ...] = ()
    disagreements: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_faster(self) -> bool:
        """Whether it takes less time than before on every number of threads."""
        return all(speed.is_faster for speed in self.speeds)

    def to_json_dict(self) -> dict[str, Any]:
        """Plain numbers, texts, lists and dicts."""
        return {**asdict(self), "is_faster": self.is_faster}


def compare(before: Sequence[SetFigures], after: Sequence[SetFigures]) -> tuple[Change, ...]:
    """The figures that decide on acceptance, set by set."""
    return tuple(change for pair in zip(before, after, strict=True) for change in _compare_set(*pair))


def format_changes(changes: Sequence[Change]) -> str:
    """A plain-text table; changes beyond their limit are marked with "<"."""
    rows = [_TITLES, *(change_cells(change) for change in changes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    marks = ["", *("" if change.is_accepted else "  <" for change in changes)]
    return "\n".join(line + mark for line, mark in zip(lines, marks, strict=True))


def change_cells(change: Change) -> tuple[str, ...]:
    """Texts in the order set, figure, before, after, loss, limit."""
    numbers = (f"{change.before:.4f}", f"{change.after:.4f}", f"{change.loss:+.4f}", f"{change.most_lost:.3f}")
    return (change.set_name, change.figure, *numbers)


def _compare_set(before: SetFigures, after: SetFigures) -> list[Change]:
    figures = (
        ("person IoU", before.person_iou, after.person_iou, True, MOST_PERSON_IOU_LOST),
        ("boundary IoU", before.boundary_iou, after.boundary_iou, True, MOST_BOUNDARY_IOU_LOST),
        ("false person", before.false_person_fraction, after.false_person_fraction, False, MOST_FALSE_PERSON_GAINED),
    )
    return [
        Change(before.name, figure, was, is_now, higher_is_better, limit)
        for figure, was, is_now, higher_is_better, limit in figures
        if was is not None and is_now is not None
    ]
