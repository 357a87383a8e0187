"""``portrait live``: the webcam, with or without a window."""

import math
import re
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.options import LOOK_KEYS, AsJson, Chosen, with_settings
from portrait.cli.report import print_json, say
from portrait.errors import CameraError, PortraitError, SettingsError, SinkError
from portrait.language import tr
from portrait.settings import Settings, replace_settings, setting_field
from portrait.sinks.raw_format import RawFormat

if TYPE_CHECKING:
    from collections.abc import Callable

    from portrait.capture import Frame
    from portrait.engine import PortraitResult
    from portrait.live import LiveStats
    from portrait.sinks.frame_sink import FrameSink


@with_settings("live_source", *LOOK_KEYS)
def run_live(
    context: typer.Context,
    chosen: Chosen,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Size asked of the camera, such as 1280x720.")] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="N", min=0.0, help="Stop after so long; needs --headless.")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Without a window; prints what was measured.")] = False,
    virtual_camera: Annotated[
        bool,
        typer.Option(
            "--virtual-camera", help="Be a camera for browsers and video calls (PipeWire, Linux); needs --headless."
        ),
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", metavar="-", help="Write the frames to standard output as raw video; needs --headless."
        ),
    ] = None,
    output_format: Annotated[
        RawFormat, typer.Option("--output-format", help="Layout of that: with a header, or bare.")
    ] = RawFormat.Y4M,
    as_json: AsJson = False,
) -> None:
    """Run the live view: in the app, or with --headless without a window until the source ends or Ctrl-C."""
    if size is not None:
        chosen = {**chosen, **parse_size(size)}
    if headless:
        sink = _open_sink(output, output_format, virtual_camera=virtual_camera, as_json=as_json)
        _run_headless(replace_settings(Settings(), chosen), seconds, as_json, sink)
        return
    if seconds is not None or as_json or virtual_camera or output is not None:
        raise typer.BadParameter(tr("--seconds, --json, --virtual-camera and --output go with --headless"))
    open_window = context.obj  # given by portrait.app: this layer may not know the window
    raise typer.Exit(open_window(chosen))


def parse_size(text: str) -> Chosen:
    """Parse a size such as ``1280x720`` to settings; raise a usage error for anything else."""
    match = re.fullmatch(r"(\d+)[x×](\d+)", text)
    if match is None:
        raise typer.BadParameter(tr("{text!r} is not a size such as 1280x720", text=text), param_hint="--size")
    try:
        return {
            key: setting_field(key).parse(side)
            for key, side in zip(("live_width", "live_height"), match.groups(), strict=True)
        }
    except SettingsError as exc:
        raise typer.BadParameter(f"{exc.message}. {exc.hint}", param_hint="--size") from exc


class _Ending:
    """Lets the main thread wait for the end of a session, which another thread reports."""

    def __init__(self) -> None:
        self.error: PortraitError | None = None
        self._is_over = threading.Event()

    def on_stopped(self, error: PortraitError | None) -> None:
        self.error = error
        self._is_over.set()

    def wait(self, seconds: float | None) -> None:
        """Wait until the session is over or ``seconds`` have passed."""
        end_s = math.inf if seconds is None else time.monotonic() + seconds
        while not self._is_over.is_set() and time.monotonic() < end_s:
            # Wait in short steps, because on Windows Ctrl-C does not interrupt the wait for a lock.
            self._is_over.wait(min(0.5, max(0.0, end_s - time.monotonic())))


def _open_sink(
    output: str | None, output_format: RawFormat, *, virtual_camera: bool, as_json: bool
) -> "FrameSink | None":
    """Where the frames go; None: nowhere."""
    from portrait.sinks.pipewire import PipeWireCamera, why_unavailable
    from portrait.sinks.raw_video import open_stdout

    if output is not None:
        if output != "-":
            raise typer.BadParameter(
                tr("{output!r} is not -, which stands for standard output", output=output), param_hint="--output"
            )
        if virtual_camera or as_json:
            raise typer.BadParameter(tr("--output - goes with neither --virtual-camera nor --json"))
        return open_stdout(output_format)
    if not virtual_camera:
        return None
    reason = why_unavailable()
    if reason is not None:
        raise reason
    return PipeWireCamera()


def _run_headless(settings: Settings, seconds: float | None, as_json: bool, sink: "FrameSink | None") -> None:
    """Run a session without a window, and report its statistics at the end."""
    from portrait.core.render.look import Look
    from portrait.engine import open_engine
    from portrait.files.background import load_background
    from portrait.live import LiveProcessor, LiveSession, make_live_source

    # Make source, look and session.
    source_id = settings.live_source or _first_camera()
    source = make_live_source(source_id, width=settings.live_width, height=settings.live_height)
    look = Look(settings.blur, load_background(settings.background), grain="off")
    processor = LiveProcessor(open_engine(settings.model or None), look, settings.quality)
    ending = _Ending()
    session = LiveSession(source, processor, _discard if sink is None else _write_to(sink, ending), ending.on_stopped)
    # Run until the source ends, the time is over, or Ctrl-C.
    if sink is None:
        say(tr("live from {source}; Ctrl-C stops it", source=source.name))
    else:
        say(tr("live from {source} to {sink}; Ctrl-C stops it", source=source.name, sink=sink.name))
    session.start()
    try:
        ending.wait(seconds)
    finally:
        session.stop()
        if sink is not None:
            sink.close()
        _report(session.stats(), as_json)
    if ending.error is not None:
        raise ending.error


def _first_camera() -> str:
    """Id of the first camera of this machine."""
    from portrait.capture import list_sources

    for entry in list_sources():
        if entry.kind == "camera":
            return entry.id
    raise CameraError(tr("No camera was found"), tr("Plug one in, or try --source synthetic or a video file."))


def _discard(result: "PortraitResult", frame: "Frame") -> None:
    """Listener that ignores the frame, which the session counts as shown."""


def _write_to(sink: "FrameSink", ending: _Ending) -> "Callable[[PortraitResult, Frame], None]":
    """Listener that gives each frame to a sink; the session ends when that takes no more."""

    def write(result: "PortraitResult", frame: "Frame") -> None:
        try:
            sink.write(result.image)
        except SinkError as exc:
            ending.on_stopped(exc)

    return write


def _report(stats: "LiveStats", as_json: bool) -> None:
    """Print the statistics, as text on stderr and on request as JSON."""
    if as_json:
        print_json(stats.to_json_dict())
    if stats.frames_in == 0:
        say(tr("no frame came"))
        return
    say(
        tr(
            "{shown} of {total} frames shown, {dropped} dropped, {failed} failed",
            shown=stats.frames_shown,
            total=stats.frames_in,
            dropped=stats.frames_dropped,
            failed=stats.frames_failed,
        )
    )
    say(
        tr(
            "{rate:.1f} fps, latency {median:.0f} ms (95 % below {most:.0f} ms); {stages}",
            rate=stats.throughput_fps,
            median=stats.latency_ms_p50,
            most=stats.latency_ms_p95,
            stages=", ".join(f"{stage} {time_ms:.1f} ms" for stage, time_ms in stats.stage_median_ms.items()),
        )
    )
