"""The row of the open photos below the picture: thumbnails with marks for edited, saved and failed."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from portrait.gui.photo.photo_list import ITEM_SIZE, EditedRole, FailedRole, PhotoList, SavedRole
from portrait.gui.widgets.field_editors import ignore_page_keys
from portrait.gui.widgets.icons import symbolic_pixmap
from portrait.gui.widgets.notify import notice_color
from portrait.language import tr

_PADDING_PX, _MARK_PX, _FRAME_PX = 5, 16, 2
_RING_ALPHA = 110  # of the ring around a mark, which is to be seen on dark and light thumbnails
_Index = QModelIndex | QPersistentModelIndex


class FilmStrip(QListView):
    """A view of a `PhotoList`; a click, or a key, chooses a photo. Hidden while there are fewer than two."""

    menu_wanted = Signal(object)  # QMenu, to be filled before it is shown

    def __init__(self, photos: PhotoList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos = photos
        self.setModel(photos)
        self.setItemDelegate(FilmDelegate(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setFixedHeight(ITEM_SIZE.height() + 2 * self.spacing() + self.horizontalScrollBar().sizeHint().height())
        ignore_page_keys(self)
        self.setAccessibleName(tr("Open photos"))
        self.setAccessibleDescription(tr("Left and Right choose a photo, Page Up and Page Down from anywhere."))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        photos.changed.connect(self._follow)
        self._follow()

    def minimumSizeHint(self) -> QSize:
        return QSize(ITEM_SIZE.width(), self.height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the chosen photo, by the right button or the menu key."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu)
        menu.popup(event.globalPos())

    @Slot()
    def _follow(self) -> None:
        """Show the chosen photo as the current one."""
        self.setVisible(self._photos.rowCount() > 1)
        index = self._photos.index(self._photos.index_chosen)
        if index != self.currentIndex() or not self.selectionModel().isSelected(index):
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.scrollTo(index)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and current.row() != self._photos.index_chosen:
            self._photos.choose(current.row())


class FilmDelegate(QStyledItemDelegate):
    """Paints a thumbnail, its marks, and a frame around the chosen one."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        view = option.widget
        rect: QRect = option.rect.adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        place = self._draw_picture(painter, rect, picture, view, index.data())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(view.palette().highlight().color(), _FRAME_PX + 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 5, 5)
        self._draw_marks(painter, place, index, view)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return ITEM_SIZE

    def _draw_picture(self, painter: QPainter, rect: QRect, picture: QPixmap | None, view: QWidget, name: str) -> QRect:
        """Draw the thumbnail, or a grey field with the photo's name where there is none; where it was drawn."""
        if picture is None or picture.isNull():
            field = view.palette().midlight().color()
            painter.fillRect(rect, field)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width() - 2 * _PADDING_PX)
            painter.setPen(QColor(Qt.GlobalColor.black if field.lightnessF() > 0.5 else Qt.GlobalColor.white))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)
            return rect
        size = picture.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(rect.center())
        painter.drawPixmap(place, picture)
        return place

    def _draw_marks(self, painter: QPainter, place: QRect, index: _Index, view: QWidget) -> None:
        """Draw round marks in the lower right corner, each with a symbol of its own."""
        palette, left = view.palette(), place.right() - _MARK_PX - 2
        marks = ((FailedRole, "error", "error"), (SavedRole, "done", "done"), (EditedRole, "brush-add", "info"))
        for role, symbol, kind in marks:
            if not index.data(role):
                continue
            mark = QRect(left, place.bottom() - _MARK_PX - 2, _MARK_PX, _MARK_PX)
            ring = QColor(palette.windowText().color())
            ring.setAlpha(_RING_ALPHA)
            painter.setPen(QPen(ring, 1))
            painter.setBrush(palette.window())
            painter.drawEllipse(mark.adjusted(-1, -1, 1, 1))
            color = notice_color(kind, palette)  # type: ignore[arg-type]  # the three above are kinds
            ratio = view.devicePixelRatioF()
            painter.drawPixmap(mark.adjusted(1, 1, -1, -1), symbolic_pixmap(symbol, color, _MARK_PX - 2, ratio))
            left -= _MARK_PX + 4
