"""What the three pages have in common: header, banner, a thin bar while a worker is busy, and a body."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from portrait.gui.widgets.notify import Banner
from portrait.gui.widgets.page_header import PageHeader

_BUSY_BAR_PX = 4
_MARGIN_PX = 16


class Page(QWidget):
    """A page of the window.

    Attributes
    ----------
    header, banner
        The top of the page and its door for messages.
    body
        The widgets that take turns in the middle.
    """

    def __init__(self, title: str, subtitle: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = PageHeader(title, subtitle)
        self.banner = Banner()
        self.body = QStackedWidget()
        self._busy_bar = QProgressBar()
        self._busy_bar.setTextVisible(False)
        self._busy_bar.setFixedHeight(_BUSY_BAR_PX)
        self._busy_bar.setAccessibleName(self.tr("Working"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        self._column.setSpacing(8)
        for widget in (self.header, self._busy_bar, self.banner):
            self._column.addWidget(widget)
        self._column.addWidget(self.body, 1)
        self.set_busy(False)
        self.setAcceptDrops(True)

    def insert_above_body(self, widget: QWidget) -> None:
        """Put a widget between the bar and the body."""
        self._column.insertWidget(self._column.count() - 1, widget)

    @property
    def is_busy(self) -> bool:
        """Whether the bar says that a worker is at it."""
        return self._busy_bar.maximum() == 0

    def set_busy(self, is_busy: bool) -> None:
        """Show or hide the moving bar; its room stays, so that the picture does not jump."""
        self._busy_bar.setRange(0, 0 if is_busy else 1)
        policy = self._busy_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._busy_bar.setSizePolicy(policy)
        self._busy_bar.setVisible(is_busy)

    def hold_original(self, is_held: bool) -> None:
        """Show the original for as long as a key is held; a page without a picture ignores it."""


def local_paths(mime: QMimeData) -> Sequence[Path]:
    """The files and folders on this machine that are dragged or pasted."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
