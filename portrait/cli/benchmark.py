"""``portrait benchmark``: this machine's speed, and the quality of portraits on scenes with known truth."""

import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from portrait.cli.benchmark_live import DEFAULT_SECONDS, run_live_benchmark
from portrait.cli.options import AsJson, Chosen, with_settings
from portrait.cli.report import open_console, print_json, say
from portrait.cli.translation import with_default
from portrait.language import mark, tr

if TYPE_CHECKING:
    from rich.table import Table

    from portrait.benchmark.quality import MethodSummary, SceneScores, Scores
    from portrait.benchmark.speed import StageTime
    from portrait.core.arrays import RgbImage
    from portrait.engine import PortraitEngine

_DEFAULT_ROUNDS = 5
_DEFAULT_MEGAPIXELS = 12.0

_Column: TypeAlias = tuple[str, str, float, int]
"""Heading, attribute of Scores, factor, decimals."""

_COLUMNS: tuple[_Column, ...] = (
    (mark("PSNR dB"), "psnr_db", 1.0, 1),
    (mark("inner dB"), "inner_psnr_db", 1.0, 1),
    (mark("ring dB"), "ring_psnr_db", 1.0, 1),
    ("SSIM", "ssim", 1.0, 4),
    (mark("ring ΔE"), "ring_delta_e", 1.0, 2),
    (mark("light %"), "energy_error", 100.0, 1),
    (mark("disk radius %"), "light_radius_error", 100.0, 1),
    (mark("disk uneven %"), "light_unevenness", 100.0, 1),
    (mark("matte error %"), "alpha_error", 100.0, 2),
)
_FAULT_COLUMNS: tuple[_Column, ...] = (
    (mark("scraps %"), "scrap_fraction", 100.0, 3),
    (mark("holes %"), "hole_fraction", 100.0, 3),
)


@with_settings("model")
def run_benchmark(
    chosen: Chosen,
    rounds: Annotated[
        int | None, typer.Option(min=1, help=with_default("Times that each stage is run.", _DEFAULT_ROUNDS))
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Compute threads of the network; without it as many as cores, four at most."),
    ] = None,
    megapixels: Annotated[
        float | None,
        typer.Option(min=0.01, max=200.0, help=with_default("Megapixels of the photo.", f"{_DEFAULT_MEGAPIXELS:g}")),
    ] = None,
    quality: Annotated[
        bool, typer.Option("--quality", help="Compare portraits with scenes whose truth is known instead.")
    ] = False,
    scenes: Annotated[int | None, typer.Option(min=1, help="Use the first so many scenes only.")] = None,
    scene_height: Annotated[
        int | None, typer.Option(min=64, max=4000, help=with_default("Height of the scenes in pixels.", 900))
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Save a picture of all scenes: input, truth, portrait, difference."),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Measure processor time and latency of the live view instead.")
    ] = False,
    baseline_model: Annotated[
        Path | None,
        typer.Option(metavar="FILE.onnx", help="Network of the simple recipe that live is measured beside."),
    ] = None,
    live_size: Annotated[
        list[str] | None,
        typer.Option(
            metavar="720p|1080p|4K", help=with_default("Size of the frames; may be given several times.", "all")
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.1, help=with_default("Seconds that each live session lasts.", f"{DEFAULT_SECONDS:g}")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure this machine's speed, stage by stage; or live alone; or, with --quality, how near to the truth it is."""
    if live and quality:
        raise typer.BadParameter(tr("--live does not go with --quality"))
    of_speed = {"--rounds": rounds, "--threads": threads, "--megapixels": megapixels, **chosen}
    of_quality = {"--scenes": scenes, "--scene-height": scene_height, "--sheet": sheet}
    of_live = {"--baseline-model": baseline_model, "--live-size": live_size, "--seconds": seconds}
    _refuse_misplaced("--quality", quality, of_speed, False)
    _refuse_misplaced("--quality", quality, of_quality, True)
    _refuse_misplaced("--live", live, of_live, True)
    _refuse_misplaced("--live", live, {"--megapixels": megapixels}, False)
    if quality:
        _run_quality(scenes, scene_height, sheet, as_json)
        return
    from portrait.engine import open_engine

    model = str(chosen.get("model", ""))
    engine = open_engine(model or None, threads=threads)
    if live:
        count = rounds or _DEFAULT_ROUNDS
        run_live_benchmark(engine, live_size or (), count, seconds or DEFAULT_SECONDS, baseline_model, threads, as_json)
        return
    _run_speed(engine, rounds or _DEFAULT_ROUNDS, threads, megapixels or _DEFAULT_MEGAPIXELS, as_json)


def _refuse_misplaced(kind: str, is_chosen: bool, options: Mapping[str, object], are_for_it: bool) -> None:
    """Raise a usage error if options were given that do not belong to the chosen kind of benchmark."""
    stray = [f"--{name.removeprefix('--')}" for name, value in options.items() if value is not None]
    if stray and is_chosen != are_for_it:
        names = ", ".join(stray)
        raise typer.BadParameter(
            tr("{names} needs {kind}", names=names, kind=kind)
            if are_for_it
            else tr("{names} does not go with {kind}", names=names, kind=kind)
        )


def _run_speed(engine: "PortraitEngine", rounds: int, threads: int | None, megapixels: float, as_json: bool) -> None:
    """Time the stages of a photo and of the live view, and print the medians."""
    from portrait.benchmark.speed import live_stages, photo_stages, time_stages

    # Describe machine and engine.
    segmenter = engine.segmenter
    machine: dict[str, object] = {
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": threads or min(4, os.cpu_count() or 1),
        "model": segmenter.spec.name,
        "fine_model": engine.segmenter_of("fine").spec.name,
        "provider": segmenter.provider.active,
        "megapixels": megapixels,
        "rounds": rounds,
    }
    say(", ".join(f"{name} {value}" for name, value in machine.items()))
    # Time the stages and print the results.
    with tempfile.TemporaryDirectory(prefix="portrait-") as folder:
        times = time_stages((*photo_stages(engine, Path(folder), megapixels), *live_stages(engine)), rounds)
    if as_json:
        for row in (machine, *(stage.to_json_dict() for stage in times)):
            print_json(row)
        return
    _print_times(times)


def _print_times(times: Sequence["StageTime"]) -> None:
    """Print a table of median times, beside those of the baseline where there is one."""
    from rich.table import Table

    table = Table(tr("stage"), box=None, pad_edge=False)
    for heading in (tr("median ms"), tr("Gaussian ms"), tr("ratio")):
        table.add_column(heading, justify="right")
    for stage in times:
        baseline = ("", "") if stage.ratio is None else (f"{stage.baseline_ms:.1f}", f"{stage.ratio:.2f}")
        table.add_row(stage.name, f"{stage.median_ms:.1f}", *baseline)
    open_console().print(table)


def _run_quality(count: int | None, height: int | None, sheet: Path | None, as_json: bool) -> None:
    """Compare all methods on the first ``count`` scenes with the truth; print scores and save the sheet."""
    from portrait.benchmark.baselines import SLOW_REFERENCE, available_baselines
    from portrait.benchmark.quality import judge_scenes, portrait_of, summarize
    from portrait.benchmark.scenes.portrait_scenes import SCENE_HEIGHT_PX, SCENE_SPECS
    from portrait.benchmark.sheet import draw_row
    from portrait.files.formats import writable_format
    from portrait.files.system.atomic import require_writable

    # Check the path of the sheet before the minutes of work.
    if sheet is not None:
        writable_format(sheet)
        require_writable(sheet)
    count = min(count or len(SCENE_SPECS), len(SCENE_SPECS))
    if SLOW_REFERENCE not in available_baselines():
        say(tr("left out: {name}; it needs PyMatting (pip install pymatting)", name=SLOW_REFERENCE))
    # Render and judge scene by scene.
    judged: list[SceneScores] = []
    rows: list[RgbImage] = []
    for scene, scores in judge_scenes(count, height or SCENE_HEIGHT_PX):
        judged.append(scores)
        if sheet is not None:
            rows.append(draw_row(scene, portrait_of(scene)))
        _say_scene(f"[{len(judged)}/{count}]", scores)
        if as_json:
            print_json(scores.to_json_dict())
    # Print the summary and save the sheet.
    summaries = summarize(judged)
    if as_json:
        for summary in summaries:
            print_json(summary.to_json_dict())
    else:
        _print_summaries(summaries)
    _tell_highlights(height, as_json)
    if sheet is not None:
        _save_sheet(sheet, rows)


def _say_scene(progress: str, judged: "SceneScores") -> None:
    """Write PSNR of the image and of the ring, for the app's own methods, to stderr."""
    from portrait.benchmark.quality import OURS

    figures = ", ".join(
        f"{name.removeprefix(OURS)} {scores.psnr_db:.1f} / {scores.ring_psnr_db:.1f}"
        for name, scores in judged.scores.items()
        if name.startswith(OURS)
    )
    say(
        tr(
            "{progress} {scene}, radius {radius_px:.3g} px: {figures} dB (picture / ring)",
            progress=progress,
            scene=judged.scene,
            radius_px=judged.radius_px,
            figures=figures,
        )
    )


def _print_summaries(summaries: Sequence["MethodSummary"]) -> None:
    """Print a table of means, one of worst scores, and what the columns mean."""
    console = open_console()
    console.print(_score_table(tr("mean"), {summary.name: summary.mean for summary in summaries}))
    console.print(_score_table(tr("worst"), {summary.name: summary.worst for summary in summaries}))
    refined = {summary.name: summary.mean for summary in summaries if summary.mean.alpha_error > 0.0}
    console.print(_score_table(tr("matte, mean"), refined, _FAULT_COLUMNS))
    console.print(tr("inner: less the border that light from beyond the frame reaches"))
    console.print(
        tr("ring: 20 px outside to 3 px inside of the subject's outline; light: of the background, error of its sum")
    )
    console.print(tr("scraps, holes: small wrong pieces around and inside the subject, as a share of its area"))


def _tell_highlights(height: int | None, as_json: bool) -> None:
    """Print how much the highlights change lamps at night, and sunlit leaves."""
    from portrait.benchmark.highlights import HEIGHT_PX, judge_highlights

    for shares in judge_highlights(height or HEIGHT_PX):
        if as_json:
            print_json({"highlights": shares.scene, "photo": shares.photo, "live": shares.live})
            continue
        text = tr(
            "highlights 0 to 1, {scene}: {photo:.1%} of the background changes visibly in a photo, {live:.1%} live",
            scene=shares.scene,
            photo=shares.photo,
            live=shares.live,
        )
        open_console().print(text)


def _score_table(title: str, rows: Mapping[str, "Scores"], columns: Sequence[_Column] = _COLUMNS) -> "Table":
    """A table with one row for each method and one column for each score."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(title)
    for heading, _, _, _ in columns:
        # Headings are broken into two lines, so that the table fits 80 characters.
        table.add_column(tr(heading).replace(" ", "\n"), justify="right", no_wrap=True)
    for name, scores in rows.items():
        figures = (f"{scale * getattr(scores, score):.{digits}f}" for _, score, scale, digits in columns)
        table.add_row(name, *("–" if figure == "nan" else figure for figure in figures))
    return table


def _save_sheet(path: Path, rows: "Sequence[RgbImage]") -> None:
    """Stack the rows of the contact sheet and save it."""
    import numpy as np

    from portrait.files.image_io import save_photo

    save_photo(path, np.vstack(rows))
    say(tr("sheet: {path}", path=path))
