"""Opens a camera raw file again when the settings say to read it in the other way."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from portrait.files.formats import RawMode, is_raw_path
from portrait.gui.photo.photo_list import PhotoList
from portrait.gui.photo.photo_requests import PhotoFailure, ShownPhoto
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.settings_model import SettingsModel


class RawReading(QObject):
    """Compares how the chosen photo was read with how the settings want it, each time that they have settled."""

    def __init__(
        self,
        photos: PhotoList,
        service: PhotoService,
        model: SettingsModel,
        open_again: Callable[[Path], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._open_again = open_again
        self._photos = photos
        self._model = model
        self._read: RawMode | None = None  # None: it is being opened, or no raw file
        photos.photo_chosen.connect(self._on_photo_chosen)
        service.photo_opened.connect(self._on_photo_opened)
        service.failed.connect(self._on_failed)
        # Queued: the look of a portrait that is opened again is taken over one setting after the other.
        model.changed.connect(self._on_settled, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _on_photo_chosen(self, photo: Path) -> None:
        self._read = None

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        self._read = shown.photo.raw

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        chosen = self._photos.chosen
        if failure.stage == "open" and chosen is not None and is_raw_path(chosen.path):
            self._read = self._model.settings.raw

    @Slot(object)
    def _on_settled(self, settings: object) -> None:
        chosen = self._photos.chosen
        if chosen is not None and self._read not in (None, self._model.settings.raw):
            self._read = None
            self._open_again(chosen.path)
