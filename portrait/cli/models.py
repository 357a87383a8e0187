"""``portrait models``: list the bundled segmentation models."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.report import open_console, print_json, say
from portrait.language import mark, tr

if TYPE_CHECKING:
    from portrait.inference.model_store import ModelEntry

_HEADINGS = (mark("size"), mark("input"), mark("licence"))
_SCORE = "person IoU"  # not shown
_NUMBER = re.compile(r"[01]\.\d+")


def show_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON to stdout, one object a line.")] = False,
) -> None:
    """Show the bundled models that `--model` takes by name."""
    from portrait.files.assets import asset_path
    from portrait.inference.model_store import list_models

    models = list_models(asset_path("models"))
    if as_json:
        for model in models:
            print_json(_to_json_dict(model))
        return
    _print_table(models)
    if not models:
        say(tr("There is no bundled model. Install Portrait again, or give --model an ONNX file."))


def _to_json_dict(model: "ModelEntry") -> dict[str, object]:
    return {
        "name": model.name,
        "role": model.role,
        "path": str(model.path),
        "size_bytes": model.size_bytes,
        "input": _input_size(model),
        "licence": model.spec.licence,
        "person_iou": read_person_iou(model.card),
    }


def _print_table(models: Sequence["ModelEntry"]) -> None:
    from rich.table import Table

    table = Table(tr("name"), "--quality", *map(tr, _HEADINGS), box=None, pad_edge=False)
    table.add_column(tr("person IoU"), no_wrap=True)
    for model in models:
        figures = "\n".join(f"{name} {iou:.3f}" for name, iou in read_person_iou(model.card).items())
        size = f"{model.size_bytes / 1e6:.1f} MB"
        table.add_row(model.name, model.role or "", size, _input_size(model), model.spec.licence, figures)
    console = open_console()
    console.print(table)
    if any(read_person_iou(model.card) for model in models):
        console.print(
            "\n"
            + tr(
                "person IoU: intersection over union of the network's mask and the true one, 1 being "
                "the best; mean over the photos of sets held back from training"
            )
        )


def _input_size(model: "ModelEntry") -> str:
    free = tr(", others too") if model.spec.is_dynamic else ""
    return f"{model.spec.input_width} × {model.spec.input_height}{free}"


def read_person_iou(card: Path | None) -> dict[str, float]:
    """Parse person IoU by data set from the table of a model card, in which the model's own rows are in bold."""
    if card is None:
        return {}
    found: dict[str, float] = {}
    column = None
    for line in card.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if _SCORE in cells:
            column = cells.index(_SCORE)
        elif column is not None and "**" in line and len(cells) > column and _NUMBER.fullmatch(cells[column]):
            found[cells[0]] = float(cells[column])
    return found
