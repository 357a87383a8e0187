"""The notices of the Photo page: about the open photo, and separately about saved portraits."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from portrait.core.render.look import BLURRED_KINDS
from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.photo.kept_edits import KeptEdits
from portrait.gui.photo.photo_requests import (
    OpenedDepth,
    PhotoFailure,
    ShownPhoto,
    ShownPreview,
)
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.other_programs import show_in_folder_action
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import mark, tr, tr_n

if TYPE_CHECKING:
    from portrait.photo.saving import SavedPortrait
    from portrait.photo.session import FoundMatte

_BY_HAND_HINT = mark("The photo stays as it is. Brush what is to stay sharp, choose a person, or undo.")


class PhotoNotices(QObject):
    """Turns the worker's answers into notices.

    Saves have a banner of their own, for a save may end when another photo is open.

    Parameters
    ----------
    service
        The worker of the page.
    model
        The settings.
    of_photo, of_saves
        Banners for the open photo and for saves.
    """

    original_wanted = Signal(object)  # KeptEdits: the user wants to tell where its photo is

    def __init__(
        self, service: PhotoService, model: SettingsModel, of_photo: Banner, of_saves: Banner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._of_photo = of_photo
        self._of_saves = of_saves
        self._warnings: tuple[str, ...] = ()
        self._found: FoundMatte | None = None
        self._missing: KeptEdits | None = None  # the photo of the portrait that is shown in its place
        self._is_reopened = False  # with what was changed in it, which is told
        self._told_failure = ""  # what was said of a failed save
        self._shown: Path | None = None
        self._is_preview_error = False  # a preview failed: its error is shown until the next one is rendered
        service.photo_opened.connect(self._on_photo_opened)
        service.matte_found.connect(self._on_matte_found)
        service.depth_opened.connect(self._on_depth_opened)
        service.preview_rendered.connect(self._on_preview_rendered)
        service.portrait_saved.connect(self._on_portrait_saved)
        service.failed.connect(self._on_failed)

    def begin_photo(self, failed_save: PortraitError | None = None) -> None:
        """Clear the notices of the previous photo; its failed save is told again when it is chosen again.

        ``failed_save`` is why the portrait of the next one could not be saved.
        """
        self._warnings, self._found, self._missing, self._shown = (), None, None, None
        self._of_photo.clear()
        if self._of_saves.kind in ("done", "info") or self._of_saves.text == self._told_failure:
            self._of_saves.clear()
        if failed_save is not None:
            self._tell_failed_save(failed_save)

    def _tell_failed_save(self, error: PortraitError, photo: Path | None = None) -> None:
        """Say why a save failed, and of which photo it was where another one is shown."""
        message = error.message
        if photo is not None:
            message = tr("{name} was not saved: {message}", name=photo.name, message=message)
        self._of_saves.show_notice("error", message, error.hint)
        self._told_failure = self._of_saves.text

    @Slot()
    def on_edited(self) -> None:
        """Take away what was said of the portrait before: it lies over the photo, and is of no use any more."""
        if self._of_saves.kind == "done":
            self._of_saves.clear()
        if self._is_reopened and self._of_photo.kind == "info":
            self._is_reopened = False
            self._show_photo_notice()

    def tell_videos(self, videos: Sequence[Path], open_first: Callable[[], None]) -> None:
        """Say that videos are not opened here, and offer to open the first on its page."""
        message = tr_n("A video was left out", "{n} videos were left out", len(videos))
        hint = tr("The Video page makes the portrait of a video: {name}", name=videos[0].name)
        self._of_saves.show_notice("info", message, hint, (tr("Open the video"), open_first))

    def _show_photo_notice(self) -> None:
        """Show that no person was found, else the warnings of decoding, else nothing."""
        self._is_preview_error = False
        by_camera = self._found is not None and self._found.source == "camera"
        warnings = "; ".join((*self._warnings, *((tr("the matte is the camera's"),) if by_camera else ())))
        if self._found is not None and not self._found.has_person:
            is_by_hand = _is_by_hand(self._found)
            message = tr("Nobody stays sharp") if is_by_hand else tr("No person found")
            hint = "\n".join(
                filter(None, (tr(_BY_HAND_HINT) if is_by_hand else _no_person_hint(self._found), warnings))
            )
            self._of_photo.show_notice("warning", message, hint)
        elif self._missing is not None:
            self._show_missing(self._missing, warnings)
        elif warnings:
            self._of_photo.show_notice("info", warnings)
        else:
            self._of_photo.clear()

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        self._warnings, kept, self._shown = shown.photo.warnings, shown.kept, shown.photo.path
        self._is_reopened = kept is not None
        self._missing = kept if kept is not None and kept.photo is None else None
        self._show_photo_notice()
        if kept is not None and kept.photo is not None:
            message = tr("{name} was opened again: its photo, with all that was changed", name=kept.portrait_name)
            self._of_photo.show_notice("info", message, "; ".join(self._warnings))

    def _show_missing(self, kept: KeptEdits, warnings: str) -> None:
        """Say that the photo of a portrait was not found, and let the user show where it is."""
        message = tr("The photo {photo} was not found, so the portrait itself is shown", photo=kept.photo_name)
        hint = tr("With the photo, what was changed in {name} can be changed further.", name=kept.portrait_name)
        find = (tr("Find the photo…"), lambda: self.original_wanted.emit(kept))
        self._of_photo.show_notice("warning", message, "\n".join(filter(None, (hint, warnings))), find)

    @Slot(object)
    def _on_matte_found(self, found: "FoundMatte") -> None:
        source_before = "network" if self._found is None else self._found.source
        self._found = found
        is_other_source = found.source != source_before and not self._is_reopened
        if not found.has_person or is_other_source or self._of_photo.kind in ("warning", "error"):
            self._show_photo_notice()

    @Slot(object)
    def _on_depth_opened(self, opened: OpenedDepth) -> None:
        self._is_preview_error = False
        message = tr("The blur follows {name}", name=opened.path.name)
        is_blurred = BackgroundChoice.parse(self._model.settings.background).kind in BLURRED_KINDS
        self._of_photo.show_notice("done", message, "" if is_blurred else tr("once the background is blurred."))

    @Slot(object)
    def _on_preview_rendered(self, preview: ShownPreview) -> None:
        if self._is_preview_error:
            self._show_photo_notice()

    @Slot(object)
    def _on_portrait_saved(self, saved: "SavedPortrait") -> None:
        if self._of_saves.kind == "error":  # the error of another save matters more
            return
        message = tr("Saved as {name}", name=saved.path.name)
        self._of_saves.show_notice("done", message, "; ".join(saved.warnings), show_in_folder_action(saved.path))

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "save":
            self._tell_failed_save(failure.error, failure.source if failure.source != self._shown else None)
        else:
            self._is_preview_error = failure.stage == "preview"
            self._of_photo.show_error(failure.error)


def _is_by_hand(found: "FoundMatte") -> bool:
    """Whether nobody stays sharp by choice, though somebody was found or the mask was mended."""
    nobody_is_kept = bool(found.people) and not any(person.is_kept for person in found.people)
    return nobody_is_kept or bool(found.mended.patches)


def _no_person_hint(found: "FoundMatte") -> str:
    """What to do about a photo in which no person was found."""
    finer = tr("Quality Fine sees more.") if found.quality == "fast" else ""
    by_hand = tr("Brush over what is to stay sharp (B), or choose a pet or a thing under Subject.")
    return " ".join(filter(None, (tr("The photo stays as it is."), finer, by_hand)))
