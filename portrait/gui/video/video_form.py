"""The form of the Video page: the video, the name of its portrait, and whether to begin anew."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from portrait.files.system.os_errors import is_file
from portrait.gui.widgets.dialogs import ask_for_video, ask_for_video_target, videos_folder
from portrait.gui.widgets.last_folders import LastFolders
from portrait.gui.widgets.page import local_paths
from portrait.gui.widgets.path_row import PathRow, lay_out_rows
from portrait.language import tr


class VideoForm(QWidget):
    """The form at the top of the Video page.

    Parameters
    ----------
    folders
        Knows where the user last chose a video.
    """

    changed = Signal()

    def __init__(self, folders: LastFolders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folders = folders
        self._allowed: Path | None = None
        self.source_row = PathRow(tr("Video"), tr("Video file"), "film", self._ask_for_source, dragged_file)
        self.target_row = PathRow(
            tr("Portrait of the video"), tr("Proposed once a video is chosen"), "folder", self._ask_for_target, _nothing
        )
        self.restart_box = QCheckBox(tr("Begin anew"))
        self.restart_box.setToolTip(tr("Without this, a stopped conversion goes on where it was"))
        self.source_row.changed.connect(self._on_source_changed)
        self.target_row.changed.connect(self.changed)
        self.target_row.chosen.connect(self._on_target_chosen)
        lay_out_rows(self, ((tr("V&ideo"), self.source_row), (tr("Por&trait"), self.target_row)), self.restart_box)

    @property
    def source(self) -> Path | None:
        """The video; None until one is given."""
        return self.source_row.path

    @property
    def target(self) -> Path | None:
        """The name of its portrait; None while none is given."""
        return self.target_row.path

    @property
    def may_replace(self) -> bool:
        """Whether the user has named the portrait in the dialog, which asks before a file is replaced."""
        return self.target is not None and self.target == self._allowed

    def set_source(self, path: Path) -> None:
        """Set the video."""
        self.source_row.set_path(path)

    def propose_target(self, path: Path) -> None:
        """Fill in the name of the portrait, without a signal."""
        with QSignalBlocker(self.target_row):
            self.target_row.set_path(path)

    @Slot()
    def choose_source(self) -> None:
        """Ask for the video."""
        self.source_row.choose()

    def _ask_for_source(self) -> Path | None:
        path = ask_for_video(self, self._folders.folder("video", videos_folder()))
        if path is not None:
            self._folders.remember("video", path)
        return path

    def _ask_for_target(self) -> Path | None:
        return ask_for_video_target(self, self.target or videos_folder() / "portrait.mp4")

    @Slot()
    def _on_source_changed(self) -> None:
        """Another video gets another name."""
        with QSignalBlocker(self.target_row):
            self.target_row.line.clear()
        self.restart_box.setChecked(False)
        self.changed.emit()

    @Slot(object)
    def _on_target_chosen(self, path: Path) -> None:
        self._allowed = path
        self.changed.emit()


def dragged_file(mime: QMimeData) -> Path | None:
    """The first file among the dragged paths; None if there is none."""
    return next(filter(is_file, local_paths(mime)), None)


def _nothing(mime: QMimeData) -> Path | None:
    return None
