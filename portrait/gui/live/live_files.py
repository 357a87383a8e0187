"""The files that the Live page makes, snapshots and recordings: written on a worker."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError, SinkError
from portrait.files.system.atomic import make_folder
from portrait.gui.live.sink_worker import SinkWorker
from portrait.live.recording import RecordedFile, Recording
from portrait.live.snapshot import save_new_photo, take_snapshot
from portrait.photo.things import engine_for
from portrait.settings import Settings
from portrait.settings.subject import split_subject
from portrait.sinks.frame_sink import FrameSink

RecordingStage = Literal["off", "on", "finishing"]


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that was made; ``recording`` tells what it holds, None for a snapshot."""

    path: Path
    recording: RecordedFile | None = None


@dataclass(frozen=True, slots=True)
class _RecordingEnded:
    """With a file, an error, or neither."""

    saved: SavedFile | None = None
    error: PortraitError | None = None


@dataclass(frozen=True, slots=True)
class _SnapshotDone:
    saved: SavedFile | None = None
    error: PortraitError | None = None


class LiveFiles(SinkWorker):
    """Takes snapshots and records.

    Parameters
    ----------
    engine
        The engine, once it is open; only the worker waits for it.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    recording_changed = Signal()  # see `recording_stage`
    saved = Signal(object)  # SavedFile
    failed = Signal(object)  # PortraitError

    def __init__(
        self, engine: Future[PortraitEngine], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__("portrait-files", on_bug, parent)
        self._engine = engine
        self._recording: Recording | None = None
        self._stage: RecordingStage = "off"

    @property
    def recording_stage(self) -> RecordingStage:
        """Whether frames are recorded, or a recording is being completed."""
        return self._stage

    @property
    def recorded_s(self) -> float:
        """Seconds recorded so far."""
        recording = self._recording
        return 0.0 if recording is None else recording.duration_s

    def start_recording(self, path: Path) -> None:
        """Record to a new file, whose folder is made if it is not there; the answer is `failed` where it cannot be."""
        if self._stage == "off":
            self._set_stage("on")
            self._worker.submit("recording", lambda: self._open_recording(path))

    def stop_recording(self) -> None:
        """Complete the recording; the answer is `saved` or `failed`."""
        if self._stage == "on":
            self._set_stage("finishing")
            self._worker.submit("recording", self._finish_recording, is_promised=True)

    def save_snapshot(self, path: Path, image: RgbImage, shown: RgbImage, settings: Settings) -> None:
        """Save a frame at photo quality, see `take_snapshot`; the answer is `saved` or `failed`."""
        self._worker.submit(str(path), lambda: self._save_snapshot(path, image, shown, settings), is_promised=True)

    def _open_recording(self, path: Path) -> None:
        try:
            recording = Recording(path)
        except PortraitError as exc:
            self._crossing.post(_RecordingEnded(error=exc))
            return
        if self._adopt(recording):
            self._recording = recording

    def _end_sinks(self) -> None:
        self._worker.submit("recording", self._finish_recording, is_promised=True)

    def _finish_recording(self) -> None:
        recording, self._recording = self._recording, None
        if recording is None:
            self._crossing.post(_RecordingEnded())
            return
        self._outputs.remove(recording)
        try:
            recorded = recording.finish()
        except SinkError as exc:
            self._crossing.post(_RecordingEnded(error=exc))
            return
        self._crossing.post(_RecordingEnded(SavedFile(recorded.path, recorded)))

    def _save_snapshot(self, path: Path, image: RgbImage, shown: RgbImage, settings: Settings) -> None:
        try:
            make_folder(path.parent)
            engine = engine_for(self._engine.result(), split_subject(settings.live_subject))
            look = settings.blur, settings.background, settings.grain
            portrait = take_snapshot(engine, image, shown, *look, settings.backdrop)
            save_new_photo(path, portrait, settings.save)
        except PortraitError as exc:
            self._crossing.post(_SnapshotDone(error=exc))
            return
        self._crossing.post(_SnapshotDone(SavedFile(path)))

    def _on_sink_failed(self, sink: FrameSink, error: SinkError) -> None:
        self._worker.submit("recording", self._finish_recording, is_promised=True)

    def _set_stage(self, stage: RecordingStage) -> None:
        self._stage = stage
        self.recording_changed.emit()

    @Slot(object)
    def _on_message(self, message: object) -> None:
        match message:
            case _RecordingEnded(saved, error):
                self._set_stage("off")
                self._tell(saved, error)
            case _SnapshotDone(saved, error):
                self._tell(saved, error)

    def _tell(self, saved: SavedFile | None, error: PortraitError | None) -> None:
        if saved is not None:
            self.saved.emit(saved)
        if error is not None:
            self.failed.emit(error)
