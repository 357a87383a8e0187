"""The placeholder of an empty page: what the page is for and what to do."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from portrait.gui.widgets.icons import symbolic_pixmap

_ICON_PX = 72


class EmptyState(QWidget):
    """A large pale icon, a title, one sentence and buttons, centred on the page."""

    def __init__(self, symbol: str, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._symbol = symbol
        self._icon = QLabel()
        self._icon.setAccessibleName(title)
        self._title = QLabel(title)
        self._text = QLabel(text)
        self._buttons = QHBoxLayout()
        self._style_texts()
        self._lay_out()
        self._draw_icon()

    @property
    def title(self) -> str:
        """The title."""
        return self._title.text()

    def set_texts(self, title: str, text: str) -> None:
        """Show another title and sentence."""
        self._title.setText(title)
        self._icon.setAccessibleName(title)
        self._text.setText(text)

    def add_button(self, button: QWidget) -> None:
        """Add a button to the row below the text."""
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    def add_below(self, item: QWidget | QLayout) -> None:
        """Add a row below the buttons."""
        place = self._column.count() - 1  # before the stretch
        if isinstance(item, QWidget):
            self._column.insertWidget(place, item)
        else:
            self._column.insertLayout(place, item)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        color = self.palette().color(QPalette.ColorRole.PlaceholderText)
        color.setAlpha(255)
        self._icon.setPixmap(symbolic_pixmap(self._symbol, color, _ICON_PX, self.devicePixelRatioF()))

    def _style_texts(self) -> None:
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self._title.setFont(font)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for label in (self._icon, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setWordWrap(True)

    def _lay_out(self) -> None:
        self._buttons.setSpacing(8)
        self._buttons.addStretch(1)
        self._buttons.insertStretch(0, 1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self._icon, self._title, self._text):
            column.addWidget(label)
        column.addSpacing(12)
        column.addLayout(self._buttons)
        column.addStretch(3)
