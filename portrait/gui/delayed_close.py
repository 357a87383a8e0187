"""Closing the window while portraits are still being saved, or where changes by hand would be lost."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from portrait.gui.photo.photo_page import PhotoPage
from portrait.gui.photo.photo_requests import PhotoFailure
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.dialogs import ask_to_leave
from portrait.language import tr


class DelayedClose(QObject):
    """Delays the closing of a window until the last portrait is saved; a save that fails keeps the window open.

    Closing the window a second time closes it at once; the portraits are still written. Where photos were changed by
    hand and neither their portraits nor a project saved since, the user is asked.

    Parameters
    ----------
    window
        Window to close.
    controls
        Widgets to disable while the window waits.
    page
        The page with the open photos, whose banner says what the window waits for.
    service
        The worker that saves the portraits.
    """

    def __init__(self, window: QWidget, controls: Sequence[QWidget], page: PhotoPage, service: PhotoService) -> None:
        super().__init__(window)
        self._window = window
        self._controls = controls
        self._page = page
        self._service = service
        self._is_under_way = False
        self._closes_after_project = False
        service.portrait_saved.connect(self._close_if_saved)
        service.save_all.ended.connect(self._on_all_ended)
        service.failed.connect(self._on_failed)
        service.save_broke_off.connect(self._call_off)
        page.projects.ended.connect(self._on_project_ended)

    def may_close(self, *, is_asking: bool = True) -> bool:
        """Whether the window may close now; else say what it waits for, or ask what becomes of changes by hand."""
        if self._is_under_way:  # it is closed a second time
            return True
        if self._is_saving:
            self._wait()
            return False
        return not is_asking or self._may_lose_changes()

    @property
    def _is_saving(self) -> bool:
        return "save" in self._service.stages or self._service.save_all.is_running

    def _may_lose_changes(self) -> bool:
        """Ask where there are changes to lose; a project that is saved for them closes the window."""
        count = sum(entry.is_at_risk for entry in self._page.photos.entries)
        answer = ask_to_leave(self._window, count) if count else "leave"
        self._closes_after_project = answer == "save" and self._page.projects.ask_to_save()
        return answer == "leave"

    def _wait(self) -> None:
        """Say that portraits are being saved, and close the window when they are."""
        self._set_under_way(True)
        hint = tr("The window closes by itself when they are written.")
        self._page.save_banner.show_notice("info", tr("Portraits are still being saved"), hint)

    @Slot()
    def _call_off(self) -> None:
        """Keep the window open, because a save failed: the user sees the error and may save elsewhere."""
        self._set_under_way(False)
        if self._page.save_banner.kind == "info":
            self._page.save_banner.clear()

    def _set_under_way(self, is_under_way: bool) -> None:
        self._is_under_way = is_under_way
        for control in self._controls:
            control.setDisabled(is_under_way)

    @Slot()
    def _close_if_saved(self) -> None:
        if self._is_under_way and not self._is_saving:
            self._call_off()
            self._window.close()

    @Slot()
    def _on_all_ended(self) -> None:
        if self._page.save_banner.kind == "error":
            self._set_under_way(False)
        else:
            self._close_if_saved()

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "save":
            self._call_off()

    @Slot(bool)
    def _on_project_ended(self, is_saved: bool) -> None:
        if self._closes_after_project and is_saved:
            self._window.close()
        self._closes_after_project = False
