"""The window: four pages, the options beside them, and keys. `portrait.gui.menus` adds the menus."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QWidget

from portrait.core.render.look import NOT_LIVE
from portrait.errors import PortraitError, SettingsError
from portrait.gui.application_object import APP_NAME
from portrait.gui.bridge import Bridge, OpenedModel
from portrait.gui.delayed_close import DelayedClose
from portrait.gui.options_panel import FOLDER_KEYS, LIVE_KEYS, PHOTO_KEYS, WINDOW_KEYS, OptionsPanel
from portrait.gui.page_stack import PAGE_NAMES, PageName, PageStack
from portrait.gui.photo.photo_page import PhotoPage
from portrait.gui.photo.photo_requests import PhotoFailure, ShownPhoto, ShownPreview
from portrait.gui.rail import Rail
from portrait.gui.widgets.icons import app_icon
from portrait.gui.widgets.page import Page
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import tr
from portrait.settings import Settings

if TYPE_CHECKING:
    from portrait.core.lens.thin_lens import Lens
    from portrait.gui.batch.batch_page import BatchPage
    from portrait.gui.live.live_page import LivePage
    from portrait.gui.video.video_page import VideoPage

_DEFAULT_SIZE = QSize(1320, 820)
"""Room for the names of the tools below the photo."""
_FRAME_ROOM = QSize(16, 48)
"""Room for the frame that the system draws around a window, whose size is unknown before the window is shown."""
_GEOMETRY_KEY = "window/geometry"
_LIVE_PAGES: tuple[PageName, ...] = ("live", "video")
_HIDDEN_KEYS: dict[PageName, tuple[str, ...]] = {
    "photo": (*FOLDER_KEYS, *LIVE_KEYS),
    "live": PHOTO_KEYS,
    "batch": (*WINDOW_KEYS, *LIVE_KEYS),
    "video": PHOTO_KEYS,
}
"""Settings that a page does not have."""
_log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """The main window, with the pages Photo, Live, Batch and Video.

    Parameters
    ----------
    bridge
        The services behind the pages; the window shuts them down when it closes.
    model
        The settings that all pages share.
    state
        Store of the window's position and size, and of the folders last used.
    keep_settings
        Called with the settings when the window closes.
    """

    page_shown = Signal()  # see `current_page`

    def __init__(
        self, bridge: Bridge, model: SettingsModel, state: QSettings, keep_settings: Callable[[Settings], None]
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._model = model
        self._state = state
        self._keep_settings = keep_settings
        self.pages = PageStack(bridge, model)
        self.options_panel = OptionsPanel(model)
        self._engine_error: PortraitError | None = None
        self._photo_lens: Lens | None = None
        self.setWindowTitle(APP_NAME)
        self.setWindowIcon(app_icon())
        self._lay_out()
        self._delayed_close = DelayedClose(self, (self.menuBar(), self._content), self.photo_page, bridge.photo)
        self._is_asking = True
        self._connect()
        self._restore_geometry()
        model.folders.load(state)
        model.recent.load(state)
        self.show_page("photo")

    @property
    def model(self) -> SettingsModel:
        """The settings that all pages share."""
        return self._model

    @property
    def engine_text(self) -> str:
        """Name of the model and of what it runs on."""
        return self.options_panel.model_text

    @property
    def photo_page(self) -> PhotoPage:
        """The Photo page."""
        return self.pages.photo

    @property
    def live_page(self) -> "LivePage":
        """The Live page, which is made now if it was not before; so are the next two."""
        return self.pages.live

    @property
    def batch_page(self) -> "BatchPage":
        """The Batch page."""
        return self.pages.batch

    @property
    def video_page(self) -> "VideoPage":
        """The Video page."""
        return self.pages.video

    @property
    def current_page(self) -> Page:
        """The page that is shown."""
        return self.pages.current

    def show_page(self, name: PageName) -> None:
        """Bring a page to the front, with the options that apply to it."""
        self.current_page.hold_original(False)
        self.rail.set_current(PAGE_NAMES.index(name))
        self.pages.show_page(name)
        self.options_panel.hide_settings(_HIDDEN_KEYS[name])
        self.options_panel.refuse_backgrounds(NOT_LIVE if name in _LIVE_PAGES else ())
        self._show_lens()
        self._name_model()
        self.page_shown.emit()

    def open_photos(self, photos: Sequence[Path]) -> None:
        """Open photos on the Photo page."""
        self.show_page("photo")
        self.photo_page.open_photos(photos)

    @Slot(object)
    def open_video(self, path: Path) -> None:
        """Choose a video on the Video page."""
        self.show_page("video")
        self.video_page.set_video(path)

    @Slot()
    def close_unasked(self) -> None:
        """Close the window once all saves are written, without a question."""
        self._is_asking = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        # Stay open while portraits are being saved, and where changes by hand shall not be lost.
        if not self._delayed_close.may_close(is_asking=self._is_asking):
            self.show_page("photo")
            event.ignore()
            return
        # Hide at once, keep the settings, and end the workers, which may take a moment.
        self.hide()
        if self.pages.is_made("live"):
            self.live_page.picture.set_floating(False)
        try:
            self._state.setValue(_GEOMETRY_KEY, self.saveGeometry())
            self._model.folders.keep(self._state)
            self._model.recent.keep(self._state)
            self._keep_settings(self._model.settings)
        except SettingsError as exc:
            _log.warning("%s", exc)
        finally:
            self._bridge.shutdown()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys that the focused widget did not use."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Backslash):
            self.current_page.hold_original(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Space, Qt.Key.Key_Backslash):
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.current_page.hold_original(False)

    def _lay_out(self) -> None:
        # The bar of pages, and the stack of pages.
        self.rail = Rail(
            (
                ("photo", tr("Photo"), tr("Portraits of single photos (Ctrl+1)")),
                ("live", tr("Live"), tr("Webcam or video (Ctrl+2)")),
                ("batch", tr("Batch"), tr("A whole folder of photos (Ctrl+3)")),
                ("film", tr("Video"), tr("Portrait of a video file (Ctrl+4)")),
            )
        )
        # From left to right: bar, page, options.
        self._content = QWidget()
        row = QHBoxLayout(self._content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.pages, 1)
        row.addWidget(_vertical_line())
        row.addWidget(self.options_panel)
        self.setCentralWidget(self._content)

    def _connect(self) -> None:
        self.rail.page_chosen.connect(self._on_page_chosen)
        self._model.changed.connect(self._on_settings_changed)
        self.photo_page.folder_dropped.connect(self._on_folder_dropped)
        self.photo_page.video_dropped.connect(self.open_video)
        self.pages.page_made.connect(self._on_page_made)
        self.photo_page.empty_state.webcam_wanted.connect(lambda: self.show_page("live"))
        self._bridge.photo.photo_opened.connect(self._on_photo_opened)
        self._bridge.photo.preview_rendered.connect(self._on_preview_rendered)
        self._bridge.photo.failed.connect(self._on_photo_failed)
        self._bridge.model_opened.connect(self._on_model_opened)
        self._bridge.engine_failed.connect(self._on_engine_failed)

    def _restore_geometry(self) -> None:
        geometry = self._state.value(_GEOMETRY_KEY)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(_DEFAULT_SIZE.boundedTo(self.screen().availableGeometry().size() - _FRAME_ROOM))

    @Slot(int)
    def _on_page_chosen(self, index: int) -> None:
        self.show_page(PAGE_NAMES[index])

    @Slot(str)
    def _on_page_made(self, name: PageName) -> None:
        """Have a new page tell what it does, and what the others were told before."""
        if name == "live":
            self.live_page.running_changed.connect(partial(self._show_activity, name))
        elif name == "video":
            self.video_page.running_changed.connect(partial(self._show_activity, name))
        if self._engine_error is not None:
            self.pages.made[-1].banner.show_error(self._engine_error)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        self._bridge.set_settings(settings)
        self._name_model()

    def _name_model(self) -> None:
        """Have the model named that the shown page uses."""
        settings, is_live = self._model.settings, self.pages.current_name in _LIVE_PAGES
        self._bridge.name_model_of(settings.live_quality if is_live else settings.quality)

    def _show_activity(self, name: PageName, is_running: bool) -> None:
        self.rail.button(PAGE_NAMES.index(name)).set_activity(tr("running") if is_running else "")

    @Slot(object)
    def _on_preview_rendered(self, preview: ShownPreview) -> None:
        self._photo_lens = preview.lens
        self._show_lens()

    @Slot(object)
    def _on_photo_opened(self, shown: ShownPhoto) -> None:
        self._photo_lens = None
        self._show_lens()

    @Slot(object)
    def _on_photo_failed(self, failure: PhotoFailure) -> None:
        if failure.stage == "open":
            self._photo_lens = None
            self._show_lens()

    def _show_lens(self) -> None:
        """Show the automatic lens values of the open photo; other pages have different ones for each image."""
        self.options_panel.show_lens(self._photo_lens if self.current_page is self.photo_page else None)

    @Slot(object)
    def _on_folder_dropped(self, folder: Path) -> None:
        self.show_page("batch")
        self.batch_page.set_input_folder(folder)

    @Slot(object)
    def _on_model_opened(self, model: OpenedModel) -> None:
        text = f"{model.name} · {model.provider.upper()}"
        self.options_panel.set_model_text("\n".join(filter(None, (text, model.reason))))

    @Slot(object)
    def _on_engine_failed(self, error: PortraitError) -> None:
        self.options_panel.set_model_text(tr("No model"))
        self._engine_error = error
        for page in self.pages.made:
            page.banner.show_error(error)


def _vertical_line() -> QFrame:
    line = QFrame()
    line.setFixedWidth(1)
    line.setAutoFillBackground(True)
    line.setBackgroundRole(QPalette.ColorRole.Midlight)
    return line
