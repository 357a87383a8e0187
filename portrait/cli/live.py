"""``portrait live``: the webcam, with or without a window."""

import math
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portrait.cli.live_sinks import finish_recordings, name_sinks, open_sinks, refuse_misplaced
from portrait.cli.options import (
    BACKDROP_KEYS,
    LOOK_KEYS,
    AsJson,
    Chosen,
    PresetName,
    Subject,
    with_preset,
    with_settings,
)
from portrait.cli.report import print_json, say
from portrait.errors import CameraError, PortraitError, SettingsError
from portrait.language import tr
from portrait.settings import Settings, SettingValue, replace_settings, setting_field
from portrait.settings.live_start import LiveStart
from portrait.settings.subject import split_subject
from portrait.sinks.raw_format import RawFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portrait.live import LiveStats
    from portrait.sinks.frame_sink import FrameSink


@with_settings("live_source", "live_cpu_percent", "live_quality", *LOOK_KEYS, *BACKDROP_KEYS)
def run_live(
    context: typer.Context,
    chosen: Chosen,
    device: Annotated[
        Path | None,
        typer.Argument(metavar="[DEVICE]", help="With --virtual-camera: a loopback device, such as /dev/video9."),
    ] = None,
    camera: Annotated[
        str | None,
        typer.Option(metavar="NAME|ID|INDEX", help="Camera by its name, part of it, its id or number; see cameras."),
    ] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Size asked of the camera, such as 1280x720.")] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="N", min=0.0, help="Stop after so long; needs --headless.")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Without a window; prints what was measured.")] = False,
    virtual_camera: Annotated[
        bool,
        typer.Option(
            "--virtual-camera",
            help="Be a camera for browsers and video calls: v4l2loopback or PipeWire on Linux, plug-ins elsewhere.",
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
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Record to a new video file: .mp4, .mkv or .mov, without sound; needs PyAV."),
    ] = None,
    auto_frame: Annotated[
        bool, typer.Option("--auto-frame", help="Crop the picture to the person, whom the crop follows smoothly.")
    ] = False,
    minimized: Annotated[
        bool, typer.Option("--minimized", help="Start as an icon in the system's tray, or in the task bar.")
    ] = False,
    preset: PresetName = None,
    subject: Subject = "",
    as_json: AsJson = False,
) -> None:
    """Run the live view: in the app, or with --headless without a window until the source ends or Ctrl-C."""
    chosen = with_preset(chosen, preset)
    if camera is not None:
        chosen = {**chosen, "live_source": _find_camera(camera, chosen)}
    if auto_frame:
        chosen = {**chosen, "live_auto_frame": "on"}
    if size is not None:
        chosen = {**chosen, **parse_size(size)}
    if subject:
        chosen = {**chosen, "live_subject": subject}
    if device is not None and not virtual_camera:
        raise typer.BadParameter(tr("{device} is a device for --virtual-camera, which is not there", device=device))
    start = LiveStart(virtual_camera, "" if device is None else str(device), record, minimized)
    if headless:
        if minimized:
            raise typer.BadParameter(tr("--minimized needs the window, and does not go with --headless"))
        refuse_misplaced(output, start, as_json=as_json)
        sinks = open_sinks(output, output_format, start)
        _run_headless(replace_settings(Settings(), chosen), seconds, as_json, sinks)
        return
    if seconds is not None or as_json or output is not None:
        raise typer.BadParameter(tr("--seconds, --json and --output go with --headless"))
    open_window = context.obj  # given by portrait.app: this layer may not know the window
    raise typer.Exit(open_window(chosen, start))


def parse_size(text: str) -> Chosen:
    """Parse a size such as ``1280x720`` to settings; raise a usage error for anything else."""
    match = re.fullmatch(r"(\d+)[x×](\d+)", text)
    if match is None:
        raise typer.BadParameter(tr("{text!r} is not a size such as 1280x720", text=text), param_hint="--size")
    sides: dict[str, SettingValue] = {}
    for key, name, side in zip(("live_width", "live_height"), (tr("width"), tr("height")), match.groups(), strict=True):
        try:
            sides[key] = setting_field(key).parse(side)
        except SettingsError as exc:
            reason = tr(
                "the {name} cannot be {side} px; it takes {allowed}",
                name=name,
                side=side,
                allowed=setting_field(key).allowed,
            )
            raise typer.BadParameter(reason, param_hint="--size") from exc
    return sides


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


def _run_headless(settings: Settings, seconds: float | None, as_json: bool, sinks: "Sequence[FrameSink]") -> None:
    """Run a session without a window, and report its statistics at the end."""
    from portrait.core.render.look import Look
    from portrait.engine import open_engine
    from portrait.files.background import load_background
    from portrait.live import AutoFramer, CpuBudget, LiveProcessor, LiveSession, limit_cores, make_live_source
    from portrait.live.outputs import FrameOutputs
    from portrait.live.subject import live_engine

    # Make source, look and session.
    source_id = settings.live_source or _first_camera()
    source = make_live_source(source_id, width=settings.live_width, height=settings.live_height)
    background = load_background(settings.background, backdrop=settings.backdrop)
    look = Look(settings.blur, background, grain="off")
    engine = live_engine(open_engine(settings.model or None), split_subject(settings.live_subject))
    processor = LiveProcessor(engine, look, settings.live_quality)
    ending = _Ending()
    outputs = FrameOutputs(lambda _, error: ending.on_stopped(error))
    for sink in sinks:
        outputs.add(sink)
    session = LiveSession(
        source,
        processor,
        lambda result, _: outputs.write(result.image),
        ending.on_stopped,
        budget=CpuBudget(limit_cores(settings.live_cpu_percent)),
        framer=AutoFramer(is_on=settings.live_auto_frame == "on"),
    )
    # Run until the source ends, the time is over, or Ctrl-C.
    if sinks:
        say(tr("live from {source} to {sinks}; Ctrl-C stops it", source=source.name, sinks=name_sinks(sinks)))
    else:
        say(tr("live from {source}; Ctrl-C stops it", source=source.name))
    session.start()
    try:
        ending.wait(seconds)
    finally:
        session.stop()
        outputs.close()
        _report(session.stats(), as_json)
        finish_recordings(sinks, ending)
    if ending.error is not None:
        raise ending.error


def _find_camera(wanted: str, chosen: Chosen) -> str:
    """Id of the camera that ``--camera`` means."""
    from portrait.capture import list_sources
    from portrait.capture.catalog import find_camera

    if "live_source" in chosen:
        raise typer.BadParameter(tr("--camera and --source do not go together"))
    return find_camera(wanted, list_sources()).id


def _first_camera() -> str:
    """Id of the first camera of this machine."""
    from portrait.capture import list_sources

    for entry in list_sources():
        if entry.kind == "camera":
            return entry.id
    raise CameraError(tr("No camera was found"), tr("Plug one in, or try --source synthetic or a video file."))


def _report(stats: "LiveStats", as_json: bool) -> None:
    """Print the statistics, as text on stderr and on request as JSON."""
    if as_json:
        print_json(stats.to_json_dict())
    if stats.frames_in == 0:
        say(tr("no frame came"))
        return
    lost = tr("{dropped} dropped, {failed} failed", dropped=stats.frames_dropped, failed=stats.frames_failed)
    if stats.frames_spared:
        lost += tr(", {n} left out for the processor limit", n=stats.frames_spared)
    say(
        tr(
            "{shown} of {total} frames shown, {lost}",
            shown=stats.frames_shown,
            total=stats.frames_in,
            lost=lost,
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
