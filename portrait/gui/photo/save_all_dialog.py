"""Asks where all portraits are saved and what they are called, and tells how it goes."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from portrait.errors import PortraitError
from portrait.gui.photo.photo_list import PhotoList, count_text
from portrait.gui.photo.photo_series import PhotoSeries
from portrait.gui.photo.save_all import PlannedSave, SaveAll, SavedOne, plan_targets
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.other_programs import show_in_folder_action
from portrait.gui.widgets.path_row import FolderRow
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr, tr_n
from portrait.photo.edits import PhotoEdits
from portrait.settings import Settings, replace_settings

DEFAULT_PATTERN = "{name}-portrait"
_WIDTH_PX = 480


class SaveAllDialog(QDialog):
    """A folder and a pattern of names, with the first name as an example."""

    def __init__(self, parent: QWidget, folder: Path, photos: Sequence[tuple[Path, Settings]], pattern: str) -> None:
        super().__init__(parent)
        self._photos = photos
        self.targets: list[Path] = []
        self.setWindowTitle(tr("Save all portraits"))
        self.setMinimumWidth(_WIDTH_PX)
        self.folder_row = FolderRow(tr("Folder for portraits"), tr("Folder for the portraits"))
        self.folder_row.set_folder(folder)
        self.pattern_line = QLineEdit(pattern)
        self.pattern_line.setToolTip(tr("{field} stands for the photo's name, without its ending", field="{name}"))
        self.example = QLabel()
        self.example.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.buttons.button(kinds.Save).setText(tr("Save {photos}", photos=count_text(len(photos))))
        form = QFormLayout()
        for text, field in ((tr("&Folder"), self.folder_row), (tr("&Names"), self.pattern_line)):
            form.addRow(text, field)
        form.addRow("", self.example)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.folder_row.changed.connect(self._plan)
        self.pattern_line.textChanged.connect(self._plan)
        self._plan()

    @property
    def pattern(self) -> str:
        """What was typed."""
        return self.pattern_line.text().strip()

    @Slot()
    def _plan(self) -> None:
        """Find the names; say the first one, or what is wrong."""
        folder, self.targets = self.folder_row.folder, []
        try:
            if folder is not None:
                self.targets = plan_targets(self._photos, folder, self.pattern)
            text = tr("For example: {name}", name=self.targets[0].name) if self.targets else ""
        except PortraitError as exc:
            text = "\n".join(filter(None, (exc.message, exc.hint)))
        self.example.setText(text)
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(bool(self.targets))


class SaveAllControl(QObject):
    """Runs the dialog and the saves, marks the photos, and tells in a banner how far it is and what became of them.

    Parameters
    ----------
    photos, series
        The open photos, and their looks.
    edits_of
        Changes by hand of a photo.
    saver
        Makes the portraits.
    model
        The settings, and the folders.
    banner
        Takes the notices.
    """

    def __init__(
        self,
        photos: PhotoList,
        series: PhotoSeries,
        edits_of: Callable[[Path], PhotoEdits],
        saver: SaveAll,
        model: SettingsModel,
        banner: Banner,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._photos, self._series, self._edits_of = photos, series, edits_of
        self._saver, self._model, self._banner, self._window = saver, model, banner, window
        self._pattern = DEFAULT_PATTERN
        self._total = 0
        self._answers: list[SavedOne] = []
        saver.one_saved.connect(self._on_one_saved)
        saver.ended.connect(self._on_ended)

    @property
    def is_possible(self) -> bool:
        """Whether there are photos to save, and none are being saved."""
        return self._photos.rowCount() > 0 and not self._saver.is_running

    @Slot()
    def ask(self) -> None:
        """Ask for folder and names, and begin."""
        if not self.is_possible:
            return
        first = self._photos.entries[0].path.parent
        settings = self._model.settings
        photos = [(entry.path, replace_settings(settings, entry.look)) for entry in self._photos.entries]
        dialog = SaveAllDialog(self._window, self._model.folders.folder("portraits", first), photos, self._pattern)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.targets:
            self._pattern = dialog.pattern
            self._model.folders.remember("portraits", dialog.targets[0])
            self.begin(photos, dialog.targets)
        dialog.deleteLater()

    def begin(self, photos: Sequence[tuple[Path, Settings]], targets: Sequence[Path]) -> None:
        """Save the portraits of photos with their settings."""
        planned = []
        for (photo, settings), target in zip(photos, targets, strict=True):
            entry = self._photos.entry(photo)
            depth = None if entry is None else entry.depth
            planned.append(PlannedSave(photo, target, settings, self._edits_of(photo), depth))
        self._answers, self._total = [], len(planned)
        self._saver.start(planned)
        self._tell_progress()

    def _tell_progress(self) -> None:
        message = tr("Saving {n} of {total} portraits", n=len(self._answers) + 1, total=self._total)
        self._banner.show_notice("info", message, "", (tr("Stop"), self._saver.cancel))

    @Slot(object)
    def _on_one_saved(self, saved: SavedOne) -> None:
        self._answers.append(saved)
        error = saved.error or (None if saved.is_person_found else PortraitError(tr("No person found")))
        if error is None:
            self._series.mark_saved(saved.photo, saved.target)
        else:
            self._series.mark_failed(saved.photo, error)
        if len(self._answers) < self._total:
            self._tell_progress()

    @Slot()
    def _on_ended(self) -> None:
        """Say how many were saved, and which were not."""
        saved = [answer for answer in self._answers if answer.error is None and answer.is_person_found]
        failed = [answer for answer in self._answers if answer not in saved]
        reasons = [
            f"{answer.photo.name}: {tr('No person found') if answer.error is None else answer.error.message}"
            for answer in failed
        ]
        rest = self._total - len(self._answers)
        if rest:
            reasons.append(tr_n("{n} photo was not begun", "{n} photos were not begun", rest))
        message = tr_n("{n} portrait was saved", "{n} portraits were saved", len(saved))
        action = show_in_folder_action(saved[0].target) if saved else None
        self._banner.show_notice("error" if failed else "done", message, "\n".join(reasons[:8]), action)
