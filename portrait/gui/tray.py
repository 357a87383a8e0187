"""The icon in the system's tray while Live runs: its picture and the camera for calls on or off, without the window."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from portrait.gui.main_window import MainWindow
from portrait.gui.widgets.icons import app_icon
from portrait.language import mark, tr

LIVE_TEXT, CALLS_TEXT, SHOW_TEXT, QUIT_TEXT = (
    mark("Live picture"),
    mark("Use in calls"),
    mark("Show Portrait"),
    mark("Quit"),
)
OFF_TOOLTIP, LIVE_TOOLTIP = mark("Portrait: the camera is off"), mark("Portrait: the camera is on")

_SHOWING_CLICKS = (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick)


class Tray(QObject):
    """Shows itself while Live runs, and always where the window was started hidden.

    Parameters
    ----------
    window
        Whose Live page it controls.
    is_lasting
        Whether the icon stays when Live stops.
    """

    def __init__(self, window: MainWindow, *, is_lasting: bool = False) -> None:
        super().__init__(window)
        self._window = window
        self._page = window.live_page
        self._is_lasting = is_lasting
        self._menu = QMenu(window)
        self.icon = QSystemTrayIcon(app_icon(), self)
        self.live_action = self._add(tr(LIVE_TEXT), is_switch=True)
        self.calls_action = self._add(tr(CALLS_TEXT), is_switch=True)
        self._menu.addSeparator()
        self.show_action = self._add(tr(SHOW_TEXT))
        self.quit_action = self._add(tr(QUIT_TEXT))
        self.icon.setContextMenu(self._menu)
        self._connect()
        self.update()

    @Slot()
    def update(self) -> None:
        """Show what is on, and the icon itself where it is of use."""
        is_running = self._page.is_running
        self.live_action.setChecked(is_running)
        self.calls_action.setChecked(self._page.camera.is_on)
        self.icon.setToolTip(tr(LIVE_TOOLTIP if is_running else OFF_TOOLTIP))
        self.icon.setVisible(is_running or self._is_lasting)

    @Slot()
    def show_window(self) -> None:
        """Bring the window to the front."""
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()

    @Slot()
    def quit(self) -> None:
        """Close the window, as its close button does."""
        if not self._window.isVisible():  # else the application would not notice that its last window closes
            self._window.show()
        self._window.close()

    def _add(self, text: str, *, is_switch: bool = False) -> QAction:
        action = self._menu.addAction(text)
        action.setCheckable(is_switch)
        return action

    def _connect(self) -> None:
        self.live_action.triggered.connect(self._page.toggle)
        self.calls_action.triggered.connect(self._page.camera.use_in_calls)
        self.show_action.triggered.connect(self.show_window)
        self.quit_action.triggered.connect(self.quit)
        self.icon.activated.connect(self._on_activated)
        self._menu.aboutToShow.connect(self.update)
        self._page.running_changed.connect(self.update)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in _SHOWING_CLICKS:
            self.show_window()
