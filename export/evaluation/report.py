"""Evaluation figures as a table and as JSON text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from export.errors import ExportError
from export.evaluation.alpha_metrics import ImageFigures
from export.evaluation.evaluate import ModelFigures, SetFigures
from export.evaluation.flicker import ClipFigures
from portrait.core.metrics.matte_metrics import Reliability

CAPTION = (
    "person, mean and boundary IoU, MAE of alpha: means over the pictures; scraps, holes: small wrong "
    "pieces around and inside the person, as a share of its area; (set): one confusion matrix over the set; "
    "false person: share of a picture without people; ECE: expected calibration error; noise flicker: mean change of "
    "alpha from new sensor noise; ms: median of the network alone"
)
CLIP_CAPTION = (
    "flicker: mean change of alpha from frame to frame outside unexplained motion, after warping by optical flow; "
    "smoothed: behind the app's temporal smoothing; explained: share of the frame over which that was measured"
)

_COLUMNS = (
    ("person IoU", "person_iou"),
    ("mean IoU", "mean_iou"),
    ("boundary IoU", "boundary_iou"),
    ("alpha MAE", "alpha_mae"),
    ("scraps", "scrap_fraction"),
    ("holes", "hole_fraction"),
    ("person IoU (set)", "set_person_iou"),
    ("mean IoU (set)", "set_mean_iou"),
    ("false person", "false_person_fraction"),
    ("ECE", "calibration_error"),
    ("noise flicker", "noise_flicker"),
)


def describe_path(model: ModelFigures) -> str:
    """A phrase that says how the alpha of an evaluation was made."""
    found = "the network's probability" if model.quality == "fast" else "the probability of the app's passes for photos"
    judged = found if model.refined is None else f"alpha, {model.refined} refinement of {found}"
    return judged if model.frame is None else f"{judged}, of pictures cut to {model.frame:.2f} : 1"


def figure_cells(figures: SetFigures) -> list[str]:
    """The figures of one row as texts, in the order of `column_titles`."""
    values = [getattr(figures, field) for _, field in _COLUMNS]
    return [_cell(value) for value in values]


def column_titles() -> list[str]:
    """Column titles of the figures of a data set."""
    return [title for title, _ in _COLUMNS]


def make_table(models: Sequence[ModelFigures]) -> Table:
    """Table with a section per data set and a row per model."""
    table = Table(title=f"judged: {describe_path(models[0])}", caption=CAPTION)
    for title in ("set", "pictures", "model"):
        table.add_column(title, overflow="fold")
    for title in (*column_titles(), "ms", "ms, 1 thread"):
        table.add_column(title, justify="right")
    for of_models in zip(*(model.sets for model in models), strict=True):
        table.add_section()
        for model, figures in zip(models, of_models, strict=True):
            cells = (figures.name, str(figures.pictures), model.name, *figure_cells(figures))
            table.add_row(*cells, *(_cell(ms, 2) for ms in (model.median_ms, model.one_thread_ms)))
    return table


def clip_titles() -> list[str]:
    """Column titles of the figures of a clip."""
    return ["flicker", "flicker, smoothed", "explained"]


def clip_cells(figures: ClipFigures) -> list[str]:
    """The figures of one clip as texts, in the order of `clip_titles`."""
    return [_cell(value) for value in (figures.flicker, figures.smoothed_flicker, figures.explained_fraction)]


def make_clip_table(models: Sequence[ModelFigures]) -> Table:
    """Table with a section per clip and a row per model."""
    table = Table(caption=CLIP_CAPTION)
    for title in ("clip", "frames", "model"):
        table.add_column(title, overflow="fold")
    for title in clip_titles():
        table.add_column(title, justify="right")
    for of_models in zip(*(model.clips for model in models), strict=True):
        table.add_section()
        for model, figures in zip(models, of_models, strict=True):
            table.add_row(figures.name, str(figures.frames), model.name, *clip_cells(figures))
    return table


def _cell(value: float | None, digits: int = 4) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def to_json(models: Sequence[ModelFigures]) -> str:
    """The figures as JSON text: an object with a list of models."""
    return json.dumps({"models": [model.to_json_dict() for model in models]}, indent=2)


def load_figures(path: Path) -> tuple[ModelFigures, ...]:
    """Read what `to_json` wrote.

    Raises
    ------
    ExportError
        The file is missing, is not JSON, or has other fields.
    """
    hint = "write it with: python -m export evaluate … --json > FILE"
    try:
        return tuple(_read_model(fields) for fields in json.loads(path.read_text(encoding="utf-8"))["models"])
    except OSError as exc:
        raise ExportError(f"cannot read figures {path}: {exc.strerror}", hint) from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise ExportError(f"{path} does not hold evaluation figures: {exc}", hint) from exc


def _read_model(fields: dict[str, Any]) -> ModelFigures:
    clips = tuple(ClipFigures(**one) for one in fields.pop("clips", ()))
    return ModelFigures(**{**fields, "sets": tuple(_read_set(one) for one in fields["sets"]), "clips": clips})


def _read_set(fields: dict[str, Any]) -> SetFigures:
    images = tuple(ImageFigures(**one) for one in fields.pop("by_picture", ()))
    reliability = Reliability(**{name: tuple(values) for name, values in fields.pop("reliability", {}).items()})
    return SetFigures(**fields, reliability=reliability, by_picture=images)
