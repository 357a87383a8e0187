"""The Photo page before the first photo: what to do, a sample to try, and a short tour of five tips."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from portrait.gui.widgets.buttons import SymbolButton
from portrait.gui.widgets.empty_state import EmptyState
from portrait.language import mark, tr

_GAP_PX = 24

TIPS = (
    mark("Drag the aperture: a smaller f-number blurs more. Hold \\ to see the original."),
    mark("The outline missed something? Brush over an arm to keep it (B), over a chair to blur it (E)."),
    mark("Several people: press P and click those who stay sharp."),
    mark("Live is a camera for video calls: switch on “Use in calls” there."),
    mark("Drop a whole folder here, and every photo in it gets its portrait."),
)
"""The tour, in the order in which its tips become useful."""


class Welcome(EmptyState):
    """Buttons that open a photo, a bundled sample or the webcam, and one tip after the other."""

    sample_wanted = Signal()
    webcam_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = tr("Drop a photo here"), tr("or press Ctrl+O to open one, Ctrl+V to paste one")
        super().__init__("photo", *texts, parent)
        self.open_button = SymbolButton("open", tr("Open photo…"), is_primary=True)
        self.sample_button = SymbolButton("people", tr("Try a sample"))
        self.sample_button.setToolTip(tr("Opens a public-domain photo of NASA that comes with Portrait"))
        self.webcam_button = SymbolButton("live", tr("Use the webcam"))
        for button in (self.open_button, self.sample_button, self.webcam_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.add_button(button)
        self._tip = QLabel()
        self._next = QToolButton()
        self._next.setText(tr("Next tip"))
        self._next.setAutoRaise(True)
        self._place = 0
        self._add_tips()
        self._show_tip()
        self.sample_button.clicked.connect(self.sample_wanted)
        self.webcam_button.clicked.connect(self.webcam_wanted)
        self._next.clicked.connect(self.show_next_tip)

    @property
    def tip(self) -> str:
        """The tip that is shown."""
        return self._tip.text()

    @Slot()
    def show_next_tip(self) -> None:
        """Show the next tip; the first one after the last."""
        self._place = (self._place + 1) % len(TIPS)
        self._show_tip()

    def _add_tips(self) -> None:
        self._tip.setWordWrap(True)
        self._tip.setContentsMargins(0, _GAP_PX, 0, 0)
        self._tip.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._tip.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._next)
        row.addStretch(1)
        self.add_below(self._tip)
        self.add_below(row)

    def _show_tip(self) -> None:
        numbers = {"number": self._place + 1, "count": len(TIPS)}
        self._tip.setText(tr("Tip {number} of {count}: {tip}", tip=tr(TIPS[self._place]), **numbers))
