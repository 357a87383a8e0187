"""The bar at the left of the window: one button for each page, with a dot while the page is active."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from portrait.gui.widgets.appearance import is_dark
from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.gui.widgets.notify import notice_color

_LEAST_WIDTH_PX = 84
_ICON_PX = 26
_DOT_PX = 9


class Rail(QWidget):
    """An exclusive group of buttons, one for each page.

    Parameters
    ----------
    entries
        Symbol, name and tooltip of each page.
    """

    page_chosen = Signal(int)

    def __init__(self, entries: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 14, 8, 14)
        column.setSpacing(6)
        for index, (symbol, name, tooltip) in enumerate(entries):
            button = self._make_button(symbol, name, tooltip)
            self._group.addButton(button, index)
            column.addWidget(button)
        column.addStretch(1)
        self._group.idClicked.connect(self.page_chosen)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(_LEAST_WIDTH_PX, hint.width()), hint.height())

    def button(self, index: int) -> "RailButton":
        """The button of a page."""
        button = self._group.button(index)
        if not isinstance(button, RailButton):
            raise IndexError(f"no page {index}")
        return button

    def set_current(self, index: int) -> None:
        """Check the button of a page."""
        self.button(index).setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        window = self.palette().window().color()
        painter.fillRect(self.rect(), window.darker(114) if is_dark(self.palette()) else window.darker(104))

    def _make_button(self, symbol: str, name: str, tooltip: str) -> "RailButton":
        button = RailButton(symbol, name)
        button.setToolTip(tooltip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        button.setCheckable(True)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setMinimumHeight(58)
        return button


class RailButton(SymbolToolButton):
    """The button of a page, with an optional dot."""

    def __init__(self, symbol: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(symbol, name, parent)
        self._activity = ""

    def set_activity(self, activity: str) -> None:
        """Show a dot, which ``activity`` describes for screen readers; an empty text removes it."""
        self._activity = activity
        self.setAccessibleName(f"{self.text()}, {activity}" if activity else self.text())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._activity:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(notice_color("error", self.palette()))
        painter.drawEllipse(QPointF(self.width() / 2 + _ICON_PX / 2 + 2, _DOT_PX), _DOT_PX / 2, _DOT_PX / 2)
