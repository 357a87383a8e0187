"""``portrait benchmark --live``: processor time of live frames beside the simple recipe, and a session's figures."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from portrait.cli.report import open_console, print_json, say
from portrait.language import mark, tr

if TYPE_CHECKING:
    from portrait.benchmark.live_latency import SessionFigures
    from portrait.benchmark.live_speed import CpuTimes, LiveSpeed
    from portrait.engine import PortraitEngine

DEFAULT_SECONDS = 6.0
_LEFT_OUT = mark("left out: the simple recipe; it needs a small network, --baseline-model FILE.onnx")


def run_live_benchmark(
    engine: "PortraitEngine",
    sizes: Sequence[str],
    rounds: int,
    seconds: float,
    baseline_model: Path | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Measure each size, and print a table of processor times and one of sessions."""
    from portrait.benchmark.live_latency import run_session
    from portrait.benchmark.live_speed import LIVE_SIZES, draw_clip, measure_live
    from portrait.benchmark.simple_recipe import SimpleRecipe
    from portrait.inference.foreign_model import open_foreign_model

    # Describe machine and networks.
    unknown = [size for size in sizes if size not in LIVE_SIZES]
    if unknown:
        known = ", ".join(LIVE_SIZES)
        raise typer.BadParameter(
            tr("{names} is none of {known}", names=", ".join(unknown), known=known), param_hint="--live-size"
        )
    recipe = None if baseline_model is None else SimpleRecipe(open_foreign_model(baseline_model, threads=threads))
    machine = _describe(engine, rounds, threads, None if recipe is None else recipe.name)
    say(", ".join(f"{name} {value}" for name, value in machine.items()))
    if recipe is None:
        say(tr(_LEFT_OUT))
    # Measure size by size.
    measured: dict[str, tuple[LiveSpeed, SessionFigures]] = {}
    for size in sizes or LIVE_SIZES:
        clip = draw_clip(*LIVE_SIZES[size])
        measured[size] = measure_live(engine, clip, rounds, recipe), run_session(engine, clip, seconds)
        say(f"{size}: {_summary(*measured[size])}")
    if as_json:
        for row in (machine, *(_to_row(size, *figures) for size, figures in measured.items())):
            print_json(row)
        return
    for size, (speed, _) in measured.items():
        _print_times(size, speed)
    _print_sessions({size: figures for size, (_, figures) in measured.items()})


def _describe(engine: "PortraitEngine", rounds: int, threads: int | None, baseline: str | None) -> dict[str, object]:
    from portrait.native.shared_library import find_library

    segmenter, native = engine.segmenter, find_library()
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": threads or min(4, os.cpu_count() or 1),
        "model": segmenter.spec.name,
        "provider": segmenter.provider.active,
        "native_passes": "none" if native is None else native.build,
        "baseline_model": baseline or "none",
        "rounds": rounds,
    }


def _summary(speed: "LiveSpeed", figures: "SessionFigures") -> str:
    ratio = "" if speed.ratio is None else tr(", {ratio:.2f} of the simple recipe", ratio=speed.ratio)
    latency = tr(
        "latency {latency_ms_p50:.0f} / {latency_ms_p95:.0f} ms (median / 95 %)",
        latency_ms_p50=figures.latency_ms_p50,
        latency_ms_p95=figures.latency_ms_p95,
    )
    return tr(
        "{total_ms:.1f} CPU ms a frame{ratio}; {throughput_fps:.1f} fps, {latency}",
        total_ms=speed.own.total_ms,
        ratio=ratio,
        throughput_fps=figures.throughput_fps,
        latency=latency,
    )


def _print_times(size: str, speed: "LiveSpeed") -> None:
    """Print a table of CPU ms a frame by stage: the app's stages, then the recipe's."""
    from rich.table import Table

    table = Table(tr("{size}, CPU ms a frame", size=size), box=None, pad_edge=False)
    for heading in ("app", tr("simple recipe"), tr("ratio")):
        table.add_column(heading, justify="right")
    own, recipe = speed.own, speed.recipe
    for stage in dict.fromkeys((*own.stages_ms, *(() if recipe is None else recipe.stages_ms))):
        table.add_row(f"  {stage}", _figure(own, stage), _figure(recipe, stage), "")
    totals = (
        (tr("without decode"), own.total_ms, recipe and recipe.total_ms, speed.ratio),
        (tr("with decode"), own.total_with_decode_ms, recipe and recipe.total_with_decode_ms, speed.ratio_with_decode),
    )
    for name, own_ms, recipe_ms, ratio in totals:
        other = ("", "") if recipe_ms is None or ratio is None else (f"{recipe_ms:.1f}", f"{ratio:.2f}")
        table.add_row(name, f"{own_ms:.1f}", *other)
    open_console().print(table)


def _figure(times: "CpuTimes | None", stage: str) -> str:
    found = None if times is None else times.stages_ms.get(stage)
    return "" if found is None else f"{found:.1f}"


def _print_sessions(sessions: "dict[str, SessionFigures]") -> None:
    """Print a table of what sessions at a camera's frame rate showed."""
    from rich.table import Table

    table = Table(tr("session"), box=None, pad_edge=False)
    for heading in ("fps", tr("dropped"), "p50 ms", "p95 ms", "p99 ms", tr("CPU ms"), tr("peak MB")):
        table.add_column(heading, justify="right")
    for size, figures in sessions.items():
        latency = (figures.latency_ms_p50, figures.latency_ms_p95, figures.latency_ms_p99)
        memory = "" if figures.peak_memory_mb is None else f"{figures.peak_memory_mb:.0f}"
        table.add_row(
            f"{size} at {figures.rate_fps:g}",
            f"{figures.throughput_fps:.1f}",
            str(figures.frames_dropped),
            *(f"{value:.0f}" for value in latency),
            f"{figures.cpu_ms_per_frame:.1f}",
            memory,
        )
    open_console().print(table)


def _to_row(size: str, speed: "LiveSpeed", figures: "SessionFigures") -> dict[str, object]:
    """As JSON values."""
    return {"size": size, **asdict(speed), "session": asdict(figures)}
