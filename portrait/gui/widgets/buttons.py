"""Buttons with icons that are redrawn when the palette changes between light and dark."""

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
        Name of the icon; empty: no icon.
    text
        Text on the button.
    is_primary
        Whether it is the main action of its page, and always filled with the accent colour.
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
        """Fill the button with the accent colour, or not."""
        self._is_primary = is_primary
        self._follow_palette()

    @property
    def full_width_px(self) -> int:
        """Width of the button with its text, shown or hidden."""
        hidden_px = self.fontMetrics().horizontalAdvance(self._hidden_text) + _TEXT_GAP_PX if self._hidden_text else 0
        return self.sizeHint().width() + hidden_px

    def set_compact(self, is_compact: bool) -> None:
        """Show the icon alone, with the text as accessible name; or icon and text."""
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
        """Draw a focus frame on a filled button, for the style's frame has the colour of the filling."""
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
        """Take the colours of the application's palette, and draw the icon in them."""
        # A filled button sets the roles of its filling only; all others are inherited and change with the application.
        self.setPalette(accented(QApplication.palette()) if self._is_filled else QPalette())
        if self._symbol:
            self.setIcon(symbolic_icon(self._symbol, self.palette()))


class SymbolToolButton(QToolButton):
    """A flat button with an icon, with or without text."""

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
