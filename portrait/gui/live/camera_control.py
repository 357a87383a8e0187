"""The switch "Use in calls": it joins the bar below the picture, the virtual camera, and the page's banner."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from portrait.errors import PortraitError
from portrait.gui.live.live_bar import LiveBar
from portrait.gui.live.live_outputs import LiveOutputs
from portrait.gui.widgets.notify import Banner
from portrait.language import mark, tr
from portrait.sinks.frame_sink import MissingSetUpError

COPY_TEXT = mark("Copy command")


class CameraControl(QObject):
    """Opens the virtual camera while the switch is on and a source runs.

    Parameters
    ----------
    bar, outputs, banner
        Of the page.

    Attributes
    ----------
    device
        Path of the loopback device to write to; empty: whatever is possible.
    """

    start_requested = Signal()

    def __init__(self, bar: LiveBar, outputs: LiveOutputs, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self.device = ""
        self._bar = bar
        self._outputs = outputs
        self._banner = banner
        self._told = ""
        self._is_running = False
        bar.camera_switched.connect(self.use_in_calls)
        outputs.camera_changed.connect(self.show)
        outputs.camera_failed.connect(self._on_failed)

    @property
    def is_on(self) -> bool:
        """Whether the switch is on."""
        return self._bar.camera_switch.isChecked()

    @Slot(bool)
    def use_in_calls(self, is_on: bool) -> None:
        """Be a camera for other programs while a source runs, and start the chosen one; or be none any more."""
        self._bar.camera_switch.setChecked(is_on)
        if is_on and self._told and self._banner.text == self._told:
            self._banner.clear()  # it is tried again
        if not is_on:
            self._outputs.close_camera()
        elif self._is_running:
            self._outputs.open_camera(self.device)
        else:
            self.start_requested.emit()
        self.show()

    def set_running(self, is_running: bool) -> None:
        """Take over whether a source was started and not stopped; the camera ends with it."""
        self._is_running = is_running
        if not is_running:
            self._outputs.close_camera()
        self.show()

    @Slot()
    def on_started(self) -> None:
        """Open the camera if the switch is on, because frames come."""
        if self.is_on:
            self._outputs.open_camera(self.device)

    @Slot()
    def show(self) -> None:
        """Say what the camera does now."""
        self._bar.show_camera(self._outputs.camera_stage, self._outputs.camera_label, is_running=self._is_running)

    @Slot(object)
    def _on_failed(self, error: PortraitError) -> None:
        """Switch off, and say why and how to set it up."""
        self._bar.camera_switch.setChecked(False)
        command = error.command if isinstance(error, MissingSetUpError) else ""
        copy = (tr(COPY_TEXT), lambda: QGuiApplication.clipboard().setText(command))
        self._banner.show_notice("warning", error.message, error.hint, copy if command else None)
        self._told = self._banner.text
        self.show()
