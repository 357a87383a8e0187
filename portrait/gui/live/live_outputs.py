"""The virtual camera of the Live page, opened and closed on a worker, and written to by the running session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from portrait.errors import PortraitError, SinkError
from portrait.gui.live.sink_worker import SinkWorker
from portrait.sinks.frame_sink import CameraSink, FrameSink
from portrait.sinks.virtual_camera import open_virtual_camera

CameraStage = Literal["off", "opening", "open", "waiting", "read", "failed"]


@dataclass(frozen=True, slots=True)
class _CameraOpened:
    generation: int


@dataclass(frozen=True, slots=True)
class _CameraFailed:
    generation: int
    error: PortraitError


class LiveOutputs(SinkWorker):
    """Where the frames of a session go besides the page.

    Parameters
    ----------
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    camera_changed = Signal()  # see `camera_stage`
    camera_failed = Signal(object)  # PortraitError

    def __init__(self, on_bug: Callable[[Exception], None], parent: QObject | None = None) -> None:
        super().__init__("portrait-outputs", on_bug, parent)
        self._camera: CameraSink | None = None
        self._generation = 0
        self._stage: CameraStage = "off"

    @property
    def camera_stage(self) -> CameraStage:
        """What the virtual camera does now."""
        camera = self._camera
        return camera.state if self._stage == "open" and camera is not None else self._stage

    @property
    def camera_label(self) -> str:
        """The name of the virtual camera in other programs; empty while there is none."""
        camera = self._camera
        return "" if camera is None else camera.label

    def open_camera(self, device: str = "") -> None:
        """Become a camera for other programs; the answer is `camera_changed`, or `camera_failed`.

        ``device`` is a loopback device to write to; empty: whatever is possible.
        """
        if self._stage in ("opening", "open"):
            return
        self._generation += 1
        generation = self._generation
        self._set_stage("opening")
        self._worker.submit("camera", lambda: self._open_camera(generation, device))

    def close_camera(self) -> None:
        """Be a camera no more."""
        self._generation += 1
        if self._stage != "off":
            self._set_stage("off")
        self._worker.submit("camera", self._let_camera_go)

    def _open_camera(self, generation: int, device: str) -> None:
        """Runs on the worker, for it may ask other programs what is installed."""
        self._let_camera_go()
        try:
            camera = open_virtual_camera(device)
        except SinkError as exc:
            self._crossing.post(_CameraFailed(generation, exc))
            return
        self._camera = camera
        if self._adopt(camera):
            self._crossing.post(_CameraOpened(generation))

    def _let_camera_go(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            self._outputs.remove(camera)

    def _on_sink_failed(self, sink: FrameSink, error: SinkError) -> None:
        if sink is self._camera:
            self._crossing.post(_CameraFailed(self._generation, error))

    def _set_stage(self, stage: CameraStage) -> None:
        self._stage = stage
        self.camera_changed.emit()

    @Slot(object)
    def _on_message(self, message: object) -> None:
        """Adopt the answer of the newest request."""
        match message:
            case _CameraOpened(generation) if generation == self._generation:
                self._set_stage("open")
            case _CameraFailed(generation, error) if generation == self._generation:
                self._set_stage("failed")
                self.camera_failed.emit(error)
