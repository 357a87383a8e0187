"""The top of a page: title and subtitle on the left, controls on the right."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from portrait.gui.widgets.buttons import SymbolButton

_SEPARATOR = " · "
_LINE_GAP_PX = 2
_TITLE_CHARACTERS = 18  # room for the title, at the expense of the buttons' texts


class ElidedLabel(QLabel):
    """One line of text, elided in the middle if it is too long, so that both ends of a file name stay legible."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self._cut(painter.fontMetrics())
        painter.drawText(self.contentsRect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, text)

    def _cut(self, metrics: QFontMetrics) -> str:
        return metrics.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.contentsRect().width())


class FiguresLabel(ElidedLabel):
    """One line of figures separated by dots; if too long, the last ones are left out, for half a figure is wrong."""

    @property
    def shown_text(self) -> str:
        """The part of the text that fits."""
        return self._cut(self.fontMetrics())

    def _cut(self, metrics: QFontMetrics) -> str:
        parts = self.text().split(_SEPARATOR)
        while len(parts) > 1 and metrics.horizontalAdvance(_SEPARATOR.join(parts)) > self.width():
            parts.pop()
        return metrics.elidedText(_SEPARATOR.join(parts), Qt.TextElideMode.ElideRight, self.width())


class PageHeader(QWidget):
    """Title, subtitle and controls. If the title has too little room, secondary buttons show their icons alone."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controls: list[QWidget] = []
        self._secondary: list[SymbolButton] = []
        self._title = ElidedLabel(title)
        self._subtitle = FiguresLabel(subtitle)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self._title.setFont(font)
        # The controls stay where they are when the second line comes, whatever letters it has.
        for label in (self._title, self._subtitle):
            label.setFixedHeight(max(label.sizeHint().height(), label.fontMetrics().lineSpacing()) + 1)
        self.setMinimumHeight(self._title.height() + _LINE_GAP_PX + self._subtitle.height())
        self._subtitle.setVisible(bool(subtitle))
        self._subtitle.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        texts = QVBoxLayout()
        texts.setSpacing(_LINE_GAP_PX)
        texts.addStretch(1)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        texts.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addLayout(texts, 1)

    @property
    def title(self) -> str:
        """The title."""
        return self._title.text()

    @property
    def subtitle(self) -> str:
        """The line below the title."""
        return self._subtitle.text()

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)
        self._title.setToolTip(title)
        self._fit()

    def set_subtitle(self, subtitle: str) -> None:
        """Show another line below the title."""
        self._subtitle.setText(subtitle)
        self._subtitle.setToolTip(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    @property
    def shown_subtitle(self) -> str:
        """The part of the subtitle that fits."""
        return self._subtitle.shown_text

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Fit the buttons again when a control is added, removed or resized."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def add_control(self, control: QWidget) -> None:
        """Add a control at the right end."""
        self._controls.append(control)
        self._row.addWidget(control)

    def add_secondary(self, button: SymbolButton) -> None:
        """Add a button at the right end whose text may be hidden."""
        self._secondary.append(button)
        self.add_control(button)

    def add_gap(self) -> None:
        """Add space between the controls so far and the next ones."""
        self._row.addSpacing(8)

    def _fit(self) -> None:
        """Show the texts of the secondary buttons if there is room for them and the title, else their icons alone."""
        shown = [control for control in self._controls if not control.isHidden()]
        needed_px = sum(_full_width_px(control) + self._row.spacing() for control in shown)
        metrics = self._title.fontMetrics()
        title_px = min(metrics.horizontalAdvance(self.title), _TITLE_CHARACTERS * metrics.averageCharWidth())
        for button in self._secondary:
            button.set_compact(needed_px + title_px > self.width())


def _full_width_px(control: QWidget) -> int:
    """Width of a control with its text, shown or hidden."""
    return control.full_width_px if isinstance(control, SymbolButton) else control.sizeHint().width()
