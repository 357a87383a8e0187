"""``python -m export train``."""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from export.cli.options import split_data_dirs
from export.data.transforms import PRESETS
from export.models import ARCHITECTURES, build_network
from export.training.config import Distillation, LossWeights, TrainConfig
from export.training.recipes import RECIPES, run_recipe
from export.training.train import run_training

_DEFAULTS = TrainConfig(train_dirs=(), out_dir=Path())
_SET_BY_RECIPE = ("arch", "network", "name", "size", "preset", "epochs", "epoch_size", "minibatch_size", "seed", "loss")


def train_command(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for checkpoints and metrics; an unfinished run in it is resumed.")
    ],
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="Data sets: folders with images/ and masks/.")
    ] = None,
    val: Annotated[list[Path] | None, typer.Option("--val", help="Data sets to judge each epoch on.")] = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help=f"Train a shipped model again: {', '.join(RECIPES)}. Needs --weights.")
    ] = "",
    weights: Annotated[
        Path | None, typer.Option("--weights", help=".safetensors, checkpoint or exported .onnx to start from.")
    ] = None,
    arch: Annotated[str, typer.Option("--arch", help="Network to train.")] = _DEFAULTS.arch,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", help="NAME=VALUE of an argument of the network, such as width_multiplier=0.75."),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="Name of the model.")] = _DEFAULTS.name,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the training pictures.")] = (
        _DEFAULTS.input_size_px
    ),
    preset: Annotated[str, typer.Option("--preset", help=f"Augmentation: {', '.join(PRESETS)}.")] = _DEFAULTS.preset,
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = _DEFAULTS.epochs,
    epoch_size: Annotated[
        int | None,
        typer.Option("--epoch-size", min=1, help="Pictures with people of an epoch; default: as many as are labelled."),
    ] = None,
    minibatch_size: Annotated[
        int, typer.Option("--minibatch-size", min=2, help="Pictures a step, of all processes together.")
    ] = _DEFAULTS.minibatch_size,
    seed: Annotated[int, typer.Option("--seed", min=0)] = _DEFAULTS.seed,
    loss: Annotated[
        list[str] | None, typer.Option("--loss", help="NAME=WEIGHT of a loss, such as lovasz=0.5; 0 leaves it out.")
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option("--teacher", help="ONNX files or checkpoints to learn from where no label is."),
    ] = None,
    unlabelled: Annotated[
        list[Path] | None, typer.Option("--unlabelled", help="Folders with images/ that have no masks.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = _DEFAULTS.device,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Compute threads of each process.")
    ] = _DEFAULTS.threads,
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Data-loader workers of each process.")
    ] = _DEFAULTS.workers,
) -> None:
    """Train a network; a --data folder with train/ and val/ supplies training and validation data.

    Several processes: torchrun --standalone --nproc-per-node N -m export train …
    """
    if not data and not unlabelled:
        raise typer.BadParameter("give data sets with --data, or pictures with --unlabelled", param_hint="--data")
    _require_known(arch, ARCHITECTURES, "--arch")
    _require_known(preset, PRESETS, "--preset")
    train_dirs, found_val_dirs = split_data_dirs(data or ())
    config = TrainConfig(
        train_dirs=train_dirs,
        val_dirs=(*found_val_dirs, *(val or ())),
        unlabelled_dirs=tuple(unlabelled or ()),
        out_dir=out,
        arch=arch,
        network=parse_network(arch, network or ()),
        initial_weights=weights,
        name=name,
        input_size_px=size,
        preset=preset,
        epochs=epochs,
        epoch_size=epoch_size,
        minibatch_size=minibatch_size,
        losses=parse_losses(loss or ()),
        distillation=Distillation(teachers=tuple(teacher or ())),
        seed=seed,
        device=device,
        threads=threads,
        workers=workers,
    )
    if recipe:
        _require_known(recipe, RECIPES, "--recipe")
        _require_unset(context)
        run_recipe(recipe, config)
    else:
        run_training(config)


def parse_network(arch: str, words: Sequence[str]) -> dict[str, Any]:
    """Parse ``width_multiplier=0.75`` and the like to keyword arguments; a list is written ``skip_channels=[48]``.

    Raises
    ------
    typer.BadParameter
        A word is not NAME=VALUE, or the network cannot be built with these arguments.
    """
    config: dict[str, Any] = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            config[name] = json.loads(text)
        except ValueError as exc:
            raise typer.BadParameter(f"{word!r} is not NAME=VALUE", param_hint="--network") from exc
    try:
        build_network(arch, **config)
    except (ValueError, TypeError, RuntimeError) as exc:
        raise typer.BadParameter(str(exc), param_hint="--network") from exc
    return config


def parse_losses(words: Sequence[str]) -> LossWeights:
    """Parse ``lovasz=0.5`` and the like; losses that are not named keep their default weights.

    Raises
    ------
    typer.BadParameter
        A loss is unknown, or its weight is not a finite number of 0 or more.
    """
    known = [one.name for one in fields(LossWeights)]
    weights = LossWeights()
    for word in words:
        name, _, text = word.partition("=")
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}", param_hint="--loss")
        try:
            weight = float(text)
        except ValueError as exc:
            raise typer.BadParameter(f"{word!r} is not NAME=WEIGHT", param_hint="--loss") from exc
        if not 0.0 <= weight < math.inf:
            raise typer.BadParameter(f"{word!r}: a weight is 0 or more", param_hint="--loss")
        weights = replace(weights, **{name: weight})
    return weights


def _require_known(name: str, known: Collection[str], option: str) -> None:
    if name not in known:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}", param_hint=option)


def _require_unset(context: typer.Context) -> None:
    """Refuse options that the recipe sets."""
    sources = {name: context.get_parameter_source(name) for name in _SET_BY_RECIPE}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise typer.BadParameter(f"the recipe sets {options}", param_hint="--recipe")
