"""Reliability diagrams: share of person pixels against predicted probability (Guo et al. 2017, arXiv 1706.04599)."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from export.atomic import replacing
from export.evaluation.evaluate import ModelFigures

_PANEL_INCHES = 3.2
_MOST_COLUMNS = 3


def save_calibration_curves(path: Path, models: Sequence[ModelFigures]) -> None:
    """Write a PNG of reliability diagrams: one panel for each data set, one curve for each model.

    Raises
    ------
    OSError
        It cannot be written.
    """
    # Lay out the panels in a grid.
    count = len(models[0].sets)
    columns = min(count, _MOST_COLUMNS)
    rows = -(-count // columns)
    figure = Figure(figsize=(_PANEL_INCHES * columns, _PANEL_INCHES * rows), layout="constrained")
    # Draw and write.
    for index in range(count):
        _draw_set(figure.add_subplot(rows, columns, index + 1), models, index)
    figure.supxlabel("probability found")
    figure.supylabel("share of person pixels")
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=120)


def _draw_set(axes: Axes, models: Sequence[ModelFigures], index: int) -> None:
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=1)
    for model in models:
        figures = model.sets[index]
        found, true = zip(*figures.reliability.curve(), strict=True)
        axes.plot(found, true, marker=".", linewidth=1, label=f"{model.name}: ECE {figures.calibration_error:.3f}")
    axes.set_title(models[0].sets[index].name, fontsize="medium")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend(fontsize="x-small")
