"""The command line of training and export: ``python -m export train | evaluate | convert | card``."""

import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from export.candidates import open_candidates
from export.card import BUNDLED_SOURCES, write_card
from export.checkpoint import load_checkpoint
from export.config import TrainConfig
from export.data import DataSet
from export.errors import ExportError
from export.evaluate import evaluate
from export.models import ARCHITECTURES
from export.published import load_published
from export.report import load_figures, make_table, to_json
from export.to_onnx import convert
from export.train import run_training
from portrait.errors import PortraitError

app = typer.Typer(
    help="Train person-segmentation networks and export them to ONNX.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

TABLE_WIDTH = 170
"""Characters of a table that goes into a file or a pipe, where no terminal tells its width."""

_REPEATABLE = ("--data", "--val", "--model")

DataOption = Annotated[list[Path], typer.Option("--data", help="Data sets: folders with images/ and masks/.")]
_DEFAULTS = TrainConfig(train_dirs=(), out_dir=Path())


@app.command("train")
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


@app.command("evaluate")
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


@app.command("convert")
def convert_command(
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", help="Checkpoint, or with --arch: file of published weights or torchvision.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    arch: Annotated[str | None, typer.Option("--arch", help="Network that the published weights are for.")] = None,
    size: Annotated[str | None, typer.Option("--size", help="HxW: the only size the file takes.")] = None,
) -> None:
    """Write one ONNX file, ModelSpec inside, proven to compute what torch computes."""
    fixed_size = None if size is None else parse_size(size)
    if arch is None:
        network, spec = load_checkpoint(Path(checkpoint))
    else:
        network, spec = load_published(arch, None if checkpoint == "torchvision" else Path(checkpoint))
    parity = convert(network, spec, out, fixed_size=fixed_size)
    tried = ", ".join("×".join(map(str, shape)) for shape in parity.input_shapes)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB, differs from torch by {parity.max_difference:.1e} ({tried})")


@app.command("card")
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 fine, 1 user error, 2 usage, 70 bug."""
    try:
        app(repeat_options(sys.argv[1:] if argv is None else argv), prog_name="python -m export")
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    except PortraitError as exc:
        print(f"error: {exc.message}", file=sys.stderr)
        if exc.hint:
            print(f"hint: {exc.hint}", file=sys.stderr)
        return 1
    except Exception:  # the outermost door: whatever comes here is a bug
        logging.getLogger(__name__).exception("bug in export")
        return 70
    return 0


def repeat_options(argv: Sequence[str]) -> list[str]:
    """Write ``--data A B`` as ``--data A --data B``, for the options that take several values."""
    written: list[str] = []
    option = ""
    for word in argv:
        if word.startswith("-"):
            option = word if word in _REPEATABLE else ""
        elif option and written[-1] != option:
            written.append(option)
        written.append(word)
    return written


def split_data_dirs(folders: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Training and validation folders: a folder with train/ and val/ in it gives both, any other is for training."""
    train_dirs = [folder / "train" if (folder / "train").is_dir() else folder for folder in folders]
    val_dirs = [folder / "val" for folder in folders if (folder / "train").is_dir() and (folder / "val").is_dir()]
    return tuple(train_dirs), tuple(val_dirs)


def parse_size(text: str) -> tuple[int, int]:
    """``HxW`` as (height, width).

    Raises
    ------
    typer.BadParameter
        Something else.
    """
    match = re.fullmatch(r"(\d+)[x×](\d+)", text)
    if match is None or min(int(match[1]), int(match[2])) == 0:
        raise typer.BadParameter(f"{text!r} is not HEIGHTxWIDTH, for example 256x256", param_hint="--size")
    return int(match[1]), int(match[2])


def _require_arch(arch: str) -> None:
    if arch not in ARCHITECTURES:
        raise typer.BadParameter(f"{arch!r} is not one of {', '.join(ARCHITECTURES)}", param_hint="--arch")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ExportError(f"cannot read {path}: {exc.strerror}", "check the path") from exc
