"""``python -m export quantize``."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from export.cli.evaluate import TABLE_WIDTH
from export.cli.options import DataOption, split_data_dirs
from export.compression.acceptance import AcceptedFile, change_cells
from export.compression.compression_plan import CompressionPlan
from export.compression.float16_weights import store_float16
from export.compression.quantize import quantize
from export.onnx.model_file import open_models
from portrait.core.strips import stay_in_calling_thread

_DEFAULTS = CompressionPlan((), ())


def quantize_command(
    model: Annotated[Path, typer.Option("--model", help="The ONNX file, or a checkpoint.")],
    data: DataOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    val: Annotated[list[Path] | None, typer.Option("--val", help="More data sets to judge on.")] = None,
    half: Annotated[bool, typer.Option("--half", help="Only store the weights in 16 bits; compute in float.")] = False,
    pictures: Annotated[int, typer.Option("--pictures", min=1, help="To observe activations on.")] = _DEFAULTS.pictures,
    float_blocks: Annotated[
        int, typer.Option("--float-blocks", min=0, help="Keep at least so many of the most sensitive blocks in float.")
    ] = _DEFAULTS.float_blocks,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the new model; default: that of the input.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1)] = _DEFAULTS.threads,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Write a smaller, faster file: static int8, refused where a validation set loses too much.

    A folder with train/ and val/ is calibrated on the one and judged on the other; any other folder serves for both,
    unless some folder to judge on is given.
    """
    train_dirs, found_val_dirs = split_data_dirs(data)
    val_dirs = (*found_val_dirs, *(val or ())) or train_dirs
    plan = CompressionPlan(train_dirs, val_dirs, pictures, name, threads, float_blocks)
    stay_in_calling_thread()
    progress = Console(stderr=True)
    with TemporaryDirectory() as folder:
        (source,) = open_models([model], Path(folder))
        compress = store_float16 if half else quantize
        accepted = compress(source, plan, out, lambda line: progress.print(line, markup=False))
    if as_json:
        typer.echo(json.dumps({"file": str(out), **accepted.to_json_dict()}, indent=2))
    else:
        Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(_make_table(out, accepted))
        if accepted.float_layers:
            typer.echo(f"Kept in float: {', '.join(accepted.float_layers)}")
        if not half:
            typer.echo(_describe_speed(accepted))


def _make_table(path: Path, accepted: AcceptedFile) -> Table:
    table = Table(title=f"{path}: {accepted.method}")
    table.add_column("set")
    table.add_column("figure")
    for title in ("before", "after", "lost", "at most"):
        table.add_column(title, justify="right")
    for change in accepted.changes:
        table.add_row(*change_cells(change))
    table.add_section()
    difference = accepted.difference
    for figure, value in (("mean", difference.mean), ("99.9 %", difference.rare), ("largest", difference.largest)):
        table.add_row("", f"difference of probability, {figure}", "", "", f"{value:.2g}", "")
    table.add_section()
    for speed in accepted.speeds:
        ratio = speed.after_ms / speed.before_ms
        times = (f"{speed.before_ms:.2f}", f"{speed.after_ms:.2f}", f"×{ratio:.2f}")
        table.add_row("", f"ms a picture, {speed.threads} thread(s)", *times, "")
    sizes = (f"{size / 1e6:.2f}" for size in (accepted.bytes_before, accepted.bytes_after))
    table.add_row("", "file, MB", *sizes, f"×{accepted.bytes_after / accepted.bytes_before:.2f}", "")
    return table


def _describe_speed(accepted: AcceptedFile) -> str:
    if accepted.is_faster:
        return "It is faster than the file it was made from, on this machine."
    slow = ", ".join(str(speed.threads) for speed in accepted.speeds if not speed.is_faster)
    return f"It is NOT faster than the file it was made from, on this machine, on {slow} thread(s)."
