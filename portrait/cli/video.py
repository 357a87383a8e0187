"""``portrait video``: the portrait of a video file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.interrupts import interrupts_cancel
from portrait.cli.options import (
    BACKDROP_KEYS,
    LOOK_KEYS,
    AsJson,
    BlurRadius,
    Chosen,
    PresetName,
    Subject,
    with_preset,
    with_settings,
)
from portrait.cli.report import failure_json, print_json, say
from portrait.errors import EXIT_INTERRUPTED, PortraitError
from portrait.language import tr
from portrait.settings import Settings, replace_settings, video_options
from portrait.settings.subject import split_subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portrait.photo.outputs import Outputs
    from portrait.video.convert import ConversionEvent, VideoReport
    from portrait.video.options import VideoOptions


@with_settings("live_quality", *LOOK_KEYS, *BACKDROP_KEYS)
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The video.", readable=False)],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Its portrait: .mp4, .m4v, .mov, .mkv or .webm.", readable=False),
    ],
    chosen: Chosen,
    preset: PresetName = None,
    blur_radius_px: BlurRadius = None,
    subject: Subject = "",
    codec: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="auto, a codec (h264, vp9, av1, mpeg4) or an encoder of FFmpeg such as libvpx-vp9. auto: H.264 where "
            "there is an encoder for it that takes the video's size and OUT can hold it, else VP9.",
        ),
    ] = "auto",
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace a file of this name. Without it, only what Portrait made and nobody has changed is replaced.",
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew; without it, a stopped conversion goes on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the portrait of a video: sound, times and colours are kept. A stopped conversion goes on where it was."""
    from portrait.engine import open_engine
    from portrait.video.convert import convert_video
    from portrait.video.preparation import require_pyav

    try:
        require_pyav()
        options = _collect(with_preset(chosen, preset), blur_radius_px, codec, restart)
        outputs = _outputs(source, target, overwrite=overwrite)
        engine = open_engine(str(chosen.get("model", "")) or None, subject=split_subject(subject))
        with interrupts_cancel(tr("Stopping after this frame.")) as cancel:
            report = _follow(convert_video(engine, source, target, options, outputs, cancel), source)
    except PortraitError as exc:
        if as_json:
            print_json(failure_json(source, target, exc))
        raise
    _say_report(report)
    if as_json:
        print_json(report.to_json_dict())
    if report.status == "stopped":
        raise typer.Exit(EXIT_INTERRUPTED)


def _collect(chosen: Chosen, blur_radius_px: float | None, codec: str, restart: bool) -> "VideoOptions":
    """The options of the conversion; a usage error for a codec that is none."""
    from portrait.video.encoders import CODECS

    if codec not in CODECS:
        raise typer.BadParameter(
            tr("{codec!r} is none of {names}", codec=codec, names=", ".join(CODECS)), param_hint="--codec"
        )
    options = video_options(replace_settings(Settings(), chosen))
    return replace(options, blur_radius_px=blur_radius_px, codec=codec, restart=restart)


def _outputs(source: Path, target: Path, *, overwrite: bool) -> "Outputs":
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.outputs import remembered_outputs

    hint = tr("Choose another name, or allow it with --overwrite.")
    return remembered_outputs(MadeFiles(), source, hint, named=(target,), overwrite=overwrite)


def _follow(events: "Iterator[ConversionEvent]", source: Path) -> "VideoReport":
    """Show the events of a conversion, and return the report that ends it."""
    from portrait.cli.video_progress import open_progress
    from portrait.video.convert import VideoReport

    with open_progress(source.name) as progress:
        for event in events:
            if isinstance(event, VideoReport):
                return event
            progress.show(event)
    raise AssertionError("a conversion ends with its report")


def _say_report(report: "VideoReport") -> None:
    seconds = sum(report.timings_ms.values()) / 1000.0
    for warning in report.warnings:
        say(tr("warning: {message}", message=f"{report.input.name}: {warning}"))
    if report.status == "stopped":
        say(tr("stopped; {frames} frames are kept: run the same command again to go on", frames=report.frames))
        return
    say(
        tr(
            "{input} -> {output} ({width} × {height}, {frames} frames, {codec}, {time_s:.1f} s)",
            input=report.input,
            output=report.output,
            width=report.width,
            height=report.height,
            frames=report.frames,
            codec=report.codec,
            time_s=seconds,
        )
    )
