"""A widget that shows an image scaled to fit, and its original left of a divider or while a key is held."""

from PySide6.QtCore import QMargins, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from portrait.gui.widgets.appearance import is_dark
from portrait.gui.widgets.divider import Divider, paint_divider
from portrait.language import tr

_MARGIN_PX = 16
_GRAB_RADIUS_PX = 18
_KEY_STEP_FRACTION = 0.02
_FOCUS_PX = 2
_DIM_OPACITY = 0.3
_INK = QColor(255, 255, 255)
_SHADE = QColor(0, 0, 0, 150)


class ImageView(QWidget):
    """Shows a portrait (after) and compares it with its original (before).

    The original is shown everywhere while Space or the mouse button is held, or left of a divider, which is moved by
    dragging it or by the keys Left and Right.

    Parameters
    ----------
    margin_px
        Room around the image.
    """

    divider_moved = Signal(float)
    accessible_role = QAccessible.Role.Graphic

    def __init__(self, parent: QWidget | None = None, *, margin_px: int = _MARGIN_PX) -> None:
        super().__init__(parent)
        self._margin_px = margin_px
        self._before = QImage()
        self._after = QImage()
        self._scaled: dict[int, QPixmap] = {}
        self._is_split = False
        self._is_dim = False
        self._is_original_held = False
        self._is_dragging = False
        self._is_mirrored = False
        self._divider_fraction = 0.5
        self.divider = Divider(self)
        self.divider.moved.connect(self.set_divider)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Picture"))
        self.setAccessibleDescription(tr("Hold Space to see the original."))

    @property
    def divider_fraction(self) -> float:
        """Position of the divider: 0 left edge of the image … 1 right edge."""
        return self._divider_fraction

    @property
    def is_original_held(self) -> bool:
        """Whether the original is shown because a key or button is held."""
        return self._is_original_held

    @property
    def is_mirrored(self) -> bool:
        """Whether left and right are exchanged."""
        return self._is_mirrored

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Exchange left and right of the image and its original, or not."""
        if is_mirrored != self._is_mirrored:
            self._is_mirrored = is_mirrored
            self._scaled.clear()
            self.update()

    def accessible_value(self) -> str:
        """What is seen, for screen readers."""
        if self._before.isNull():
            return tr("No picture")
        if self._is_original_held or self._after.cacheKey() == self._before.cacheKey():
            return tr("Original")
        if self._is_split:
            percent = round(100.0 * self._divider_fraction)
            return tr("Original up to {percent} % of the width, then the portrait", percent=percent)
        return tr("Portrait")

    def set_images(self, before: QImage, after: QImage | None = None) -> None:
        """Show another image and its original; without ``after`` the original alone."""
        self._before = before
        self._after = before if after is None else after
        self._is_dim = False
        self._forget_old_pixmaps()
        self._place_divider()
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.set_images(QImage())

    def dim(self) -> None:
        """Dim the image until another is shown."""
        self._is_dim = True
        self.update()

    def set_split(self, is_split: bool) -> None:
        """Show or hide the divider between original (left) and portrait (right)."""
        self._is_split = is_split
        self.unsetCursor()
        self._place_divider()
        self.update()

    def set_divider(self, fraction: float) -> None:
        """Move the divider to a share of the image's width."""
        self._divider_fraction = min(1.0, max(0.0, fraction))
        self.divider_moved.emit(self._divider_fraction)
        self._place_divider()
        self.update()

    def hold_original(self, is_held: bool) -> None:
        """Show the original everywhere, or no more."""
        self._is_original_held = is_held
        self.update()

    def image_rect(self) -> QRect:
        """Rectangle of the image in the widget, in logical pixels; empty without an image."""
        if self._before.isNull():
            return QRect()
        space = self.rect().marginsRemoved(QMargins(*4 * (self._margin_px,)))
        size = self._before.size().scaled(space.size(), Qt.AspectRatioMode.KeepAspectRatio)
        size = size.expandedTo(QSize(1, 1))
        corner = space.center() - QPoint((size.width() - 1) // 2, (size.height() - 1) // 2)
        return QRect(corner, size)

    def sizeHint(self) -> QSize:
        return QSize(800, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._surround())
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            self._draw_focus(painter)
        if not (rect := self.image_rect()).isEmpty():
            painter.setOpacity(_DIM_OPACITY if self._is_dim else 1.0)
            self._draw_image(painter, rect)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_divider()

    def _place_divider(self) -> None:
        """Keep the control over the handle."""
        rect = self.image_rect()
        seen = rect & self.rect()
        place = QRect(rect.left(), seen.top(), rect.width(), seen.height())
        self.divider.follow(self._divider_fraction, place, is_shown=self._is_split and not seen.isEmpty())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -_KEY_STEP_FRACTION, Qt.Key.Key_Right: _KEY_STEP_FRACTION}
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self.hold_original(True)
        elif self._is_split and key in steps:
            self.set_divider(self._divider_fraction + steps[key])
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.hold_original(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_original(False)  # the release of the key will go elsewhere
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._before.isNull() or not self._compares():
            super().mousePressEvent(event)
        elif self._is_split:
            self._is_dragging = True
            self._drag_to(event.position().x())
        else:
            self.hold_original(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self._drag_to(event.position().x())
        elif self._is_split and self._compares():
            is_near = abs(event.position().x() - self._divider_x()) <= _GRAB_RADIUS_PX
            self.setCursor(Qt.CursorShape.SplitHCursor if is_near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = False
            self.hold_original(False)
        super().mouseReleaseEvent(event)

    def _compares(self) -> bool:
        """Whether a press of the button shows the original, or moves the divider."""
        return True

    def _drag_to(self, x_px: float) -> None:
        rect = self.image_rect()
        if not rect.isEmpty():  # else the image went while the button was down
            self.set_divider((x_px - rect.left()) / rect.width())

    def _divider_x(self) -> float:
        rect = self.image_rect()
        return rect.left() + self._divider_fraction * rect.width()

    def _surround(self) -> QColor:
        """Colour around the image: a neutral grey, so that it does not bias the perception of colours."""
        return QColor("#171718") if is_dark(self.palette()) else QColor("#e3e3e5")

    def _pixmap(self, image: QImage, size: QSize) -> QPixmap:
        """The image scaled to a size in logical pixels; cached."""
        ratio = self.devicePixelRatioF()
        device_size = QSize(round(size.width() * ratio), round(size.height() * ratio))
        pixmap = self._scaled.get(image.cacheKey())
        if pixmap is None or pixmap.size() != device_size:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(device_size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            shown = scaled.transformed(QTransform.fromScale(-1.0, 1.0)) if self._is_mirrored else scaled
            pixmap = QPixmap.fromImage(shown)
            pixmap.setDevicePixelRatio(ratio)
            self._scaled[image.cacheKey()] = pixmap
        return pixmap

    def _forget_old_pixmaps(self) -> None:
        kept = (self._before.cacheKey(), self._after.cacheKey())
        self._scaled = {key: pixmap for key, pixmap in self._scaled.items() if key in kept}

    def _draw_image(self, painter: QPainter, rect: QRect) -> None:
        self._draw_layer(painter, rect, is_before=self._is_original_held)
        if self._is_original_held:
            _draw_tag(painter, rect & self.rect(), tr("Before"), Qt.AlignmentFlag.AlignLeft)
        elif self._is_split:
            self._draw_split(painter, rect)

    def _draw_layer(self, painter: QPainter, rect: QRect, *, is_before: bool) -> None:
        """Draw the original or the portrait."""
        painter.drawPixmap(rect.topLeft(), self._pixmap(self._before if is_before else self._after, rect.size()))

    def _draw_focus(self, painter: QPainter) -> None:
        """Draw a focus frame of our own, for the style's would tint the surround. Shown only for focus by keyboard."""
        painter.setPen(QPen(self.palette().highlight().color(), _FOCUS_PX))
        painter.drawRoundedRect(self.rect().adjusted(_FOCUS_PX, _FOCUS_PX, -_FOCUS_PX, -_FOCUS_PX), 4, 4)

    def _draw_split(self, painter: QPainter, rect: QRect) -> None:
        """Draw the original over the part left of the divider, a tag on both sides, and the divider."""
        x_px = self._divider_x()
        painter.save()
        painter.setClipRect(QRectF(rect.left(), rect.top(), x_px - rect.left(), rect.height()))
        self._draw_layer(painter, rect, is_before=True)
        _draw_tag(painter, rect & self.rect(), tr("Before"), Qt.AlignmentFlag.AlignLeft)
        painter.setClipRect(QRectF(x_px, rect.top(), rect.right() + 1 - x_px, rect.height()))
        _draw_tag(painter, rect & self.rect(), tr("After"), Qt.AlignmentFlag.AlignRight)
        painter.restore()
        paint_divider(painter, rect, rect & self.rect(), x_px)


def _draw_tag(painter: QPainter, rect: QRect, text: str, side: Qt.AlignmentFlag) -> None:
    """Draw a text on a round label in an upper corner of the image."""
    metrics = painter.fontMetrics()
    tag = QRect(0, 0, metrics.horizontalAdvance(text) + 20, metrics.height() + 8)
    tag.moveTop(rect.top() + 12)
    if side == Qt.AlignmentFlag.AlignLeft:
        tag.moveLeft(rect.left() + 12)
    else:
        tag.moveRight(rect.right() - 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADE)
    painter.drawRoundedRect(tag, tag.height() / 2, tag.height() / 2)
    painter.setPen(_INK)
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)
