"""The list of cameras, video files and the demo."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from portrait.capture import SourceEntry
from portrait.gui.buttons import SymbolToolButton

_WIDTH_PX = 190


class SourceList(QWidget):
    """A drop-down list of sources, with a button to look again and one to open a video file."""

    source_chosen = Signal()
    refresh_requested = Signal()
    video_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_camera = False
        self.combo = QComboBox()
        self.combo.setMinimumWidth(_WIDTH_PX)
        self.combo.setAccessibleName(self.tr("Source"))
        self.combo.setToolTip(self.tr("Camera, video file or demo"))
        self.refresh_button = SymbolToolButton("refresh", self.tr("Look for cameras again (F5)"))
        self.video_button = SymbolToolButton("film", self.tr("Open a video file"))
        self.combo.activated.connect(self._on_activated)
        self.refresh_button.clicked.connect(self.refresh_requested)
        self.video_button.clicked.connect(self.video_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for control in (self.combo, self.refresh_button, self.video_button):
            row.addWidget(control)

    @property
    def has_camera(self) -> bool:
        """Whether a camera is in the list."""
        return self._has_camera

    @property
    def current_id(self) -> str | None:
        """Id of the chosen source; None while the list is empty."""
        source_id: str | None = self.combo.currentData()
        return source_id

    def holds(self, source_id: str) -> bool:
        """Whether a source is in the list."""
        return self.combo.findData(source_id) >= 0

    def set_entries(self, entries: tuple[SourceEntry, ...], remembered_id: str) -> None:
        """Show these sources; the chosen one stays, else the remembered one is chosen, else the first."""
        wanted = self.current_id or remembered_id
        self.combo.clear()
        for entry in entries:
            self.combo.addItem(entry.name, entry.id)
        self.combo.setCurrentIndex(max(0, self.combo.findData(wanted)))
        self._has_camera = any(entry.kind == "camera" for entry in entries)

    def choose(self, source_id: str, name: str) -> None:
        """Choose a source, which is added if need be."""
        if not self.holds(source_id):
            self.combo.addItem(name, source_id)
        self.combo.setCurrentIndex(self.combo.findData(source_id))

    @Slot()
    def _on_activated(self) -> None:
        self.source_chosen.emit()
