"""The Photo page: open, compare, adjust, save."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QImage, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from portrait.files.system.os_errors import is_folder
from portrait.gui.photo.clipboard import ClipboardControl
from portrait.gui.photo.crop_frame import CropFrame
from portrait.gui.photo.film_strip import FilmStrip
from portrait.gui.photo.kept_edits import KeptEdits
from portrait.gui.photo.photo_editing import PhotoEditing
from portrait.gui.photo.photo_files import PhotoFiles
from portrait.gui.photo.photo_list import PhotoList
from portrait.gui.photo.photo_notices import PhotoNotices
from portrait.gui.photo.photo_progress import progress_texts, size_text
from portrait.gui.photo.photo_requests import OpenedDepth, PhotoFailure, ShownPhoto, ShownPreview
from portrait.gui.photo.photo_series import PhotoSeries
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.photo.photo_strip import PhotoStrip
from portrait.gui.photo.photo_view import PhotoView
from portrait.gui.photo.projects import Projects, split_projects
from portrait.gui.photo.raw_reading import RawReading
from portrait.gui.photo.save_all_dialog import SaveAllControl
from portrait.gui.photo.saved_portraits import SavedPortraits
from portrait.gui.photo.welcome import Welcome
from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.dialogs import is_video_path
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.page import Page, local_paths
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.gui.widgets.subject_menu import SubjectButton, SubjectMenu
from portrait.language import tr, tr_n

if TYPE_CHECKING:
    from portrait.photo.session import OpenedPhoto


class PhotoPage(Page):
    """Shows one photo at a time, out of those that were opened together.

    `banner` shows notices about the open photo, `save_banner` those about saves and about files that are left out.

    Parameters
    ----------
    service
        The worker behind the page.
    model
        The settings; they decide the look, and format and name of a saved portrait.
    """

    folder_dropped = Signal(object)  # Path
    video_dropped = Signal(object)  # Path
    controls_changed = Signal()  # see `has_matte` and `has_portrait`, and the buttons of `strip`

    def __init__(self, service: PhotoService, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._service, self._model = service, model
        self._photo: OpenedPhoto | None = None
        self._shown = QImage()  # the photo's preview for display
        self.view, self.photos = PhotoView(), PhotoList(service.thumbnails, self)
        self.editing = PhotoEditing(service, self.view, model, self)
        self.series = PhotoSeries(self.photos, self.editing.history, service, model, self)
        self.raw_reading = RawReading(self.photos, service, model, self._on_photo_chosen, self)
        self.empty_state, self.save_banner = Welcome(), Banner()
        self._notices = PhotoNotices(service, model, self.banner, self.save_banner, self)
        self.files, self.portraits = PhotoFiles(self, model, self), SavedPortraits(self.photos, model, self)
        self.clipboard = ClipboardControl(service, model, self.save_banner, self)
        self.crop_frame = CropFrame(service, self.view, model, self)
        self.projects = Projects(self.photos, self.editing.history, model, self.save_banner, service.on_bug, self)
        service.companions.append(self.projects.stop)
        edits_of, saver = self.editing.history.edits_of, service.save_all
        self.save_all = SaveAllControl(self.photos, self.series, edits_of, saver, model, self.save_banner, self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self.header.set_title(tr("Photo"))
        self._update_controls()

    @property
    def photo(self) -> "OpenedPhoto | None":
        """The open photo."""
        return self._photo

    @property
    def has_matte(self) -> bool:
        """Whether the open photo's matte is found, be there a person or not."""
        return self._service.found is not None

    @property
    def has_portrait(self) -> bool:
        """Whether somebody was found: there is a portrait to compare and to save."""
        found = self._service.found
        return found is not None and found.has_person

    @property
    def is_photo_shown(self) -> bool:
        """Whether there is a photo to look at."""
        return self._photo is not None

    def open_photos(self, photos: Sequence[Path]) -> None:
        """Add photos, and those of projects, to what is open, and show the first. One video alone is passed on."""
        videos = [path for path in photos if is_video_path(path)]
        projects, others = split_projects(photos)
        self.photos.add((path for path in others if path not in videos), self.series.current_look())
        for project in projects:
            self.projects.open(project)
        if len(photos) == len(videos) == 1:
            self.video_dropped.emit(videos[0])
        elif videos:
            self._notices.tell_videos(videos, lambda: self.video_dropped.emit(videos[0]))

    @Slot()
    def apply_look_to_all(self) -> None:
        """Give all open photos the look of this one, and say how many have changed."""
        count = self.series.apply_to_all()
        message = tr_n("{n} other photo has this look now", "{n} other photos have this look now", count)
        self.save_banner.show_notice("done", message)

    @Slot()
    def close_photo(self) -> None:
        """Take the open photo off the list, and show its neighbour, or nothing."""
        self.photos.remove(self.photos.index_chosen)
        if self.photos.chosen is None:
            self._notices.begin_photo()
            self.editing.history.open(None)
            self.header.set_title(tr("Photo"))
            self._show_nothing()
            self._on_stages_changed()

    def save_to(self, target: Path, *, embed_original: bool = False) -> None:
        """Render at full size and save, with the photo itself inside on request; progress and result are shown."""
        self.save_banner.clear()
        self._service.save(target, embed_original=embed_original)

    def hold_original(self, is_held: bool) -> None:
        self.view.hold_original(is_held)

    def open_original(self, kept: KeptEdits, photo: Path) -> None:
        """Open the photo that a portrait was made of, with what was kept."""
        self._open(kept.portrait, photo.name, photo)

    def open_depth(self, path: Path) -> None:
        """Blur the photo by a depth map."""
        self.banner.clear()
        self._service.open_depth(path)

    def open_image(self, image: QImage) -> None:
        """Open a pasted image; no photo of the list is chosen then."""
        self.photos.choose(-1)
        self._open(image, tr("Pasted picture"))

    def showEvent(self, event: QShowEvent) -> None:
        self.editing.history.set_active(is_active=True)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.editing.history.set_active(is_active=False)
        super().hideEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        event.acceptProposedAction()
        if len(paths) == 1 and is_folder(paths[0]):
            self.folder_dropped.emit(paths[0])
        else:
            self.open_photos(paths)

    def _make_controls(self) -> None:
        self.strip, self.film = PhotoStrip(self.photos), FilmStrip(self.photos)
        self.looks_button = SymbolButton("looks", tr("Looks"))
        self.looks_button.setToolTip(tr("Ready-made looks, as they are with this photo (L)"))
        self.subject_menu = SubjectMenu(self._service.things.request, self._model, "subject", self)
        self.subject_button = SubjectButton(self.subject_menu)
        self.compare_button = SymbolButton("compare", tr("Compare"))
        self.compare_button.setCheckable(True)
        self.compare_button.setToolTip(tr("Original and portrait side by side (Ctrl+D).\nHold \\ to see the original."))
        self.open_button = SymbolButton("open", tr("Open…"))
        self.open_button.setToolTip(tr("Open photos (Ctrl+O)"))
        self.save_button = SymbolButton("save", tr("Save as…"), is_primary=True)
        self.save_button.setToolTip(tr("Save the portrait at full size (Ctrl+S)"))
        for button in (self.looks_button, self.compare_button, self.open_button, self.save_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click, Space still shows the original

    def _lay_out(self) -> None:
        self.header.add_control(self.strip)
        self.header.add_gap()
        for button in (self.subject_button, self.looks_button, self.compare_button, self.open_button):
            self.header.add_secondary(button)
        self.header.add_control(self.save_button)
        self.notices.add_banner(self.save_banner)
        self.notices.keep_clear(self.editing.bar)
        self.body.addWidget(self.empty_state)
        self.body.addWidget(self._make_desk())

    def _make_desk(self) -> QWidget:
        """The photo, and the row of tools below it."""
        self._desk = QWidget()
        column = QVBoxLayout(self._desk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget, share in ((self.view, 1), (self.editing.bar, 0), (self.film, 0)):
            column.addWidget(widget, share)
        return self._desk

    def _connect(self) -> None:
        self.looks_button.clicked.connect(lambda: self.editing.show_looks(self.looks_button))
        self._service.things.found.connect(self.subject_menu.show_things)
        self.photos.photo_chosen.connect(self._on_photo_chosen)
        self.photos.changed.connect(self.controls_changed)
        self._service.save_all.ended.connect(self.controls_changed)
        self._service.thumbnails.arrived.connect(self.photos.picture_arrived)
        self.compare_button.toggled.connect(self.view.set_split)
        self.open_button.clicked.connect(self.files.choose_photos)
        self.empty_state.open_button.clicked.connect(self.files.choose_photos)
        self.empty_state.sample_wanted.connect(self.files.open_sample)
        self.save_button.clicked.connect(self.files.choose_target)
        self._notices.original_wanted.connect(self.files.find_original)
        self.editing.history.edits_changed.connect(self._notices.on_edited)
        self._service.photo_opened.connect(self._on_photo_opened)
        self._service.matte_found.connect(self._update_controls)
        self._service.depth_opened.connect(self._on_depth_opened)
        self._service.preview_rendered.connect(self._on_preview_rendered)
        self._service.failed.connect(self._on_failed)
        self._service.stages_changed.connect(self._on_stages_changed)

    def _open(self, source: Path | QImage, title: str, original: Path | None = None) -> None:
        """Open a file or an image in place of the open photo, which stays dimmed meanwhile."""
        entry = self.photos.entry(source) if isinstance(source, Path) else None
        self._notices.begin_photo(None if entry is None else entry.save_error)
        self._photo = None
        self.header.set_title(title)
        self.view.dim()
        edits = self.editing.history.open(source if isinstance(source, Path) else None)
        self._service.close()  # a look that comes is none of the photo before
        if entry is not None:
            self.series.show_look(entry)
        self._service.open(source, edits, original, None if entry is None else entry.depth)
        self._update_controls()

    @Slot()
    def _update_controls(self) -> None:
        self.subject_menu.set_image(None if self._photo is None else self._photo.preview.image)
        for button in (self.looks_button, self.compare_button, self.save_button):
            button.setEnabled(self.has_portrait)
        self.controls_changed.emit()

    @Slot(object)
    def _on_photo_chosen(self, photo: Path) -> None:
        self._open(photo, photo.name)

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        self._photo, self._shown = shown.photo, shown.qimage
        if shown.own_path is not None:
            self._model.recent.add(shown.own_path)
        if shown.kept is not None and shown.kept.photo is not None:
            self.header.set_title(shown.kept.photo.name)
        self._update_controls()
        if self.body.currentWidget() is not self._desk:
            self.body.setCurrentWidget(self._desk)
            if self.isVisible():
                self.view.setFocus()

    @Slot(object)
    def _on_depth_opened(self, opened: OpenedDepth) -> None:
        self._model.set_value("depth", "auto")

    @Slot(object)
    def _on_preview_rendered(self, preview: ShownPreview) -> None:
        self.view.set_images(self._shown, preview.qimage)

    @Slot(object)
    def _on_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "open":
            self._show_nothing()
        self._update_controls()

    def _show_nothing(self) -> None:
        """Show the empty page; with other photos open, their row stays."""
        self._photo = None
        self._service.close()
        self.view.clear()
        if self.photos.rowCount() < 2:
            self.body.setCurrentWidget(self.empty_state)
        self._update_controls()

    @Slot()
    def _on_stages_changed(self) -> None:
        under_way = progress_texts(self._service.stages)
        self.header.set_subtitle(" · ".join(filter(None, (size_text(self._photo), *under_way))))
        self.set_busy(bool(under_way))
