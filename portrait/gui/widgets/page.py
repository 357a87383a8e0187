"""Base class of the four pages: header, progress bar, banner and body."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from portrait.gui.widgets.appearance import show_busy
from portrait.gui.widgets.notice_layer import NoticeLayer
from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.page_header import PageHeader
from portrait.language import tr

_BUSY_BAR_PX = 4
_MARGIN_PX = 16


class Page(QWidget):
    """A page of the window.

    Parameters
    ----------
    covers_body
        Whether notices lie over the body; else they take room below it.

    Attributes
    ----------
    header, banner, notices
        Title with controls, notices to the user, and the layer in which they lie over the body.
    body
        Stack of widgets, of which one is shown.
    """

    def __init__(self, title: str, subtitle: str, parent: QWidget | None = None, *, covers_body: bool = True) -> None:
        super().__init__(parent)
        self.header = PageHeader(title, subtitle)
        self.banner = Banner()
        self.body = QStackedWidget()
        self._busy_bar = QProgressBar()
        self._busy_bar.setTextVisible(False)
        self._busy_bar.setFixedHeight(_BUSY_BAR_PX)
        self._busy_bar.setAccessibleName(tr("Working"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        self._column.setSpacing(8)
        for widget in (self.header, self._busy_bar):
            self._column.addWidget(widget)
        self._column.addWidget(self.body, 1)
        self.notices = NoticeLayer(self.body, self)
        if covers_body:
            self.notices.add_banner(self.banner)
        else:
            self._column.addWidget(self.banner)
        self.set_busy(False)
        self.setAcceptDrops(True)

    def insert_above_body(self, widget: QWidget) -> None:
        """Insert a widget above the body."""
        self._column.insertWidget(self._column.indexOf(self.body), widget)

    def add_below_body(self, widget: QWidget) -> None:
        """Add a widget below the body."""
        self._column.addWidget(widget)

    @property
    def is_busy(self) -> bool:
        """Whether the progress bar is shown."""
        return self._is_busy

    def set_busy(self, is_busy: bool) -> None:
        """Show or hide the progress bar; it keeps its room, so that the body does not move."""
        self._is_busy = is_busy
        show_busy(self._busy_bar, is_busy)
        policy = self._busy_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._busy_bar.setSizePolicy(policy)
        self._busy_bar.setVisible(is_busy)

    def hold_original(self, is_held: bool) -> None:
        """Show the original while a key is held; a page without an image does nothing."""


def local_paths(mime: QMimeData) -> Sequence[Path]:
    """Paths of the local files and folders in dragged or pasted data."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
