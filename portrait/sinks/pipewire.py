"""A virtual camera of PipeWire, for browsers and video calls on Linux: no root, no kernel module.

PipeWire's element of GStreamer does the work, in a process of its own that frames are piped to. Browsers show nothing
of NV12 and I420 sources, so the camera gives YUY2.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.language import tr
from portrait.sinks.frame_sink import FixedSize, MissingSetUpError, SinkState
from portrait.sinks.pipewire_node import NodeWatch
from portrait.sinks.raw_video import to_yuy2
from portrait.sinks.set_up import install_command

CAMERA_NAME = "Portrait"
"""As video-call programs list it."""

NODE_NAME = "portrait-camera"

_LAUNCHER, _INSPECTOR, _ELEMENT = "gst-launch-1.0", "gst-inspect-1.0", "pipewiresink"
_PACKAGES = {
    "apt-get": "pipewire wireplumber gstreamer1.0-pipewire gstreamer1.0-tools gstreamer1.0-plugins-base",  # not shown
    "dnf": "pipewire wireplumber pipewire-gstreamer gstreamer1 gstreamer1-plugins-base",  # not shown
    "pacman": "pipewire wireplumber gst-plugin-pipewire gstreamer gst-plugins-base",  # not shown
    "zypper": "pipewire wireplumber gstreamer-plugin-pipewire gstreamer-utils gstreamer-plugins-base",  # not shown
}
_START_COMMAND = "systemctl --user start pipewire wireplumber"  # not shown
_RESTART_PAUSE_S = 1.0
_STOP_TIMEOUT_S = 2.0
_INSPECT_TIMEOUT_S = 10.0

StartProcess = Callable[[list[str]], subprocess.Popen[bytes]]


class PipeWireCamera:
    """Gives frames to whoever opens the camera; while nobody does, each frame takes the place of the one before.

    A thread of its own writes to the pipeline, which may take frames only as fast as they are read. The pipeline ends
    when a consumer leaves at a bad moment, or the server is restarted: it is started anew, at most once a second.

    Parameters
    ----------
    rate_fps
        Frame rate that the camera states.
    start
        For tests: starts the pipeline.
    """

    def __init__(self, rate_fps: float = 30.0, start: StartProcess | None = None) -> None:
        self._rate_fps = rate_fps
        self._start = start or _start_pipeline
        self._size = FixedSize()
        self._newest: RgbImage | None = None
        self._error: SinkError | None = None
        self._is_closed = False
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = NodeWatch(NODE_NAME)
        self._thread = threading.Thread(target=self._run, name="portrait-camera", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the virtual camera {name}", name=CAMERA_NAME)

    @property
    def label(self) -> str:
        """See `CameraSink`."""
        return CAMERA_NAME

    @property
    def state(self) -> SinkState:
        """See `FrameSink`."""
        return self._watch.state

    def write(self, image: RgbImage) -> None:
        """See `FrameSink`. Never blocks."""
        fitted = self._size.fit(image)
        with self._changed:
            if self._error is not None:
                raise self._error
            self._newest = fitted
            self._changed.notify()

    def close(self) -> None:
        """See `FrameSink`. Ends the pipeline, so that the camera disappears."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            process = self._process
        if process is not None:
            process.kill()  # a write that blocks ends with it
        self._watch.close()
        self._thread.join(_STOP_TIMEOUT_S)

    def _run(self) -> None:
        started_s = -_RESTART_PAUSE_S
        while (image := self._take()) is not None:
            try:
                if self._process is None:
                    with self._changed:
                        pause_s = max(0.0, started_s + _RESTART_PAUSE_S - time.monotonic())
                        self._changed.wait_for(lambda: self._is_closed, pause_s)
                    started_s = time.monotonic()
                    self._start_process(image)
                self._pipe(image)
            except SinkError as exc:
                with self._changed:
                    self._error = exc
                return
            except OSError:  # the pipeline has ended: the next frame starts another
                self._end_process()
        self._end_process()

    def _take(self) -> RgbImage | None:
        """The newest frame, once there is one; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._newest is not None)
            image, self._newest = self._newest, None
            return None if self._is_closed else image

    def _start_process(self, image: RgbImage) -> None:
        try:
            process = self._start(pipeline(image.shape[0], image.shape[1], self._rate_fps))
        except OSError as exc:
            raise _missing(tr("{name} cannot be started: {reason}", name=_LAUNCHER, reason=exc)) from exc
        with self._changed:
            self._process = process
            is_closed = self._is_closed
        if is_closed:
            process.kill()

    def _pipe(self, image: RgbImage) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(to_yuy2(image).data)
            self._process.stdin.flush()

    def _end_process(self) -> None:
        with self._changed:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def why_unavailable(environment: Mapping[str, str] = os.environ) -> SinkError | None:
    """What is missing for a PipeWire camera on this machine; None where nothing is."""
    if not sys.platform.startswith("linux"):
        return SinkError(
            tr("PipeWire is there on Linux only"), tr("Use the window of Portrait, or a program that captures it.")
        )
    if shutil.which(_LAUNCHER) is None:
        return _missing(tr("{name} is not installed", name=_LAUNCHER))
    if not _has_element():
        return _missing(tr("GStreamer has no {name}", name=_ELEMENT))
    runtime_dir = environment.get("PIPEWIRE_RUNTIME_DIR") or environment.get("XDG_RUNTIME_DIR")
    if runtime_dir is None or not (Path(runtime_dir) / environment.get("PIPEWIRE_REMOTE", "pipewire-0")).exists():
        return MissingSetUpError(
            tr("PipeWire is not running"), tr("Start it: {command}", command=_START_COMMAND), _START_COMMAND
        )
    return None


def pipeline(height: int, width: int, rate_fps: float) -> list[str]:
    """The command that makes a camera of YUY2 frames of this size on its standard input.

    Tried with PipeWire 0.3.65: with a queue before the sink no frame arrives, and a conversion there writes into
    buffers without memory, which ends the process. ``--no-fault`` lets it end: by default it would wait for a
    debugger. ``sync=false``: frames are shown when they come.
    """
    rate = f"{round(1000 * rate_fps)}/1000"
    properties = f"properties,media.class=Video/Source,media.role=Camera,node.name={NODE_NAME}"
    return [
        *(_LAUNCHER, "-q", "--no-fault", "fdsrc", "fd=0", "do-timestamp=true", f"blocksize={2 * height * width}", "!"),
        *("rawvideoparse", "format=yuy2", f"width={width}", f"height={height}", f"framerate={rate}", "!"),
        *("videoconvert", "!", f"video/x-raw,format=YUY2,width={width},height={height},framerate={rate}", "!"),
        *(_ELEMENT, "mode=provide", "sync=false"),
        f"stream-properties={properties},node.description={CAMERA_NAME}",
    ]


def _missing(message: str) -> MissingSetUpError:
    command = install_command(_PACKAGES)
    return MissingSetUpError(
        message, tr("Install PipeWire, WirePlumber and its GStreamer element: {command}", command=command), command
    )


def _start_pipeline(command: list[str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True)


def _has_element() -> bool:
    inspector = shutil.which(_INSPECTOR)
    if inspector is None:
        return True  # it comes with the launcher; starting the pipeline will tell
    quiet, command = subprocess.DEVNULL, [inspector, _ELEMENT]
    try:
        done = subprocess.run(command, timeout=_INSPECT_TIMEOUT_S, check=False, stdout=quiet, stderr=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode == 0
