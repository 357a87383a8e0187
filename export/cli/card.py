"""``python -m export card``."""

from pathlib import Path
from typing import Annotated

import typer

from export.errors import ExportError
from export.evaluation.model_card import SOURCES, write_card
from export.evaluation.report import load_figures


def card_command(
    model: Annotated[Path, typer.Option("--model", help="The ONNX file.")],
    figures: Annotated[Path, typer.Option("--figures", help="What evaluate --json printed for this file.")],
    recipe: Annotated[
        str, typer.Option("--recipe", help=f"What the file was trained by: {', '.join(SOURCES)}; names its sources.")
    ] = "photo",
    sources: Annotated[
        Path | None, typer.Option("--sources", help="Markdown on weights, data and licences, instead of a recipe's.")
    ] = None,
) -> None:
    """Write the model card beside the ONNX file, from measured figures."""
    if recipe not in SOURCES:
        raise typer.BadParameter(f"{recipe!r} is not one of {', '.join(SOURCES)}", param_hint="--recipe")
    text = SOURCES[recipe] if sources is None else _read_text(sources)
    typer.echo(str(write_card(model, load_figures(figures), text)))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ExportError(f"cannot read {path}: {exc.strerror}", "check the path") from exc
