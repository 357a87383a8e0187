"""The folders in which the user last chose or saved a file, one for each purpose: there the next dialog opens."""

from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QSettings

from portrait.files.system.os_errors import is_folder

Purpose = Literal["photos", "portraits", "background", "video", "projects", "programs"]
_GROUP = "folders"


class LastFolders:
    """Remembers folders, and keeps them in the store of the window's state."""

    def __init__(self) -> None:
        self._folders: dict[Purpose, Path] = {}

    def folder(self, purpose: Purpose, otherwise: Path) -> Path:
        """The folder last used; ``otherwise`` where there is none or it is gone."""
        last = self._folders.get(purpose)
        return last if last is not None and is_folder(last) else otherwise

    def remember(self, purpose: Purpose, file: Path) -> None:
        """Take the folder of a file that the user chose in a dialog."""
        self._folders[purpose] = file.parent

    def load(self, state: QSettings) -> None:
        """Read what was kept."""
        for purpose in get_args(Purpose):
            kept = state.value(f"{_GROUP}/{purpose}")
            if isinstance(kept, str) and kept:
                self._folders[purpose] = Path(kept)

    def keep(self, state: QSettings) -> None:
        """Write the folders."""
        for purpose, folder in self._folders.items():
            state.setValue(f"{_GROUP}/{purpose}", str(folder))
