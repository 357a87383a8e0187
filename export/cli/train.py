"""``python -m export train``."""

from pathlib import Path
from typing import Annotated

import typer

from export.cli.options import DataOption, split_data_dirs
from export.config import TrainConfig
from export.models import ARCHITECTURES
from export.train import run_training

_DEFAULTS = TrainConfig(train_dirs=(), out_dir=Path())


def train_command(
    data: DataOption,
    out: Annotated[Path, typer.Option("--out", help="Receives checkpoints and figures; a run in it goes on.")],
    arch: Annotated[str, typer.Option("--arch", help="Network to train.")] = _DEFAULTS.arch,
    val: Annotated[list[Path] | None, typer.Option("--val", help="Data sets to judge each epoch on.")] = None,
    weights: Annotated[Path | None, typer.Option("--weights", help=".safetensors to start from.")] = None,
    name: Annotated[str, typer.Option("--name", help="Name of the model.")] = _DEFAULTS.name,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the training pictures.")] = (
        _DEFAULTS.input_size_px
    ),
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = _DEFAULTS.epochs,
    minibatch_size: Annotated[int, typer.Option("--minibatch-size", min=2)] = _DEFAULTS.minibatch_size,
    seed: Annotated[int, typer.Option("--seed", min=0)] = _DEFAULTS.seed,
    threads: Annotated[int, typer.Option("--threads", min=1)] = _DEFAULTS.threads,
    workers: Annotated[int, typer.Option("--workers", min=0)] = _DEFAULTS.workers,
) -> None:
    """Train a network; a folder with train/ and val/ in it gives both."""
    _require_arch(arch)
    train_dirs, found_val_dirs = split_data_dirs(data)
    config = TrainConfig(
        train_dirs=train_dirs,
        val_dirs=(*found_val_dirs, *(val or ())),
        out_dir=out,
        arch=arch,
        initial_weights=weights,
        name=name,
        input_size_px=size,
        epochs=epochs,
        minibatch_size=minibatch_size,
        seed=seed,
        threads=threads,
        workers=workers,
    )
    typer.echo(str(run_training(config)))


def _require_arch(arch: str) -> None:
    if arch not in ARCHITECTURES:
        raise typer.BadParameter(f"{arch!r} is not one of {', '.join(ARCHITECTURES)}", param_hint="--arch")
