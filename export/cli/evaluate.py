"""``python -m export evaluate``."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from export.candidates import open_candidates
from export.cli.options import DataOption
from export.data import DataSet
from export.evaluate import evaluate
from export.report import make_table, to_json

TABLE_WIDTH = 170
"""Characters of a table that goes into a file or a pipe, where no terminal tells its width."""


def evaluate_command(
    model: Annotated[list[Path], typer.Option("--model", help="ONNX files or checkpoints, compared side by side.")],
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Compute threads of onnxruntime.")] = 4,
) -> None:
    """Measure models on data sets: IoU, boundary IoU, error of alpha, false alarms, time."""
    progress = Console(stderr=True)

    def announce(data_set: DataSet) -> None:
        progress.print(f"{data_set.name}: {len(data_set.items)} pictures")

    with TemporaryDirectory() as scratch_dir:
        candidates = open_candidates(model, Path(scratch_dir))
        figures = evaluate(candidates, data, threads=threads, on_set=announce)
    if as_json:
        typer.echo(to_json(figures))
    else:
        Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(make_table(figures))
