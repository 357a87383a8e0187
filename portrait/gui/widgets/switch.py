"""An on/off switch with a text beside it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from portrait.gui.widgets.appearance import accented

TRACK_WIDTH_PX, GAP_PX = 36, 10
_TRACK_HEIGHT_PX, _KNOB_INSET_PX = 20, 3
_FOCUS_PX = 2
_OFF_COLOR = "#85858c"
"""Contrast of at least 3 : 1 to the white knob and to a light or dark window."""


class Switch(QAbstractButton):
    """A switch; its text is part of it, so that a click there works too."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text())  # other scripts may be taller
        width = TRACK_WIDTH_PX + GAP_PX + text.width() + 2 * _FOCUS_PX
        return QSize(width, max(_TRACK_HEIGHT_PX, text.height()) + 2 * _FOCUS_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _TRACK_HEIGHT_PX) / 2
        track = QRectF(_FOCUS_PX, top, TRACK_WIDTH_PX, _TRACK_HEIGHT_PX)
        self._draw_track(painter, track)
        self._draw_knob(painter, track)
        painter.setPen(self.palette().color(self._group(), QPalette.ColorRole.WindowText))
        text_rect = QRectF(self.rect()).adjusted(_FOCUS_PX + TRACK_WIDTH_PX + GAP_PX, 0, 0, 0)
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())

    def _draw_track(self, painter: QPainter, track: QRectF) -> None:
        radius = track.height() / 2
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), _FOCUS_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-1, -1, 1, 1), radius + 1, radius + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._track_color())
        painter.drawRoundedRect(track, radius, radius)

    def _draw_knob(self, painter: QPainter, track: QRectF) -> None:
        radius = track.height() / 2 - _KNOB_INSET_PX
        x = track.right() - track.height() / 2 if self.isChecked() else track.left() + track.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QPointF(x, track.center().y()), radius, radius)

    def _track_color(self) -> QColor:
        """The filling of a primary button when on; when off a grey on which the knob can be seen."""
        if self.isChecked():
            color = accented(self.palette()).color(QPalette.ColorGroup.Active, QPalette.ColorRole.Button)
        else:
            color = QColor(_OFF_COLOR)
        if not self.isEnabled():
            color.setAlphaF(0.4)
        return color

    def _group(self) -> QPalette.ColorGroup:
        return QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
