"""Learning curves of a run, epoch by epoch: ``curve.csv`` for programs, ``curve.png`` to look at."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from export.atomic import replacing

CSV_NAME = "curve.csv"
PNG_NAME = "curve.png"


@dataclass(frozen=True, slots=True)
class EpochFigures:
    """One epoch: number from 1, mean training loss, and the figures of `export.training.validate` by data set."""

    epoch: int
    loss: float
    person_iou: Mapping[str, float]
    false_person_fraction: Mapping[str, float]

    def to_row(self) -> dict[str, str]:
        """One row of the CSV: text by column title."""
        scores = {**self.person_iou, **self.false_person_fraction}
        return {
            "epoch": str(self.epoch),
            "loss": f"{self.loss:.5f}",
            **{name: f"{value:.4f}" for name, value in scores.items()},
        }


def write_curves(folder: Path, epochs: Sequence[EpochFigures]) -> None:
    """Write both files from all epochs so far (at least one), replacing each atomically.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    rows = [figures.to_row() for figures in epochs]
    with replacing(folder / CSV_NAME) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    with replacing(folder / PNG_NAME) as partial:
        _draw(epochs).savefig(partial, dpi=100)


def _draw(epochs: Sequence[EpochFigures]) -> Figure:
    figure = Figure(figsize=(15.0, 4.5))
    figure.subplots_adjust(left=0.04, right=0.99, bottom=0.12, top=0.92, wspace=0.15)
    loss, iou, false_person = figure.subplots(1, 3)
    _plot(loss, "training loss", epochs, [{"loss": figures.loss} for figures in epochs])
    _plot(iou, "person IoU", epochs, [figures.person_iou for figures in epochs])
    _plot(
        false_person,
        "share taken for a person where nobody is",
        epochs,
        [figures.false_person_fraction for figures in epochs],
    )
    return figure


def _plot(axes: Axes, title: str, epochs: Sequence[EpochFigures], values: Sequence[Mapping[str, float]]) -> None:
    axes.set(title=title, xlabel="epoch")
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    names = dict.fromkeys(name for one in values for name in one)
    for name in names:
        heights = [one.get(name, math.nan) for one in values]
        axes.plot([figures.epoch for figures in epochs], heights, marker=".", label=name)
    if names:
        axes.legend()
