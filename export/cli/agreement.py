"""``python -m export agreement``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from export.cli.evaluate import TABLE_WIDTH
from export.cli.options import DataOption
from export.evaluation.agreement import Agreement, measure_agreement
from export.onnx.model_file import open_models
from portrait.inference.segmenter import OnnxSegmenter

CAPTION = (
    "only one: share of images in which one of fast and fine finds somebody; the others: mean IoU of fast with fine, "
    "and of fast with itself on the grey, mirrored and cropped image; areas: share of an image taken for a person"
)


def agreement_command(
    data: DataOption,
    model: Annotated[
        list[Path], typer.Option("--model", help="One ONNX file or checkpoint for both qualities, or two: fast, fine.")
    ],
    second_opinion: Annotated[
        Path | None, typer.Option("--second-opinion", help="ONNX file of classes that fine asks, as the app does.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1)] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure how far an answer changes with quality, colour, mirroring and crop."""
    if len(model) > 2:
        raise typer.BadParameter(
            "give one model for both qualities, or one for fast and one for fine", param_hint="--model"
        )
    with TemporaryDirectory() as scratch_dir:
        second = None if second_opinion is None else OnnxSegmenter(second_opinion, threads=1)
        rows = measure_agreement(open_models(model, Path(scratch_dir)), data, threads, second)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(_make_table(rows))


def _make_table(rows: list[Agreement]) -> Table:
    table = Table(caption=CAPTION)
    for title in ("set", "images", "model"):
        table.add_column(title, overflow="fold")
    for title in ("only one", "fast = fine", "grey", "mirrored", "cropped", "fast area", "fine area"):
        table.add_column(title, justify="right")
    for row in rows:
        likeness = (row.qualities, row.grey, row.mirrored, row.cropped)
        figures = (row.only_one, *likeness, row.fast_fraction, row.fine_fraction)
        table.add_row(row.set_name, str(row.images), row.model, *(f"{figure:.4f}" for figure in figures))
    return table
