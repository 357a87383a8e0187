"""The buttons Snapshot and Record: they join the bar below the picture, the files that are made, and the banner."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtGui import QGuiApplication

from portrait.errors import PortraitError
from portrait.files.formats import output_suffix
from portrait.gui.live.live_bar import LiveBar
from portrait.gui.live.live_files import LiveFiles, SavedFile
from portrait.gui.live.live_service import LiveFrame
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.other_programs import show_in_folder_action
from portrait.language import mark, tr
from portrait.live.snapshot import name_by_time
from portrait.settings import Settings
from portrait.sinks.frame_sink import MissingSetUpError

COPY_TEXT = mark("Copy command")
SNAPSHOT_TEXT = mark("Snapshot saved as {name}")
RECORDING_TEXT = mark("Recording saved as {name}")
_RECORDING_SUFFIX, _UNNAMED = ".mp4", "frame.jpg"

_Location = QStandardPaths.StandardLocation


class FilesControl(QObject):
    """Takes snapshots of the newest frame, and records while a source runs.

    Parameters
    ----------
    bar, files, banner
        Of the page.
    read_settings
        Gives the settings of this moment.
    """

    def __init__(
        self, bar: LiveBar, files: LiveFiles, banner: Banner, read_settings: Callable[[], Settings], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bar = bar
        self._files = files
        self._banner = banner
        self._told = ""
        self._read_settings = read_settings
        self._newest: LiveFrame | None = None
        self._pending: Path | None = None
        bar.snapshot_button.clicked.connect(self.take_snapshot)
        bar.record_button.clicked.connect(self.toggle_recording)
        files.recording_changed.connect(self.show)
        files.saved.connect(self._on_saved)
        files.failed.connect(self._on_failed)
        self.show()

    @Slot()
    def take_snapshot(self) -> None:
        """Save the newest frame into the folder of pictures."""
        if self._newest is None:
            return
        self._forget_error()
        settings = self._read_settings()
        suffix = output_suffix(Path(_UNNAMED), settings.save.format)
        path = name_by_time(_folder(_Location.PicturesLocation), suffix, datetime.now())
        self._files.save_snapshot(path, self._newest.frame.image, self._newest.result.image, settings)

    @Slot()
    def toggle_recording(self) -> None:
        """Record into the folder of videos, or stop."""
        self._forget_error()
        if self._files.recording_stage == "on":
            self._files.stop_recording()
        elif self._newest is not None:
            self._files.start_recording(
                name_by_time(_folder(_Location.MoviesLocation), _RECORDING_SUFFIX, datetime.now())
            )
        self.show()

    def record_to(self, path: Path) -> None:
        """Record to this file from the first frame on."""
        self._pending = path

    def on_frame_shown(self, shown: LiveFrame) -> None:
        """Keep the newest frame."""
        is_first, self._newest = self._newest is None, shown
        if self._pending is not None:
            path, self._pending = self._pending, None
            self._files.start_recording(path)
        if is_first:
            self.show()

    def on_stopped(self) -> None:
        """Complete a recording, because no more frames come."""
        self._newest = self._pending = None
        self._files.stop_recording()
        self.show()

    @Slot()
    def show(self) -> None:
        """Show what can be done now, and for how long it was recorded."""
        stage, seconds = self._files.recording_stage, self._files.recorded_s
        self._bar.show_recording(stage, seconds, has_frame=self._newest is not None)

    @Slot(object)
    def _on_saved(self, saved: SavedFile) -> None:
        if self._banner.kind == "error":  # it matters more
            return
        text = tr(SNAPSHOT_TEXT if saved.recording is None else RECORDING_TEXT, name=saved.path.name)
        self._banner.show_notice("done", text, _describe(saved), show_in_folder_action(saved.path))

    @Slot(object)
    def _on_failed(self, error: PortraitError) -> None:
        command = error.command if isinstance(error, MissingSetUpError) else ""
        copy = (tr(COPY_TEXT), lambda: QGuiApplication.clipboard().setText(command))
        self._banner.show_notice("error", error.message, error.hint, copy if command else None)
        self._told = self._banner.text

    def _forget_error(self) -> None:
        """Remove the notice of an earlier try, if it is still shown."""
        if self._told and self._banner.text == self._told:
            self._banner.clear()


def _describe(saved: SavedFile) -> str:
    """What a recording holds; its folder for a snapshot."""
    if saved.recording is None:
        return str(saved.path.parent)
    frames = saved.recording.frames
    left_out = tr(", {n} frames left out", n=frames.frames_left_out) if frames.frames_left_out else ""
    return tr(
        "{duration_s:.1f} s, {codec}, without sound{left_out}; in {folder}",
        duration_s=frames.duration_s,
        codec=frames.codec,
        left_out=left_out,
        folder=saved.path.parent,
    )


def _folder(location: QStandardPaths.StandardLocation) -> Path:
    return Path(QStandardPaths.writableLocation(location) or Path.home())
