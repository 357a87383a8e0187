"""The choice among ready-made looks on the Photo page: the popup, the thumbnails, and the user's own looks."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from portrait.errors import SettingsError
from portrait.gui.photo.look_popup import LookPopup
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.dialogs import ask_for_name
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.settings.presets import Preset, delete_preset, list_presets, save_preset


class LookChoice(QObject):
    """Shows the looks of the open photo, and keeps and deletes own ones.

    Parameters
    ----------
    service
        Renders the thumbnails.
    model
        The settings, whose look can be kept.
    parent
        The widget that the popup belongs to.
    """

    look_chosen = Signal(object)  # Preset
    told = Signal(str)  # what became of a look that was to be kept or deleted

    def __init__(self, service: PhotoService, model: SettingsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._model = model
        self._widget = parent
        self.popup = LookPopup(parent)
        self.popup.look_chosen.connect(self.look_chosen)
        self.popup.save_asked.connect(self.keep_look)
        self.popup.delete_asked.connect(self.delete_look)
        service.looks.rendered.connect(self.popup.set_images)

    def open_below(self, button: QWidget) -> None:
        """Show the looks as thumbnails of the open photo, below a button; nothing without a photo."""
        if self._service.found is None:
            return
        presets = list_presets()
        self.popup.set_presets(presets)
        self.popup.open_below(button)
        self._service.looks.request(self._service.found, self._model.settings, presets)

    @Slot()
    def keep_look(self) -> None:
        """Ask for a name, and keep the current look as one of the user's own."""
        name = ask_for_name(self._widget, tr("Keep this look"), tr("Name of the look:"))
        if name is None:
            return
        try:
            preset = save_preset(name, self._model.settings)
        except SettingsError as exc:
            self.told.emit(f"{exc.message}. {exc.hint}".strip())
        else:
            self.told.emit(tr("Kept as {name}; portrait photo --preset takes it too", name=preset.name))

    @Slot(object)
    def delete_look(self, preset: Preset) -> None:
        """Delete one of the user's own looks."""
        try:
            delete_preset(preset)
        except SettingsError as exc:
            self.told.emit(exc.message)
        else:
            self.told.emit(tr("The look {name} is deleted", name=preset.name))
