"""The layer of banners that lies over a page's body: a notice that comes or goes moves nothing else."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from portrait.gui.widgets.notify import Banner

_MARGIN_PX = 8
_LAYOUT_EVENTS = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class NoticeLayer(QWidget):
    """Banners one above the other, at the lower edge of a widget, in front of it.

    At the lower edge they hide neither a head nor the tags of the comparison.

    Parameters
    ----------
    over
        The widget over which the banners lie.
    parent
        Its parent, the page.
    """

    def __init__(self, over: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = over
        self._page = parent
        self._kept_clear: QWidget | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(_MARGIN_PX)
        over.installEventFilter(self)
        self.hide()

    def add_banner(self, banner: Banner) -> None:
        """Add a banner below the others."""
        self._column.addWidget(banner)
        banner.installEventFilter(self)
        banner.changed.connect(self.place)

    def keep_clear(self, widget: QWidget) -> None:
        """Lie above this widget, a row of tools at the lower edge, while it is shown."""
        self._kept_clear = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widgets below."""
        if event.type() in _LAYOUT_EVENTS:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Take the room that the banners need; none while there is no notice."""
        is_needed = any(not banner.isHidden() for banner in self._banners())
        if is_needed:
            room = self._room()
            height_px = min(self._needed_px(room.width()), room.height())
            self.setGeometry(QRect(QPoint(room.left(), room.bottom() + 1 - height_px), QSize(room.width(), height_px)))
            self.raise_()
        self.setVisible(is_needed)

    def _banners(self) -> list[Banner]:
        return self.findChildren(Banner, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def _needed_px(self, width_px: int) -> int:
        self._column.invalidate()  # a banner whose text has changed may have told its layout nothing yet
        return self._column.totalHeightForWidth(width_px)

    def _room(self) -> QRect:
        """The part of the page in which banners may lie."""
        room = self._over.geometry().adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        clear = self._kept_clear
        if clear is not None and clear.isVisible():
            room.setBottom(clear.mapTo(self._page, QPoint()).y() - 1 - 2 * _MARGIN_PX)
        return room
