"""What a crop to the people leaves of the portrait, shown over the photo."""

from PySide6.QtCore import QObject, Slot

from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.photo.photo_view import PhotoView
from portrait.gui.widgets.settings_model import SettingsModel


class CropFrame(QObject):
    """Keeps the frame of the crop in the view as the settings and the mask have it.

    Parameters
    ----------
    service
        Knows the mask.
    view
        Shows the photo.
    model
        The settings.
    """

    def __init__(self, service: PhotoService, view: PhotoView, model: SettingsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._service, self._view, self._model = service, view, model
        service.photo_opened.connect(lambda shown: view.set_crop(None))
        service.matte_found.connect(self._update)
        model.changed.connect(self._update)

    @Slot()
    def _update(self) -> None:
        from portrait.photo.cropping import saved_box

        found, save = self._service.found, self._model.settings.save
        if found is None or not found.has_person or save.crop == "off":
            self._view.set_crop(None)
            return
        matte = found.preview.matte
        box, (height, width) = saved_box(matte, save), matte.shape
        self._view.set_crop((box.left / width, box.top / height, box.right / width, box.bottom / height))
