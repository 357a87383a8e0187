"""Buttons that follow light and dark."""

from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from portrait.gui.appearance import accented
from portrait.gui.icons import symbolic_icon

_PALETTE_EVENTS = (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange)


class SymbolButton(QPushButton):
    """A push button with an icon; a primary one, the next thing to do on its page, is filled with the accent colour."""

    def __init__(self, symbol: str, text: str, parent: QWidget | None = None, *, is_primary: bool = False) -> None:
        super().__init__(text, parent)
        self._symbol = symbol
        self._is_primary = is_primary
        self._follow_palette()

    def set_symbol(self, symbol: str) -> None:
        """Show another icon."""
        self._symbol = symbol
        self._follow_palette()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _PALETTE_EVENTS:
            self._follow_palette()

    def _follow_palette(self) -> None:
        palette = accented(QApplication.palette()) if self._is_primary else QApplication.palette()
        if self._is_primary and palette != self.palette():
            self.setPalette(palette)
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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _PALETTE_EVENTS:
            self._draw_icon()

    def _draw_icon(self) -> None:
        self.setIcon(symbolic_icon(self._symbol, self.palette()))


class SegmentButton(QPushButton):
    """One of a row of buttons of which one is pressed; that one is filled with the accent colour."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)
        self.toggled.connect(self._follow_palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _PALETTE_EVENTS:
            self._follow_palette()

    @Slot()
    def _follow_palette(self) -> None:
        palette = QApplication.palette()
        wanted = accented(palette) if self.isChecked() else palette
        if wanted != self.palette():
            self.setPalette(wanted)
