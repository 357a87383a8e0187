"""How the live picture is made and shown: with low power, framed, mirrored, and in a small window above all others."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from portrait.gui.live.floating_preview import FloatingPreview
from portrait.gui.live.live_bar import LiveBar
from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.settings import AUTO, Settings

MIRROR_KEY = "live_mirror"
LIMIT_KEY = "live_cpu_percent"
FRAME_KEY = "live_auto_frame"

LOW_POWER_PERCENT = 20.0
"""Limit on processor time with low power, in percent of one core."""


class ViewControl(QObject):
    """Shows frames in the page and in the floating preview. Only what is shown is mirrored, never what others get.

    Low power limits processor time. A limit that was set in the settings file is shown as low power too, and is
    lifted where that is switched off.

    Parameters
    ----------
    bar, view
        Of the page.
    model
        The settings, which keep whether it is mirrored and the limit.
    """

    def __init__(self, bar: LiveBar, view: ImageView, model: SettingsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._view = view
        self._model = model
        self._preview: FloatingPreview | None = None
        bar.low_power_button.clicked.connect(self._on_low_power_clicked)
        bar.frame_button.clicked.connect(self._on_frame_clicked)
        bar.mirror_button.clicked.connect(self._on_mirror_clicked)
        bar.float_button.clicked.connect(self.set_floating)
        model.changed.connect(self._adopt)
        self._adopt(model.settings)

    @property
    def preview(self) -> FloatingPreview | None:
        """The floating preview; None while it is closed."""
        return self._preview

    def show_frame(self, before: QImage, after: QImage) -> None:
        """Show a frame and its portrait."""
        self._view.set_images(before, after)
        if self._preview is not None:
            self._preview.view.set_images(before, after)

    def clear(self) -> None:
        """Show nothing."""
        self._view.clear()
        if self._preview is not None:
            self._preview.view.clear()

    @Slot(bool)
    def set_floating(self, is_floating: bool) -> None:
        """Open or close the floating preview."""
        if is_floating and self._preview is None:
            self._preview = FloatingPreview()
            self._preview.closed.connect(self._on_preview_closed)
            self._preview.view.set_mirrored(self._view.is_mirrored)
            self._preview.show()
        elif not is_floating and self._preview is not None:
            self._preview.close()
        self._bar.float_button.setChecked(self._preview is not None)

    @Slot(bool)
    def _on_low_power_clicked(self, is_low: bool) -> None:
        self._model.set_value(LIMIT_KEY, LOW_POWER_PERCENT if is_low else AUTO)

    @Slot(bool)
    def _on_frame_clicked(self, is_followed: bool) -> None:
        self._model.set_value(FRAME_KEY, "on" if is_followed else "off")

    @Slot(bool)
    def _on_mirror_clicked(self, is_mirrored: bool) -> None:
        self._model.set_value(MIRROR_KEY, "on" if is_mirrored else "off")

    @Slot(object)
    def _adopt(self, settings: Settings) -> None:
        self._bar.low_power_button.setChecked(settings.live_cpu_percent is not None)
        self._bar.frame_button.setChecked(settings.live_auto_frame == "on")
        is_mirrored = settings.live_mirror == "on"
        self._bar.mirror_button.setChecked(is_mirrored)
        for view in (self._view, *(() if self._preview is None else (self._preview.view,))):
            view.set_mirrored(is_mirrored)

    @Slot()
    def _on_preview_closed(self) -> None:
        preview, self._preview = self._preview, None
        if preview is not None:
            preview.deleteLater()
        self._bar.float_button.setChecked(False)
