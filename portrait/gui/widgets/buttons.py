"""Buttons that follow light and dark."""

from PySide6.QtCore import QEvent, QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from portrait.gui.widgets.appearance import accented
from portrait.gui.widgets.icons import symbolic_icon

_TEXT_GAP_PX = 4  # between icon and text
_FOCUS_INSET_PX, _FOCUS_WIDTH_PX, _FOCUS_RADIUS_PX = 3.5, 1.5, 2.0


class SymbolButton(QPushButton):
    """A push button with an icon, filled with the accent colour while it is checked.

    Parameters
    ----------
    symbol
        Name of the icon; none where it is empty.
    text
        As shown.
    is_primary
        The next thing to do on its page: filled with the accent colour all the time.
    """

    def __init__(self, symbol: str, text: str, parent: QWidget | None = None, *, is_primary: bool = False) -> None:
        super().__init__(text, parent)
        self._symbol = symbol
        self._is_primary = is_primary
        self._hidden_text = ""
        self.toggled.connect(self._follow_palette)
        self._follow_palette()

    def set_symbol(self, symbol: str) -> None:
        """Show another icon."""
        self._symbol = symbol
        self._follow_palette()

    def set_primary(self, is_primary: bool) -> None:
        """Fill it with the accent colour, or no more."""
        self._is_primary = is_primary
        self._follow_palette()

    @property
    def full_width_px(self) -> int:
        """Its width with its text, shown or not."""
        hidden_px = self.fontMetrics().horizontalAdvance(self._hidden_text) + _TEXT_GAP_PX if self._hidden_text else 0
        return self.sizeHint().width() + hidden_px

    def set_compact(self, is_compact: bool) -> None:
        """Show the icon alone, with the text as its name; or both again."""
        if is_compact == bool(self._hidden_text):
            return
        text = self._hidden_text or self.text()
        self._hidden_text = text if is_compact else ""
        self.setText("" if is_compact else text)
        self.setAccessibleName(text if is_compact else "")
        self.setToolTip(self.toolTip() or text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._follow_palette()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Add a frame to a filled button that has the focus: the style's own has the colour of the filling."""
        super().paintEvent(event)
        if not (self._is_filled and self.hasFocus()):
            return
        inset = _FOCUS_INSET_PX
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().buttonText(), _FOCUS_WIDTH_PX))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), _FOCUS_RADIUS_PX, _FOCUS_RADIUS_PX
        )

    @property
    def _is_filled(self) -> bool:
        return self._is_primary or self.isChecked()

    @Slot()
    def _follow_palette(self) -> None:
        # A button has no colours of its own but those of its filling: it takes over the others as they change.
        self.setPalette(accented(QApplication.palette()) if self._is_filled else QPalette())
        if self._symbol:
            self.setIcon(symbolic_icon(self._symbol, self.palette()))


class SymbolToolButton(QToolButton):
    """A flat button of an icon, with or without text."""

    def __init__(self, symbol: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._symbol = symbol
        self.setText(name)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setAutoRaise(True)
        self._draw_icon()

    def set_symbol(self, symbol: str) -> None:
        """Show another icon."""
        self._symbol = symbol
        self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        self.setIcon(symbolic_icon(self._symbol, self.palette()))
