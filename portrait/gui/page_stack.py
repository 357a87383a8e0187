"""The four pages of the window. Photo is there from the start, each other one once it is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from portrait.gui.bridge import Bridge
from portrait.gui.photo.photo_page import PhotoPage
from portrait.gui.widgets.page import Page
from portrait.gui.widgets.settings_model import SettingsModel

if TYPE_CHECKING:  # their modules, and those of the services behind them, are imported with the page
    from portrait.gui.batch.batch_page import BatchPage
    from portrait.gui.live.live_page import LivePage
    from portrait.gui.video.video_page import VideoPage

PageName = Literal["photo", "live", "batch", "video"]
PAGE_NAMES: tuple[PageName, ...] = ("photo", "live", "batch", "video")


class PageStack(QStackedWidget):
    """Shows one page, and makes those that the user never visits not at all.

    Parameters
    ----------
    bridge
        The services behind the pages.
    model
        The settings that all pages share.
    """

    page_made = Signal(str)  # PageName

    def __init__(self, bridge: Bridge, model: SettingsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._model = model
        self._made: dict[PageName, Page] = {}
        self._live: LivePage | None = None
        self._batch: BatchPage | None = None
        self._video: VideoPage | None = None
        self.photo = PhotoPage(bridge.photo, model)
        self._add("photo", self.photo)

    @property
    def live(self) -> "LivePage":
        """The Live page."""
        if self._live is None:
            from portrait.gui.live.live_page import LivePage

            self._live = LivePage(self._bridge.live, self._model)
            self._add("live", self._live)
        return self._live

    @property
    def batch(self) -> "BatchPage":
        """The Batch page."""
        if self._batch is None:
            from portrait.gui.batch.batch_page import BatchPage

            self._batch = BatchPage(self._bridge.batch, self._model)
            self._add("batch", self._batch)
        return self._batch

    @property
    def video(self) -> "VideoPage":
        """The Video page."""
        if self._video is None:
            from portrait.gui.video.video_page import VideoPage

            self._video = VideoPage(self._bridge.video, self._model)
            self._add("video", self._video)
        return self._video

    @property
    def made(self) -> tuple[Page, ...]:
        """The pages that exist."""
        return tuple(self._made.values())

    @property
    def current_name(self) -> PageName:
        """Name of the page that is shown."""
        return next(name for name, page in self._made.items() if page is self.currentWidget())

    @property
    def current(self) -> Page:
        """The page that is shown."""
        return self._made[self.current_name]

    def show_page(self, name: PageName) -> None:
        """Bring a page to the front."""
        page: Page = getattr(self, name)
        self.setCurrentWidget(page)

    def is_made(self, name: PageName) -> bool:
        """Whether the page exists."""
        return name in self._made

    def when_made(self, name: PageName, act: Callable[[], object]) -> None:
        """Call ``act`` as soon as the page exists: now, if it does."""
        if self.is_made(name):
            act()
        else:
            self.page_made.connect(lambda made: act() if made == name else None)

    def _add(self, name: PageName, page: Page) -> None:
        self._made[name] = page
        self.addWidget(page)
        self.page_made.emit(name)
