"""The list of sources (cameras, video files, demo), and the Live page's placeholder while none plays."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from portrait.capture import SourceEntry
from portrait.capture.catalog import SYNTHETIC_ID, is_file_id
from portrait.gui.widgets.buttons import SymbolButton, SymbolToolButton
from portrait.gui.widgets.empty_state import EmptyState
from portrait.gui.widgets.field_editors import ignore_stray_wheel
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.capture.source import SourceKind

_WIDTH_PX = 190
_SHOWN_FORMATS = 12


class SourceList(QWidget):
    """A drop-down list of sources, with buttons to list the cameras again and to open a video file."""

    source_chosen = Signal()
    refresh_requested = Signal()
    video_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[SourceEntry, ...] = ()
        self.combo = QComboBox()
        self.combo.setMinimumWidth(_WIDTH_PX)
        self.combo.setAccessibleName(tr("Source"))
        label = QLabel(tr("Source"), self)
        label.setBuddy(self.combo)  # a screen reader on Linux calls a drop-down list by its label alone
        label.hide()
        self.combo.setToolTip(tr("Camera, video file or demo"))
        ignore_stray_wheel(self.combo)
        self.refresh_button = SymbolToolButton("refresh", tr("Look for cameras again (F5)"))
        self.video_button = SymbolToolButton("film", tr("Open a video file"))
        self.combo.activated.connect(self._on_activated)
        self.refresh_button.clicked.connect(self.refresh_requested)
        self.video_button.clicked.connect(self.video_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for control in (self.combo, self.refresh_button, self.video_button):
            row.addWidget(control)

    @property
    def has_more_than_demo(self) -> bool:
        """Whether a camera or a video file is in the list."""
        return any(entry.kind != "synthetic" for entry in self._entries)

    @property
    def files(self) -> tuple[SourceEntry, ...]:
        """The video files in the list."""
        return tuple(entry for entry in self._entries if entry.kind == "file")

    @property
    def current(self) -> SourceEntry | None:
        """The chosen source; None while the list is empty."""
        index = self.combo.currentIndex()
        return self._entries[index] if index >= 0 else None

    @property
    def current_id(self) -> str | None:
        """Id of the chosen source; None while the list is empty."""
        return None if self.current is None else self.current.id

    def holds(self, source_id: str) -> bool:
        """Whether the list contains a source."""
        return any(entry.answers_to(source_id) for entry in self._entries)

    def set_found(
        self,
        found: Sequence[SourceEntry],
        gone: Collection[str] = (),
        *,
        remembered_id: str = "",
        playing_id: str | None = None,
    ) -> None:
        """Replace the list by the sources found, keeping the video files that still exist and the source that plays.

        The chosen source stays chosen, else the remembered one is chosen, else the first.

        Parameters
        ----------
        found
            Cameras and the demo.
        gone
            Ids of files that no longer exist.
        remembered_id, playing_id
            The source in the settings, and the one that plays.
        """
        kept = [
            entry
            for entry in self._entries
            if not any(one.answers_to(entry.id) for one in found)
            and (entry.id == playing_id or (entry.kind == "file" and entry.id not in gone))
        ]
        self._set_entries((*found, *kept), self.current_id or remembered_id)

    def choose(self, source_id: str, name: str) -> None:
        """Choose a source, adding it if it is not in the list."""
        added = () if self.holds(source_id) else (_entry(source_id, name),)
        self._set_entries((*self._entries, *added), source_id)

    def forget_file(self) -> None:
        """Remove the chosen source from the list if it is a video file; the first one is chosen then."""
        if self.current in self.files:
            self._set_entries([entry for entry in self._entries if entry != self.current], "")

    def _set_entries(self, entries: Sequence[SourceEntry], wanted_id: str) -> None:
        self._entries = tuple(entries)
        self.combo.clear()
        for row, entry in enumerate(entries):
            self.combo.addItem(entry.name)
            self.combo.setItemData(row, "\n".join(entry.formats[:_SHOWN_FORMATS]), Qt.ItemDataRole.ToolTipRole)
        wanted = (row for row, entry in enumerate(entries) if entry.answers_to(wanted_id))
        self.combo.setCurrentIndex(next(wanted, min(0, len(entries) - 1)))

    @Slot()
    def _on_activated(self) -> None:
        self.source_chosen.emit()


class NothingPlays(EmptyState):
    """The placeholder before a source plays; without a camera it offers other sources."""

    refresh_requested = Signal()
    video_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("live", "", "", parent)
        offers = (
            ("refresh", tr("Refresh"), self.refresh_requested),
            ("film", tr("Open video file…"), self.video_requested),
            ("start", tr("Try the demo"), self.demo_requested),
        )
        self._offers = [SymbolButton(symbol, text) for symbol, text, _ in offers]
        for button, (_, _, requested) in zip(self._offers, offers, strict=True):
            button.clicked.connect(requested)
            self.add_button(button)

    def show_for(self, *, has_choice: bool, is_starting: bool) -> None:
        """Say that a source starts, or what to do: choose a source, or find one where there is only the demo."""
        if is_starting:
            self.set_texts(tr("Starting…"), tr("The first picture comes in a moment"))
        elif has_choice:
            self.set_texts(tr("Ready"), tr("Choose a source and press Start"))
        else:
            text = tr("Plug one in and press Refresh, open a video file, or try the demo")
            self.set_texts(tr("No camera found"), text)
        for button in self._offers:
            button.setVisible(not has_choice and not is_starting)


def _entry(source_id: str, name: str) -> SourceEntry:
    """The list's entry for a source, of the kind that its id tells."""
    other: SourceKind = "synthetic" if source_id == SYNTHETIC_ID else "camera"
    return SourceEntry(source_id, name, "file" if is_file_id(source_id) else other)
