"""Dialogs of the Photo page: which files are opened, and where portraits are saved."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from portrait.files.background_choice import BackgroundChoice
from portrait.files.system.assets import asset_path
from portrait.gui.photo.kept_edits import KeptEdits
from portrait.gui.photo.photo_requests import default_target
from portrait.gui.widgets.dialogs import (
    ask_for_depth,
    ask_for_jpeg_target,
    ask_for_photos,
    ask_for_picture,
    ask_for_target,
    ask_to_embed,
    pictures_folder,
)
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.page import local_paths
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.photo.session import OpenedPhoto


class Opener(Protocol):
    """What opens and saves the files that were chosen: the page."""

    @property
    def photo(self) -> "OpenedPhoto | None": ...
    @property
    def has_matte(self) -> bool: ...
    @property
    def has_portrait(self) -> bool: ...

    banner: Banner

    def open_image(self, image: QImage) -> None: ...
    def open_photos(self, photos: Sequence[Path]) -> None: ...
    def open_original(self, kept: KeptEdits, photo: Path) -> None: ...
    def open_depth(self, path: Path) -> None: ...
    def save_to(self, target: Path, *, embed_original: bool = False) -> None: ...


class PhotoFiles(QObject):
    """Asks for files in the folders that the user last used.

    Parameters
    ----------
    opener
        Opens and saves them.
    model
        The settings, and the folders.
    window
        Parent of the dialogs.
    """

    def __init__(self, opener: Opener, model: SettingsModel, window: QWidget) -> None:
        super().__init__(window)
        self._opener = opener
        self._model = model
        self._window = window

    @Slot()
    def choose_photos(self) -> None:
        """Ask for photos and open them."""
        photos = ask_for_photos(self._window, self._model.folders.folder("photos", self.start_folder()))
        if photos:
            self._model.folders.remember("photos", photos[0])
        self._opener.open_photos(photos)

    @Slot()
    def open_sample(self) -> None:
        """Open a photo that comes with the app."""
        self._opener.open_photos([asset_path("samples", "astronaut.jpg")])

    @Slot(object)
    def find_original(self, kept: KeptEdits) -> None:
        """Ask where the photo is that a portrait was made of, and open it with what was kept."""
        title = tr("Where is {name}?", name=kept.photo_name)
        photo = ask_for_picture(self._window, title, self._model.folders.folder("photos", kept.portrait.parent))
        if photo is not None:
            self._model.folders.remember("photos", photo)
            self._opener.open_original(kept, photo)

    @Slot()
    def choose_depth(self) -> None:
        """Ask for a depth map of the photo and open it."""
        if self._opener.has_matte and (path := ask_for_depth(self._window, self.start_folder())) is not None:
            self._opener.open_depth(path)

    @Slot()
    def choose_target(self) -> None:
        """Ask for a name and save there."""
        proposed = self._proposed_target()
        if self._opener.has_portrait and (target := ask_for_target(self._window, proposed)) is not None:
            self._model.folders.remember("portraits", target)
            self._opener.save_to(target)

    @Slot()
    def choose_target_with_original(self) -> None:
        """Say what it reveals, ask for a name, and save there with the photo itself inside; nothing is remembered."""
        if not self._opener.has_portrait or not ask_to_embed(self._window):
            return
        target = ask_for_jpeg_target(self._window, self._proposed_target().with_suffix(".jpg"))
        if target is not None:
            self._model.folders.remember("portraits", target)
            self._opener.save_to(target, embed_original=True)

    def _proposed_target(self) -> Path:
        from portrait.photo.enclosing import is_taken_out

        photo, settings = self._opener.photo, self._model.settings
        is_transparent = BackgroundChoice.parse(settings.background).kind == "transparent"
        path = None if photo is None else photo.path
        proposed = default_target(path, self.start_folder(), settings.save, is_transparent=is_transparent)
        is_apps_own = proposed.is_relative_to(asset_path("samples")) or is_taken_out(proposed)
        folder = pictures_folder() if is_apps_own else proposed.parent
        return self._model.folders.folder("portraits", folder) / proposed.name

    @Slot()
    def paste(self) -> None:
        """Open the clipboard's content: files, or an image."""
        mime = QGuiApplication.clipboard().mimeData()
        if paths := local_paths(mime):
            self._opener.open_photos(paths)
        elif mime.hasImage():
            self._opener.open_image(QGuiApplication.clipboard().image())
        else:
            hint = tr("copy a photo or a file first, then paste it here")
            self._opener.banner.show_notice("info", tr("There is no picture on the clipboard"), hint)

    def start_folder(self) -> Path:
        """The folder of the open photo, or that of the user's pictures."""
        photo = self._opener.photo
        return pictures_folder() if photo is None or photo.path is None else photo.path.parent
