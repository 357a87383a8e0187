"""Where the frames of ``portrait live --headless`` go: another program's camera list, standard output, a video file."""

from typing import TYPE_CHECKING, Protocol

import typer

from portrait.cli.report import say
from portrait.errors import PortraitError, SinkError
from portrait.language import tr
from portrait.settings.live_start import LiveStart
from portrait.sinks.raw_format import RawFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portrait.sinks.frame_sink import FrameSink


class Ending(Protocol):
    """Takes the error with which a session ends."""

    error: PortraitError | None


def refuse_misplaced(output: str | None, start: LiveStart, *, as_json: bool) -> None:
    """Raise a usage error where outputs do not go together."""
    if output is None:
        return
    if output != "-":
        raise typer.BadParameter(
            tr("{output!r} is not -, which stands for standard output", output=output), param_hint="--output"
        )
    if start.virtual_camera or as_json:
        raise typer.BadParameter(tr("--output - goes with neither --virtual-camera nor --json"))


def open_sinks(output: str | None, output_format: RawFormat, start: LiveStart) -> "list[FrameSink]":
    """Open what was asked for; what cannot be opened raises `PortraitError`, and the others are closed."""
    from portrait.live.recording import Recording
    from portrait.sinks.raw_video import open_stdout
    from portrait.sinks.virtual_camera import open_virtual_camera

    sinks: list[FrameSink] = []
    try:
        if start.record is not None:
            sinks.append(Recording(start.record))
        if output is not None:
            sinks.append(open_stdout(output_format))
        if start.virtual_camera:
            sinks.append(open_virtual_camera(start.device))
    except PortraitError:
        for sink in sinks:
            sink.close()
        raise
    return sinks


def name_sinks(sinks: "Sequence[FrameSink]") -> str:
    """Where the frames go, for the first line of the report."""
    return tr(" and ").join(sink.name for sink in sinks)


def finish_recordings(sinks: "Sequence[FrameSink]", ending: Ending) -> None:
    """Give recordings their names, and say what they hold; the first error becomes that of the ending."""
    from portrait.live.recording import Recording

    for sink in sinks:
        if not isinstance(sink, Recording):
            continue
        try:
            recorded = sink.finish()
        except SinkError as exc:
            ending.error = exc if ending.error is None or isinstance(ending.error, SinkError) else ending.error
            continue
        frames = recorded.frames
        left_out = tr(", {n} left out", n=frames.frames_left_out) if frames.frames_left_out else ""
        say(
            tr(
                "{path}: {frames} frames in {duration_s:.1f} s, {codec}{left_out}",
                path=recorded.path,
                frames=frames.frames,
                duration_s=frames.duration_s,
                codec=frames.codec,
                left_out=left_out,
            )
        )
