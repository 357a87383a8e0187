"""The bar below the live picture: the switch of the virtual camera, and what it does at the moment."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from portrait.gui.live.live_outputs import CameraStage
from portrait.gui.widgets.page_header import ElidedLabel
from portrait.gui.widgets.switch import GAP_PX, TRACK_WIDTH_PX, Switch

SWITCH_TEXT = "Use in calls"
SWITCH_TOOLTIP = "Show this picture in Zoom, Teams, browsers and other programs, as a camera"
STAGE_TEXTS: dict[CameraStage, str] = {
    "off": "Off: no other program sees this picture",
    "opening": "Making the camera…",
    "open": "Programs see it as “{camera}”",
    "waiting": "Programs see it as “{camera}”; none is using it now",
    "read": "In use: another program shows “{camera}”",
    "failed": "Not available here; see above",
}
ARMED_TEXT = "On as soon as the picture starts"


class LiveBar(QWidget):
    """The controls below the picture."""

    camera_switched = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera_switch = Switch(SWITCH_TEXT)
        self.camera_switch.setToolTip(SWITCH_TOOLTIP)
        self._camera_text = ElidedLabel()
        self._camera_text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.camera_switch.clicked.connect(self._on_switched)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 4, 0, 0)
        self._row.addLayout(self._camera_column(), 1)
        self.show_camera("off", is_running=False)

    @property
    def camera_text(self) -> str:
        """What is said of the virtual camera."""
        return self._camera_text.text()

    def show_camera(self, stage: CameraStage, label: str = "", *, is_running: bool) -> None:
        """Say what the virtual camera does; ``label`` is its name in other programs."""
        is_armed = self.camera_switch.isChecked() and not is_running and stage == "off"
        text = ARMED_TEXT if is_armed else STAGE_TEXTS[stage].format(camera=label)
        if text != self.camera_text:
            self._camera_text.setText(text)
            self._camera_text.setToolTip(text)
            self.camera_switch.setAccessibleDescription(text)

    def _camera_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.camera_switch)
        below = QHBoxLayout()
        below.setContentsMargins(TRACK_WIDTH_PX + GAP_PX + 2, 0, 0, 0)
        below.addWidget(self._camera_text)
        column.addLayout(below)
        return column

    @Slot(bool)
    def _on_switched(self, is_on: bool) -> None:
        self.camera_switched.emit(is_on)
