"""``python -m export evaluate``."""

import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast, get_args

import typer
from rich.console import Console

from export.cli.options import DataOption
from export.data.contact_sheet import save_sheet
from export.data.data_set import DataSet
from export.data.label_meaning import LabelMeaning
from export.evaluation.calibration_curve import save_calibration_curves
from export.evaluation.evaluate import FindersFor, ModelFigures, SetFigures, evaluate, open_finders
from export.evaluation.matte_paths import FindAlpha, MattePath
from export.evaluation.report import make_clip_table, make_table, to_json
from export.evaluation.worst_cases import WorstCase, draw_worst, find_worst
from export.onnx.model_file import open_models
from portrait.core.strips import stay_in_calling_thread
from portrait.inference.model_store import Quality
from portrait.inference.segmenter import OnnxSegmenter

TABLE_WIDTH = 200
"""Width in characters of a table that is written to a file or a pipe and not to a terminal."""


def evaluate_command(
    model: Annotated[list[Path], typer.Option("--model", help="ONNX files or checkpoints, compared side by side.")],
    data: DataOption,
    quality: Annotated[
        str, typer.Option("--quality", help="fast: one look at the picture; fine: the app's passes for photos.")
    ] = "fast",
    refined: Annotated[
        str | None, typer.Option("--refined", help="fast or fine: judge alpha behind the app's edge refinement.")
    ] = None,
    second_opinion: Annotated[
        Path | None, typer.Option("--second-opinion", help="ONNX file of classes that fine asks, as the app does.")
    ] = None,
    frame: Annotated[
        str | None,
        typer.Option("--frame", help="Cut the pictures (not clips) to this width:height: 16:9."),
    ] = None,
    clip: Annotated[
        list[Path] | None, typer.Option("--clip", help="Folders of frames or video files, to measure flicker on.")
    ] = None,
    worst_cases: Annotated[
        Path | None,
        typer.Option(
            "--worst-cases", dir_okay=False, help="PNG to write: the worst pictures; with several models one each."
        ),
    ] = None,
    worst: Annotated[int, typer.Option("--worst", min=1, help="How many worst pictures.")] = 50,
    calibration: Annotated[
        Path | None, typer.Option("--calibration", help="PNG to write: the calibration curves of every set.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that share the work.")] = 4,
) -> None:
    """Measure models on data sets: IoU, boundary IoU, error of alpha, calibration, false alarms, flicker, time."""
    # Check the options.
    path = MattePath(
        _read_quality(quality, "--quality"),
        None if refined is None else _read_quality(refined, "--refined"),
        None if second_opinion is None else OnnxSegmenter(second_opinion, threads=1),
    )
    aspect = None if frame is None else _read_frame(frame)
    stay_in_calling_thread()
    progress = Console(stderr=True)

    def announce(data_set: DataSet) -> None:
        progress.print(f"{data_set.name}: {len(data_set.items)} pictures")

    # Evaluate, and draw the worst cases while the models are open.
    with TemporaryDirectory() as scratch_dir:
        models = open_models(model, Path(scratch_dir))
        figures = evaluate(models, data, threads=threads, path=path, clips=clip or (), frame=aspect, on_set=announce)
        if worst_cases is not None:
            find = partial(find_worst, data, count=worst, frame=aspect)
            _save_worst(worst_cases, open_finders(models, path), figures, find)
    # Report.
    if calibration is not None:
        save_calibration_curves(calibration, figures)
    if as_json:
        typer.echo(to_json(figures))
    else:
        _print_tables(figures)


def _read_quality(text: str, option: str) -> Quality:
    if text not in get_args(Quality):
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(get_args(Quality))}", param_hint=option)
    return cast("Quality", text)


def _read_frame(text: str) -> float:
    sides = re.fullmatch(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", text)
    if sides is None or not all(float(side) for side in sides.groups()):
        raise typer.BadParameter(f"{text!r} is not WIDTH:HEIGHT, as 16:9 is", param_hint="--frame")
    return float(sides[1]) / float(sides[2])


def _save_worst(
    path: Path,
    finders: FindersFor,
    figures: Sequence[ModelFigures],
    find: Callable[[Sequence[SetFigures]], Sequence[WorstCase]],
) -> None:
    """Write one contact sheet per model: FILE.png, or FILE-MODEL.png where there are several."""
    for index, of_model in enumerate(figures):
        own_path = path if len(figures) == 1 else path.with_stem(f"{path.stem}-{_file_name(of_model.name)}")
        with ThreadPoolExecutor(of_model.threads) as executor:
            save_sheet(own_path, draw_worst(find(of_model.sets), partial(_pick, finders, index), executor))


def _pick(finders: FindersFor, index: int, meaning: LabelMeaning) -> FindAlpha:
    return finders(meaning)[index]


def _file_name(name: str) -> str:
    """Name of a model, which may be a path, in characters that suit a file name."""
    return re.sub(r"\W+", "-", str(Path(name).with_suffix(""))).strip("-")


def _print_tables(figures: Sequence[ModelFigures]) -> None:
    console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH)
    console.print(make_table(figures))
    if figures[0].clips:
        console.print(make_clip_table(figures))
