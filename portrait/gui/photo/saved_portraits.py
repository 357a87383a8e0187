"""What is done with portraits that were saved, and with what is kept of them in the app's own folders."""

import platform
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from portrait.files.system.os_errors import is_there
from portrait.gui.photo.photo_list import PhotoList
from portrait.gui.widgets.dialogs import ask_for_program
from portrait.gui.widgets.other_programs import open_file, open_file_with, show_folder
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr, tr_n


class SavedPortraits(QObject):
    """Hands the portrait of the open photo to other programs, and clears what the app keeps.

    Parameters
    ----------
    photos
        The open photos, and where their portraits are.
    model
        The folders that were last used.
    window
        Parent of the dialogs.
    """

    def __init__(self, photos: PhotoList, model: SettingsModel, window: QWidget) -> None:
        super().__init__(window)
        self._photos, self._model, self._window = photos, model, window

    @property
    def newest(self) -> Path | None:
        """The portrait of the open photo that was saved last; None: there is none."""
        entry = self._photos.chosen
        return None if entry is None or entry.portrait is None or not is_there(entry.portrait) else entry.portrait

    @Slot()
    def show_in_folder(self) -> None:
        """Show its folder in the file manager."""
        if (portrait := self.newest) is not None:
            show_folder(portrait.parent)

    @Slot()
    def open(self) -> None:
        """Open it with the program that the system has for it."""
        if (portrait := self.newest) is not None:
            open_file(portrait)

    @Slot()
    def open_with(self) -> None:
        """Open it with a program that the user chooses."""
        folder = self._model.folders.folder("programs", _programs_folder())
        if (portrait := self.newest) is None or (program := ask_for_program(self._window, folder)) is None:
            return
        self._model.folders.remember("programs", program)
        if not open_file_with(program, portrait):
            message = tr("{name} could not be started", name=program.name)
            QMessageBox.warning(self._window, tr("Open with"), message)

    @Slot()
    def ask_to_clear(self) -> None:
        """Say what the app keeps of portraits in its own folders, and delete it if that is wanted."""
        from portrait.photo.edits_library import EditsLibrary
        from portrait.photo.enclosing import forget_taken_out, taken_out_bytes

        library, title = EditsLibrary(), tr("Kept changes")
        count, size = library.count, (library.size_bytes + taken_out_bytes()) / 1e6
        if not size:
            QMessageBox.information(self._window, title, tr("The app's own folders hold no changes and no originals."))
            return
        text = tr_n(
            "Changes of {n} portrait are kept in the library", "Changes of {n} portraits are kept in the library", count
        )
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self._window)
        box.setInformativeText(
            tr(
                "With originals that were taken out of portraits they hold {size} MB. Deleted, these portraits can no "
                "longer be changed stroke by stroke. Files beside portraits stay.",
                size=f"{size:.1f}",
            )
        )
        delete = box.addButton(tr("Delete all"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if box.clickedButton() is delete:
            library.clear()
            forget_taken_out([entry.path for entry in self._photos.entries])
        box.deleteLater()


def _programs_folder() -> Path:
    if platform.system() == "Linux":  # not shown; the standard place holds descriptions of programs there
        return Path("/usr/bin")
    places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.ApplicationsLocation)
    return Path(places[-1]) if places else Path.home()
