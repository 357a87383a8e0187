"""The looks and states of all open photos, between the list, the settings, the steps and the worker."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from portrait.errors import PortraitError
from portrait.gui.photo.edit_history import EditHistory
from portrait.gui.photo.photo_list import PhotoEntry, PhotoList
from portrait.gui.photo.photo_requests import OpenedDepth, PhotoFailure, ShownPhoto
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.photo.edits import PhotoEdits
from portrait.settings import SettingValue, look_keys, read_setting

if TYPE_CHECKING:
    from portrait.photo.saving import SavedPortrait

_OWN_KEYS = ("people", "blur.lens.focus_distance_m", "focus")
"""What is no part of a look that is copied to other photos: whom they show, and where."""


class PhotoSeries(QObject):
    """Gives every photo a look of its own, and keeps the marks of the list up to date.

    The settings are those of the chosen photo. New photos begin with the settings of the moment.

    Parameters
    ----------
    photos
        The open photos.
    history
        Their changes by hand.
    service
        The worker of the page.
    model
        The settings.
    """

    def __init__(
        self, photos: PhotoList, history: EditHistory, service: PhotoService, model: SettingsModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._photos = photos
        self._history = history
        self._model = model
        self._copied: dict[str, SettingValue] | None = None
        model.changed.connect(self._on_settings_changed)
        history.edits_changed.connect(self._on_edits_changed)
        service.photo_opened.connect(self._on_photo_opened)
        service.depth_opened.connect(self._on_depth_opened)
        service.portrait_saved.connect(self._on_portrait_saved)
        service.failed.connect(self._on_failed)

    @property
    def can_paste(self) -> bool:
        """Whether a look was copied."""
        return self._copied is not None

    def current_look(self) -> dict[str, SettingValue]:
        """The settings of the look by key."""
        return {key: read_setting(self._model.settings, key) for key in look_keys()}

    def show_look(self, entry: PhotoEntry) -> None:
        """Take over the look of a photo that is being opened."""
        self._history.show_settings(entry.look)

    def copy_look(self) -> None:
        """Copy the look of the chosen photo."""
        self._copied = self._shared_look()

    def paste_look(self) -> None:
        """Give the chosen photo the look that was copied, as one step."""
        if self._copied is not None:
            self._history.take_over(self._history.edits, self._copied, tr("Paste look"))

    def apply_to_all(self) -> int:
        """Give all photos the look of the chosen one; how many have changed."""
        look, changed = self._shared_look(), 0
        for entry in self._photos.entries:
            merged = {**entry.look, **look}
            if merged != entry.look:
                entry.look, entry.is_saved = merged, False
                changed += 1
                self._photos.update(entry)
        return changed

    def _shared_look(self) -> dict[str, SettingValue]:
        return {key: value for key, value in self.current_look().items() if key not in _OWN_KEYS}

    @Slot(object)
    def _on_settings_changed(self, settings: object) -> None:
        entry, look = self._photos.chosen, self.current_look()
        if entry is not None and look != entry.look:
            entry.look, entry.is_saved = look, False
            self._photos.update(entry)

    @Slot(object)
    def _on_edits_changed(self, edits: PhotoEdits) -> None:
        entry = self._photos.chosen
        if entry is not None:
            entry.is_mended, entry.is_saved, entry.is_kept = edits != PhotoEdits(), False, False
            self._photos.update(entry)

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        """The photo is there; a portrait's photo takes its place in the list."""
        if shown.kept is not None and shown.kept.photo is not None:
            self._photos.rename(shown.kept.portrait, shown.kept.photo)
        entry = self._photos.chosen
        if entry is not None:
            entry.is_kept = entry.is_kept or shown.kept is not None
            entry.depth = shown.photo.depth_file
            entry.failure = "" if entry.save_error is None else entry.save_error.message
            self._photos.update(entry)

    @Slot(object)
    def _on_depth_opened(self, opened: OpenedDepth) -> None:
        entry = self._photos.chosen
        if entry is not None:
            entry.depth, entry.is_saved = opened.found.photo.depth_file, False
            self._photos.update(entry)

    @Slot(object)
    def _on_portrait_saved(self, saved: "SavedPortrait") -> None:
        self.mark_saved(saved.source, saved.path)

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "save":
            self.mark_failed(failure.source, failure.error)
        elif failure.stage == "open" and self._photos.chosen is not None:
            self._photos.chosen.failure = failure.error.message
            self._photos.update(self._photos.chosen)

    def mark_saved(self, photo: Path | None, portrait: Path) -> None:
        """Mark a photo as saved."""
        entry = self._photos.entry(photo)
        if entry is not None:
            entry.is_saved, entry.is_kept, entry.portrait = True, True, portrait
            entry.save_error, entry.failure = None, ""
            self._photos.update(entry)

    def mark_failed(self, photo: Path | None, error: PortraitError) -> None:
        """Mark a photo as one that was not saved."""
        entry = self._photos.entry(photo)
        if entry is not None:
            entry.is_saved, entry.save_error, entry.failure = False, error, error.message
            self._photos.update(entry)
