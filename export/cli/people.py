"""``python -m export people``."""

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
from export.evaluation.matte_paths import MattePath
from export.evaluation.people_figures import PeopleFigures, measure_people
from export.onnx.model_file import open_models
from portrait.core.metrics.panoptic_quality import PeopleCounts

CAPTION = (
    "found: share of the true people matched with IoU above one half; PQ: panoptic quality; several: images with two "
    "people or more"
)


def people_command(
    data: DataOption,
    model: Annotated[list[Path] | None, typer.Option("--model", help="ONNX files or checkpoints.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1)] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure how well people are told apart, on data sets with instances/: recall and panoptic quality."""
    with TemporaryDirectory() as scratch_dir:
        models = open_models(model or (), Path(scratch_dir))
        rows = measure_people(models, data, MattePath(refined="fast"), threads)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(_make_table(rows))


def _make_table(rows: list[PeopleFigures]) -> Table:
    table = Table(caption=CAPTION)
    for title in ("set", "images", "model"):
        table.add_column(title, overflow="fold")
    for title in ("people", "found", "PQ", "false", "several: people", "found", "PQ", "false"):
        table.add_column(title, justify="right")
    for row in rows:
        cells = [*_cells(row.counts), *_cells(row.counts_of_several)]
        table.add_row(row.set_name, str(row.images), row.model, *cells)
    return table


def _cells(counts: PeopleCounts) -> tuple[str, ...]:
    people = counts.found + counts.missed
    return str(people), f"{counts.found_share:.3f}", f"{counts.panoptic_quality:.3f}", str(counts.false)
