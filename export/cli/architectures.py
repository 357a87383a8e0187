"""``python -m export architectures``."""

import json
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from export.cli.evaluate import TABLE_WIDTH
from export.evaluation.architectures import (
    VARIANTS,
    ArchitectureFigures,
    at_input_sizes,
    convert_variants,
    measure_architectures,
)
from export.evaluation.evaluate import SetFigures
from export.evaluation.speed import COMPARED_THREADS
from export.models import ARCHITECTURES, describe_network
from export.onnx.model_file import ModelFile, open_models
from portrait.core.strips import stay_in_calling_thread


def architectures_command(
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="Trained networks: checkpoints or ONNX files.")
    ] = None,
    data: Annotated[list[Path] | None, typer.Option("--data", help="Data sets to judge trained networks on.")] = None,
    variants: Annotated[bool, typer.Option(help="Measure the untrained variants too.")] = True,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that share the pictures.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    only_names: Annotated[bool, typer.Option("--list", help="Only list the networks that train takes by --arch.")] = (
        False
    ),
) -> None:
    """Compare networks: parameters, multiply-accumulates, time on 1 and 4 threads; of trained ones also IoU by set.

    Of a data set with val/ in it, that is used.
    """
    if only_names:
        _print_names(as_json)
        return
    stay_in_calling_thread()
    folders = [one / "val" if (one / "val").is_dir() else one for one in data or ()]
    with TemporaryDirectory() as folder:
        trained = open_models(checkpoint or (), Path(folder))
        untrained = convert_variants(VARIANTS, Path(folder)) if variants else ()
        figures = measure_architectures(_at_all_sizes(trained), _at_all_sizes(untrained), folders, threads=threads)
    if as_json:
        typer.echo(json.dumps({"architectures": [one.to_json_dict() for one in figures]}, indent=2))
    else:
        Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(_make_table(figures))


def _print_names(as_json: bool) -> None:
    papers = {arch: describe_network(arch) for arch in ARCHITECTURES}
    if as_json:
        typer.echo(json.dumps(papers, indent=2))
        return
    table = Table("--arch", "from", box=None, pad_edge=False)
    for arch, paper in papers.items():
        table.add_row(arch, paper)
    Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(table)


def _at_all_sizes(models: Sequence[ModelFile]) -> list[ModelFile]:
    return list(chain.from_iterable(at_input_sizes(model) for model in models))


def _make_table(figures: Sequence[ArchitectureFigures]) -> Table:
    set_names = list(dict.fromkeys(of_set.name for one in figures for of_set in one.sets))
    table = Table(caption="ms: median of the network alone; of a set person IoU / boundary IoU, or false person")
    table.add_column("network", overflow="fold")
    times = (f"ms, {count} thread(s)" for count in COMPARED_THREADS)
    for title in ("input", "parameters, M", "MACs, G", *times, *set_names):
        table.add_column(title, justify="right")
    name = ""
    for one in figures:
        if one.name != name:
            table.add_section()
        name = one.name
        table.add_row(*_cells(one, set_names))
    return table


def _cells(one: ArchitectureFigures, set_names: Sequence[str]) -> list[str]:
    by_name = {of_set.name: of_set for of_set in one.sets}
    return [
        one.name if one.is_trained else f"{one.name} (untrained)",
        f"{one.input_height}×{one.input_width}",
        f"{one.parameters / 1e6:.2f}",
        f"{one.macs / 1e9:.2f}",
        *(f"{one.median_ms[count]:.1f}" for count in COMPARED_THREADS),
        *(_set_cell(by_name[name]) if name in by_name else "–" for name in set_names),
    ]


def _set_cell(of_set: SetFigures) -> str:
    if of_set.person_iou is None or of_set.boundary_iou is None:
        return f"{of_set.false_person_fraction:.4f}"
    return f"{of_set.person_iou:.3f} / {of_set.boundary_iou:.3f}"
