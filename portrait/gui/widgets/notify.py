"""Messages to the user: a banner for notices and errors, a dialog for bugs."""

import platform
import traceback
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QSizePolicy, QVBoxLayout, QWidget

import portrait
from portrait.errors import PortraitError
from portrait.files.system.private_paths import hide_private_paths
from portrait.gui.widgets.accessibility import announce_alert
from portrait.gui.widgets.appearance import is_dark
from portrait.gui.widgets.buttons import SymbolToolButton
from portrait.gui.widgets.icons import symbolic_pixmap
from portrait.language import mark, tr

NoticeKind = Literal["info", "done", "warning", "error"]

_COLORS: dict[NoticeKind, tuple[str, str]] = {  # on light, on dark
    "info": ("#2c67d1", "#7aa8ff"),
    "done": ("#1d7f4a", "#5fd08f"),
    "warning": ("#a05f00", "#f0b753"),
    "error": ("#c02a2f", "#ff7f80"),
}
_NAMES: dict[NoticeKind, str] = {
    "info": mark("Notice"),
    "done": mark("Done"),
    "warning": mark("Warning"),
    "error": mark("Error"),
}
_ICON_PX = 22
_LEAST_TEXT_WIDTH_PX = 160


def notice_color(kind: NoticeKind, palette: QPalette) -> QColor:
    """Colour of a kind of notice, legible on the window colour of this palette."""
    return QColor(_COLORS[kind][is_dark(palette)])


def as_sentence(text: str) -> str:
    """Capitalise a message, unless it begins with a file name."""
    first_word = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first_word.isalpha() else text


class Banner(QFrame):
    """A notice on a page: a message, a hint what to do, and at most one button for it."""

    changed = Signal()
    """Another notice is shown, or none."""
    closed = Signal()
    accessible_role = QAccessible.Role.AlertMessage

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: NoticeKind | None = None
        self._action: Callable[[], object] | None = None
        self._icon = QLabel()
        self._message = _WrappingLabel()
        self._hint = _WrappingLabel()
        self._button = QPushButton()
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.hide()
        self._button.clicked.connect(self._on_action_clicked)
        self._close = SymbolToolButton("close", tr("Close this message"))
        self._close.clicked.connect(self.clear)
        font = self._message.font()
        font.setBold(True)
        self._message.setFont(font)
        self._lay_out()
        self.hide()

    @property
    def text(self) -> str:
        """Message and hint; empty without a notice."""
        return "\n".join(filter(None, (self._message.full_text, self._hint.full_text)))

    @property
    def kind(self) -> NoticeKind | None:
        """Kind of the notice shown; None without one."""
        return self._kind

    def show_error(self, error: PortraitError) -> None:
        """Show an error's message and hint."""
        self.show_notice("error", error.message, error.hint)

    def show_notice(
        self,
        kind: NoticeKind,
        message: str,
        hint: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Show a notice in place of the previous one; ``action`` is the text of a button and the function it calls."""
        self._kind = kind
        self._message.set_full_text(as_sentence(message))
        self._hint.set_full_text(as_sentence(hint))
        self._hint.setVisible(bool(hint))
        self._action = None if action is None else action[1]
        self._button.setVisible(action is not None)
        self._button.setText("" if action is None else action[0])
        self._draw_icon()
        self._icon.setAccessibleName(tr(_NAMES[kind]))
        self.setAccessibleName(self.text)
        self.show()
        announce_alert(self)
        self.changed.emit()

    @Slot()
    def clear(self) -> None:
        """Remove the notice, if there is one."""
        if self._kind is None:
            return
        self._kind = None
        self._message.set_full_text("")
        self._hint.set_full_text("")
        self._action = None
        self.hide()
        self.changed.emit()
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._kind is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = notice_color(self._kind, self.palette())
        edge, fill = QColor(color), QColor(color)
        edge.setAlphaF(0.45)
        fill.setAlphaF(0.12)
        painter.setPen(QPen(edge, 1))
        for brush in (self.palette().color(QPalette.ColorRole.Window), fill):  # opaque, for a picture may lie below
            painter.setBrush(brush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 8, 8)

    @Slot()
    def _on_action_clicked(self) -> None:
        if self._action is not None:
            self._action()

    def _draw_icon(self) -> None:
        if self._kind is not None:
            color = notice_color(self._kind, self.palette())
            self._icon.setPixmap(symbolic_pixmap(self._kind, color, _ICON_PX, self.devicePixelRatioF()))

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)


class BugReporter(QObject):
    """Shows a dialog about a bug, with a report to copy; one dialog at a time."""

    def __init__(self, parent_window: Callable[[], QWidget | None]) -> None:
        super().__init__()
        self._parent_window = parent_window
        self._dialog: QMessageBox | None = None
        self._report = ""

    @property
    def dialog(self) -> QMessageBox | None:
        """The open dialog; None if there is none."""
        return self._dialog

    @Slot(object)
    def on_bug_found(self, error: BaseException) -> None:
        """Open the dialog, unless one is open. Does not log the bug; the caller does."""
        if self._dialog is None:  # a bug in a paint event is raised again at every repaint
            self._report = bug_report(error)
            self._open(tr("Something went wrong in Portrait."))

    def offer_crash(self, trace: str) -> None:
        """Open the dialog about an earlier run that ended in native code; ``trace`` as `faulthandler` wrote it."""
        self._report = _report(trace)
        self._open(tr("Portrait ended unexpectedly when it last ran."))

    def _open(self, text: str) -> None:
        dialog = QMessageBox(self._parent_window())
        dialog.setIcon(QMessageBox.Icon.Critical)
        dialog.setWindowTitle(tr("Something went wrong"))
        dialog.setText(text)
        dialog.setInformativeText(tr("Your photos are untouched. Please copy the report and send it to us."))
        dialog.setDetailedText(self._report)
        copy = dialog.addButton(tr("Copy report"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._on_copy_clicked)
        dialog.addButton(QMessageBox.StandardButton.Close)
        dialog.setDefaultButton(copy)
        dialog.finished.connect(self._on_dialog_finished)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._report)

    @Slot()
    def _on_dialog_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


def bug_report(error: BaseException) -> str:
    """The report of a bug, for us and so in English: versions and traceback, no names of users, folders and photos."""
    return _report("".join(traceback.format_exception(error)))


def _report(trace: str) -> str:
    versions = (
        f"Portrait {portrait.__version__}, Python {platform.python_version()}, Qt {qVersion()}, "  # not shown
        f"{platform.platform()}"
    )
    return versions + "\n\n" + hide_private_paths(trace)


class _WrappingLabel(QLabel):
    """A label with line breaks, in which a word wider than the label, such as a path, is elided in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self._full_text = ""
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)  # file names may look like markup
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    @property
    def full_text(self) -> str:
        """The text without elision."""
        return self._full_text

    def set_full_text(self, text: str) -> None:
        """Show another text."""
        self._full_text = text
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_TEXT_WIDTH_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Elide words that are wider than the label; the tooltip then has the whole text."""
        metrics, room_px = self.fontMetrics(), max(self.contentsRect().width(), _LEAST_TEXT_WIDTH_PX)
        words = (metrics.elidedText(word, Qt.TextElideMode.ElideMiddle, room_px) for word in self._full_text.split(" "))
        shown = " ".join(words)
        self.setText(shown)
        self.setToolTip(self._full_text if shown != self._full_text else "")
