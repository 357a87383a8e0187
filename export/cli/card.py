"""``python -m export card``."""

from pathlib import Path
from typing import Annotated

import typer

from export.errors import ExportError
from export.evaluation.model_card import BUNDLED_SOURCES, write_card
from export.evaluation.report import load_figures


def card_command(
    model: Annotated[Path, typer.Option("--model", help="The ONNX file.")],
    figures: Annotated[Path, typer.Option("--figures", help="What evaluate --json printed for this file.")],
    sources: Annotated[
        Path | None,
        typer.Option("--sources", help="Markdown on weights, data and licences; else those of the bundled models."),
    ] = None,
) -> None:
    """Write the model card beside the ONNX file, from measured figures."""
    text = BUNDLED_SOURCES if sources is None else _read_text(sources)
    typer.echo(str(write_card(model, load_figures(figures), text)))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ExportError(f"cannot read {path}: {exc.strerror}", "check the path") from exc
