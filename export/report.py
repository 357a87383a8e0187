"""Evaluation figures as a table and as JSON text."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from export.errors import ExportError
from export.evaluate import ModelFigures, SetFigures

CAPTION = (
    "person, mean and boundary IoU, MAE of alpha: means over the pictures; (set): one confusion matrix over the set; "
    "false person: share of a picture without people; ms: median of the network alone"
)

_COLUMNS = (
    ("person IoU", "person_iou"),
    ("mean IoU", "mean_iou"),
    ("boundary IoU", "boundary_iou"),
    ("alpha MAE", "alpha_mae"),
    ("person IoU (set)", "set_person_iou"),
    ("mean IoU (set)", "set_mean_iou"),
    ("false person", "false_person_fraction"),
)


def figure_cells(figures: SetFigures) -> list[str]:
    """The figures of one row as texts, in the order of `column_titles`."""
    values = [getattr(figures, field) for _, field in _COLUMNS]
    return ["–" if value is None else f"{value:.4f}" for value in values]


def column_titles() -> list[str]:
    """Titles of the figures."""
    return [title for title, _ in _COLUMNS]


def make_table(models: Sequence[ModelFigures]) -> Table:
    """One section per data set, one row per model in it."""
    table = Table(caption=CAPTION)
    for title in ("set", "pictures", "model"):
        table.add_column(title, overflow="fold")
    for title in (*column_titles(), "ms"):
        table.add_column(title, justify="right")
    for of_models in zip(*(model.sets for model in models), strict=True):
        table.add_section()
        for model, figures in zip(models, of_models, strict=True):
            cells = (figures.name, str(figures.pictures), model.name, *figure_cells(figures))
            table.add_row(*cells, f"{model.median_ms:.2f}")
    return table


def to_json(models: Sequence[ModelFigures]) -> str:
    """One JSON object with a list of models."""
    return json.dumps({"models": [model.to_json_dict() for model in models]}, indent=2)


def load_figures(path: Path) -> tuple[ModelFigures, ...]:
    """Read what `to_json` wrote.

    Raises
    ------
    ExportError
        Missing, not JSON, or other fields.
    """
    hint = "write it with: python -m export evaluate … --json > FILE"
    try:
        models = json.loads(path.read_text(encoding="utf-8"))["models"]
        return tuple(
            ModelFigures(**{**model, "sets": tuple(SetFigures(**one) for one in model["sets"])}) for model in models
        )
    except OSError as exc:
        raise ExportError(f"cannot read figures {path}: {exc.strerror}", hint) from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise ExportError(f"{path} does not hold evaluation figures: {exc}", hint) from exc
