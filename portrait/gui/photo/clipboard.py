"""Copies the open portrait to the clipboard."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from portrait.gui.photo.copying import CopiedPortrait
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr


class ClipboardControl(QObject):
    """Copies the open portrait to the clipboard, and says so.

    Parameters
    ----------
    service
        The worker of the page.
    model
        The settings.
    banner
        Tells what was copied.
    """

    def __init__(self, service: PhotoService, model: SettingsModel, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._service, self._model, self._banner = service, model, banner
        service.copies.made.connect(self._on_made)

    @Slot()
    def copy(self) -> None:
        """Copy the portrait at the size of its file, cropped as its file is."""
        found = self._service.found
        if found is not None and found.has_person:
            self._banner.show_notice("info", tr("Copying the portrait…"))
            self._service.copies.request(found, self._model.settings)

    @Slot(object)
    def _on_made(self, copied: CopiedPortrait) -> None:
        if copied.error is not None:
            self._banner.show_error(copied.error)
            return
        QGuiApplication.clipboard().setImage(copied.image)
        width, height = copied.image.width(), copied.image.height()
        size = tr("{width} × {height} pixels", width=width, height=height)
        self._banner.show_notice("done", tr("The portrait is on the clipboard"), size)
