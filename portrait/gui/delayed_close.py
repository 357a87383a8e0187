"""Closing the window while portraits are still being saved."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from portrait.gui.photo.photo_requests import PhotoFailure
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.notify import Banner
from portrait.language import tr
from portrait.photo.saving import SavedPortrait


class DelayedClose(QObject):
    """Delays the closing of a window until the last portrait is saved; a save that fails keeps the window open.

    Closing the window a second time closes it at once; the portraits are still written.

    Parameters
    ----------
    window
        Window to close.
    controls
        Widgets to disable while the window waits.
    service
        The worker that saves the portraits.
    banner
        Shows what the window waits for.
    """

    def __init__(self, window: QWidget, controls: Sequence[QWidget], service: PhotoService, banner: Banner) -> None:
        super().__init__(window)
        self._window = window
        self._controls = controls
        self._service = service
        self._banner = banner
        self._is_under_way = False
        service.portrait_saved.connect(self._on_portrait_saved)
        service.failed.connect(self._on_failed)
        service.save_broke_off.connect(self._call_off)

    @property
    def must_wait(self) -> bool:
        """Whether portraits are still being saved and the user was not told so yet."""
        return not self._is_under_way and "save" in self._service.stages

    def wait(self) -> None:
        """Say that portraits are being saved, and close the window when they are."""
        self._set_under_way(True)
        hint = tr("The window closes by itself when they are written.")
        self._banner.show_notice("info", tr("Portraits are still being saved"), hint)

    @Slot()
    def _call_off(self) -> None:
        """Keep the window open, because a save failed: the user sees the error and may save elsewhere."""
        self._set_under_way(False)
        if self._banner.kind == "info":
            self._banner.clear()

    def _set_under_way(self, is_under_way: bool) -> None:
        self._is_under_way = is_under_way
        for control in self._controls:
            control.setDisabled(is_under_way)

    @Slot(object)
    def _on_portrait_saved(self, saved: SavedPortrait) -> None:
        if self._is_under_way and "save" not in self._service.stages:
            self._window.close()

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "save":
            self._call_off()
