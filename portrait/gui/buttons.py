"""Buttons that follow light and dark."""

from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from portrait.gui.appearance import accented
from portrait.gui.icons import symbolic_icon

_PALETTE_EVENTS = (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange)


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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _PALETTE_EVENTS:
            self._follow_palette()

    @Slot()
    def _follow_palette(self) -> None:
        palette = QApplication.palette()
        if self._is_primary or self.isChecked():
            palette = accented(palette)
        if palette != self.palette():
            self.setPalette(palette)
        if self._symbol:
            self.setIcon(symbolic_icon(self._symbol, palette))


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
        if event.type() in _PALETTE_EVENTS:
            self._draw_icon()

    def _draw_icon(self) -> None:
        self.setIcon(symbolic_icon(self._symbol, self.palette()))
