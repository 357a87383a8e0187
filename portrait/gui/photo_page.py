"""The Photo page: open, compare, adjust, save."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from portrait.files.background_choice import BackgroundChoice
from portrait.gui.buttons import SymbolButton
from portrait.gui.dialogs import ask_for_depth, ask_for_photos, ask_for_target, pictures_folder
from portrait.gui.empty_state import EmptyState
from portrait.gui.image_view import ImageView
from portrait.gui.page import Page, local_paths
from portrait.gui.photo_requests import (
    FoundMatte,
    OpenedDepth,
    OpenedPhoto,
    PhotoFailure,
    PhotoStage,
    RenderedPreview,
    SavedPortrait,
    default_target,
)
from portrait.gui.photo_service import PhotoService
from portrait.gui.photo_strip import PhotoStrip
from portrait.gui.settings_model import SettingsModel


class PhotoPage(Page):
    """One photo at a time, out of those that were opened together.

    Parameters
    ----------
    service
        The worker behind the page.
    model
        The settings; saving and the default name look at them.
    """

    folder_dropped = Signal(object)  # Path

    def __init__(self, service: PhotoService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._service = service
        self._model = model
        self._photo: OpenedPhoto | None = None
        self.view = ImageView()
        self.empty_state = EmptyState(
            "photo", self.tr("Drop a photo here"), self.tr("or press Ctrl+O to open one, Ctrl+V to paste one")
        )
        self._make_controls()
        self._lay_out()
        self._connect()
        self.header.set_title(self.tr("Photo"))
        self._update_controls()

    def open_photos(self, photos: Sequence[Path]) -> None:
        """Take these photos in place of those before, and open the first; nothing happens without any."""
        if photos:
            self.strip.set_photos(photos)

    def save_to(self, target: Path) -> None:
        """Render at full size and save; progress and result are shown."""
        self.banner.clear()
        self._service.save(target)

    def hold_original(self, is_held: bool) -> None:
        self.view.hold_original(is_held)

    @Slot()
    def choose_photos(self) -> None:
        """Ask for photos and open them."""
        self.open_photos(ask_for_photos(self, self._start_folder()))

    @Slot()
    def choose_depth(self) -> None:
        """Ask for a depth map of the photo and open it."""
        if self._service.found is None:
            self.banner.show_notice("info", *_depth_obstacle(self._photo))
        elif (path := ask_for_depth(self, self._start_folder())) is not None:
            self.open_depth(path)

    def open_depth(self, path: Path) -> None:
        """Let the blur of the photo follow a depth map."""
        self.banner.clear()
        self._service.open_depth(path)

    @Slot()
    def choose_target(self) -> None:
        """Ask for a name and save there."""
        path = None if self._photo is None else self._photo.path
        settings = self._model.settings
        is_transparent = BackgroundChoice.parse(settings.background).kind == "transparent"
        proposed = default_target(path, self._start_folder(), settings.save, is_transparent=is_transparent)
        if self.save_button.isEnabled() and (target := ask_for_target(self, proposed)) is not None:
            self.save_to(target)

    @Slot()
    def paste(self) -> None:
        """Open what is on the clipboard: files, or a picture."""
        mime = QGuiApplication.clipboard().mimeData()
        if paths := local_paths(mime):
            self.open_photos(paths)
        elif mime.hasImage():
            self.strip.set_photos(())
            self._open(QGuiApplication.clipboard().image(), self.tr("Pasted picture"))
        else:
            hint = self.tr("copy a photo or a file first, then paste it here")
            self.banner.show_notice("info", self.tr("There is no picture on the clipboard"), hint)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        event.acceptProposedAction()
        if len(paths) == 1 and paths[0].is_dir():
            self.folder_dropped.emit(paths[0])
        else:
            self.open_photos(paths)

    def _make_controls(self) -> None:
        self.strip = PhotoStrip()
        self.compare_button = SymbolButton("compare", self.tr("Compare"))
        self.compare_button.setCheckable(True)
        self.compare_button.setToolTip(
            self.tr("Original and portrait side by side (Ctrl+D).\nHold Space to see the original.")
        )
        self.open_button = SymbolButton("open", self.tr("Open…"))
        self.open_button.setToolTip(self.tr("Open photos (Ctrl+O)"))
        self.save_button = SymbolButton("save", self.tr("Save as…"), is_primary=True)
        self.save_button.setToolTip(self.tr("Save the portrait at full size (Ctrl+S)"))
        self._empty_open_button = SymbolButton("open", self.tr("Open photo…"), is_primary=True)

    def _lay_out(self) -> None:
        self.header.add_control(self.strip)
        self.header.add_gap()
        for button in (self.compare_button, self.open_button, self.save_button):
            self.header.add_control(button)
        self.empty_state.add_button(self._empty_open_button)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self.view)

    def _connect(self) -> None:
        self.strip.photo_chosen.connect(self._on_photo_chosen)
        self.compare_button.toggled.connect(self.view.set_split)
        self.open_button.clicked.connect(self.choose_photos)
        self._empty_open_button.clicked.connect(self.choose_photos)
        self.save_button.clicked.connect(self.choose_target)
        self._service.photo_opened.connect(self._on_photo_opened)
        self._service.matte_found.connect(self._on_matte_found)
        self._service.depth_opened.connect(self._on_depth_opened)
        self._service.preview_rendered.connect(self._on_preview_rendered)
        self._service.portrait_saved.connect(self._on_portrait_saved)
        self._service.failed.connect(self._on_failed)
        self._service.stages_changed.connect(self._on_stages_changed)

    def _open(self, source: Path | QImage, title: str) -> None:
        self.banner.clear()
        self._photo = None
        self.header.set_title(title)
        self._update_controls()
        self._service.open(source)

    def _update_controls(self) -> None:
        found = self._service.found
        has_portrait = self._photo is not None and found is not None and found.has_person
        self.compare_button.setEnabled(has_portrait)
        self.save_button.setEnabled(has_portrait)

    def _start_folder(self) -> Path:
        if self._photo is not None and self._photo.path is not None:
            return self._photo.path.parent
        return pictures_folder()

    @Slot(object)
    def _on_photo_chosen(self, photo: Path) -> None:
        self._open(photo, photo.name)

    @Slot(object)
    def _on_photo_opened(self, photo: OpenedPhoto) -> None:
        self._photo = photo
        self.view.set_images(photo.preview_qimage)
        self.body.setCurrentWidget(self.view)
        if photo.warnings:
            self.banner.show_notice("info", "; ".join(photo.warnings))

    @Slot(object)
    def _on_matte_found(self, found: FoundMatte) -> None:
        self._update_controls()
        if not found.has_person:
            self.banner.show_notice("warning", self.tr("No person found"), _no_person_hint(found))
        elif self.banner.kind == "warning":
            self.banner.clear()

    @Slot(object)
    def _on_depth_opened(self, opened: OpenedDepth) -> None:
        self._model.set_value("depth", "auto")
        message = self.tr("The blur follows {name}").format(name=opened.path.name)
        is_blurred = BackgroundChoice.parse(self._model.settings.background).kind == "blur"
        self.banner.show_notice("done", message, "" if is_blurred else self.tr("once the background is blurred."))

    @Slot(object)
    def _on_preview_rendered(self, preview: RenderedPreview) -> None:
        self.view.set_images(preview.found.photo.preview_qimage, preview.qimage)

    @Slot(object)
    def _on_portrait_saved(self, saved: SavedPortrait) -> None:
        folder = QUrl.fromLocalFile(str(saved.path.parent))
        action = (self.tr("Show in folder"), lambda: QDesktopServices.openUrl(folder))
        message = self.tr("Saved as {name}").format(name=saved.path.name)
        self.banner.show_notice("done", message, "; ".join(saved.warnings), action)

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        self.banner.show_error(failure.error)
        if failure.stage == "open":
            self.view.clear()
            self.body.setCurrentWidget(self.empty_state)
        self._update_controls()

    @Slot()
    def _on_stages_changed(self) -> None:
        under_way = [text for stage, text in _progress_texts() if stage in self._service.stages]
        self.header.set_subtitle(" · ".join(filter(None, (_size_text(self._photo), *under_way))))
        self.set_busy(bool(under_way))


def _size_text(photo: OpenedPhoto | None) -> str:
    return "" if photo is None else f"{photo.image.shape[1]} × {photo.image.shape[0]}"


def _depth_obstacle(photo: OpenedPhoto | None) -> tuple[str, str]:
    """Why no depth map can be opened before the person is found, and what to do."""
    if photo is None:
        return _tr("There is no photo yet"), _tr("a depth map belongs to a photo: open that first")
    return _tr("The person is not found yet"), _tr("try again in a moment")


def _progress_texts() -> tuple[tuple[PhotoStage, str], ...]:
    """What is said of the stages that take long enough to be seen."""
    return (
        ("open", _tr("opening…")),
        ("matte", _tr("finding the person…")),
        ("depth", _tr("reading the depth map…")),
        ("save", _tr("saving at full size…")),
    )


def _no_person_hint(found: FoundMatte) -> str:
    hint = _tr("The photo stays as it is. Try one in which the person is larger or better lit")
    return hint + (_tr(", or set Quality to Fine.") if found.quality == "fast" else ".")


def _tr(text: str) -> str:
    return QCoreApplication.translate("PhotoPage", text)
