"""``python -m export contact-sheet``."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from export.cli.options import DataOption, split_data_dirs
from export.data.contact_sheet import draw_sample, eval_samples, save_sheet, tile, train_samples
from export.data.data_set import find_data_set
from export.data.transforms import PRESETS, EvalPreset, TargetSample

EVAL = "eval"


def contact_sheet_command(
    data: DataOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The .png file to write.")],
    preset: Annotated[str, typer.Option("--preset", help=f"Augmentation: {', '.join(PRESETS)}; or {EVAL}.")] = "plain",
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the samples.")] = 256,
    rows: Annotated[int, typer.Option("--rows", min=1)] = 6,
    columns: Annotated[int, typer.Option("--columns", min=1)] = 8,
) -> None:
    """Show what the network sees: augmented pictures, the person outlined, what is not judged hatched."""
    _require_preset(preset)
    with TemporaryDirectory() as cache_dir:
        samples = _open_samples(data, preset, seed, size, Path(cache_dir))
        cells = [draw_sample(image, targets) for image, targets, _ in islice(samples, rows * columns)]
    save_sheet(out, tile(cells, columns))
    typer.echo(str(out))


def _open_samples(data: list[Path], preset: str, seed: int, size: int, cache_dir: Path) -> Iterator[TargetSample]:
    train_dirs, val_dirs = split_data_dirs(data)
    if preset == EVAL:
        return eval_samples([find_data_set(folder) for folder in val_dirs or train_dirs], EvalPreset(size), seed)
    chosen = replace(PRESETS[preset], size_px=size)
    return train_samples([find_data_set(folder) for folder in train_dirs], chosen, seed, cache_dir)


def _require_preset(name: str) -> None:
    if name not in (*PRESETS, EVAL):
        raise typer.BadParameter(f"{name!r} is not one of {', '.join((*PRESETS, EVAL))}", param_hint="--preset")
