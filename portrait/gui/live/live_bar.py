"""The bar below the live picture: the switch of the virtual camera, snapshot, recording, and toggles."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from portrait.gui.live.live_files import RecordingStage
from portrait.gui.live.live_outputs import CameraStage
from portrait.gui.widgets.buttons import SymbolButton, SymbolToolButton
from portrait.gui.widgets.page_header import ElidedLabel
from portrait.gui.widgets.switch import GAP_PX, TRACK_WIDTH_PX, Switch
from portrait.language import mark, tr

SWITCH_TEXT = mark("Use in calls")
SWITCH_TOOLTIP = mark("Show this picture in Zoom, Teams, browsers and other programs, as a camera")
STAGE_TEXTS: dict[CameraStage, str] = {
    "off": mark("Off: no other program sees this picture"),
    "opening": mark("Making the camera…"),
    "open": mark("Programs see it as “{camera}”"),
    "waiting": mark("Programs see it as “{camera}”; none is using it now"),
    "read": mark("In use: another program shows “{camera}”"),
    "failed": mark("Not available here; see above"),
}
ARMED_TEXT = mark("On as soon as the picture starts")
SNAPSHOT_TEXT, SNAPSHOT_TOOLTIP = mark("Snapshot"), mark("Save this picture at the quality of a photo (Ctrl+Shift+S)")
RECORD_TEXT, RECORD_TOOLTIP = mark("Record"), mark("Record a video of this picture, without sound (Ctrl+Shift+R)")
STOP_TEXT, STOP_TOOLTIP = mark("Stop {time}"), mark("Stop recording and save the video (Ctrl+Shift+R)")
FINISHING_TEXT = mark("Saving…")
LOW_POWER_TOOLTIP = mark("Low power: a fifth of a processor core, with a coarser outline and fewer frames")
FRAME_TOOLTIP = mark("Auto framing: crop the picture to you and follow you, here and in calls")
MIRROR_TOOLTIP = mark("Mirror the picture here; what others see is never mirrored")
FLOAT_TOOLTIP = mark("Show the picture in a small window above all others")


class LiveBar(QWidget):
    """The controls below the picture."""

    camera_switched = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera_switch = Switch(tr(SWITCH_TEXT))
        self.camera_switch.setToolTip(tr(SWITCH_TOOLTIP))
        self._camera_text = ElidedLabel()
        self._camera_text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.snapshot_button = SymbolButton("snapshot", tr(SNAPSHOT_TEXT))
        self.snapshot_button.setToolTip(tr(SNAPSHOT_TOOLTIP))
        self.record_button = SymbolButton("record", tr(RECORD_TEXT))
        self.low_power_button = _toggle("low-power", tr(LOW_POWER_TOOLTIP))
        self.frame_button = _toggle("auto-frame", tr(FRAME_TOOLTIP))
        self.mirror_button = _toggle("mirror", tr(MIRROR_TOOLTIP))
        self.float_button = _toggle("float", tr(FLOAT_TOOLTIP))
        self.camera_switch.clicked.connect(self._on_switched)
        self._lay_out()
        self.show_camera("off", is_running=False)
        self.show_recording("off", 0.0, has_frame=False)

    @property
    def camera_text(self) -> str:
        """What is said of the virtual camera."""
        return self._camera_text.text()

    def show_camera(self, stage: CameraStage, label: str = "", *, is_running: bool) -> None:
        """Say what the virtual camera does; ``label`` is its name in other programs."""
        is_armed = self.camera_switch.isChecked() and not is_running and stage == "off"
        text = tr(ARMED_TEXT) if is_armed else tr(STAGE_TEXTS[stage], camera=label)
        if text != self.camera_text:
            self._camera_text.setText(text)
            self._camera_text.setToolTip(text)
            self.camera_switch.setAccessibleDescription(text)

    def show_recording(self, stage: RecordingStage, recorded_s: float, *, has_frame: bool) -> None:
        """Show whether frames are recorded and for how long; without a frame nothing can be taken."""
        is_on, seconds = stage == "on", int(recorded_s)
        running = tr(STOP_TEXT, time=f"{seconds // 60}:{seconds % 60:02d}")
        self.record_button.setText(
            tr(FINISHING_TEXT) if stage == "finishing" else running if is_on else tr(RECORD_TEXT)
        )
        self.record_button.setToolTip(tr(STOP_TOOLTIP if is_on else RECORD_TOOLTIP))
        self.record_button.set_symbol("stop" if is_on else "record")
        self.record_button.set_primary(is_on)
        self.record_button.setEnabled(is_on or (stage == "off" and has_frame))
        self.snapshot_button.setEnabled(has_frame)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.addLayout(self._camera_column(), 1)
        toggles = (self.low_power_button, self.frame_button, self.mirror_button, self.float_button)
        for button in (self.snapshot_button, self.record_button, *toggles):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

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


def _toggle(symbol: str, tooltip: str) -> SymbolToolButton:
    button = SymbolToolButton(symbol, tooltip)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
