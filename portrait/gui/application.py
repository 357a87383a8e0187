"""Starts the app: Qt's application object, the window, handlers for uncaught errors and Ctrl-C, light or dark."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, QSettings, QTimer, QTranslator, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from portrait.gui.application_object import make_application
from portrait.gui.bridge import Bridge
from portrait.gui.main_window import MainWindow
from portrait.gui.menus import fill_menu_bar
from portrait.gui.page_stack import PageName
from portrait.gui.threads.garbage import collected_on_this_thread
from portrait.gui.threads.wakeup import Wakeup
from portrait.gui.tray import Tray
from portrait.gui.widgets.accessibility import install_interfaces
from portrait.gui.widgets.appearance import apply_color_scheme, reduce_motion
from portrait.gui.widgets.notify import BugReporter
from portrait.gui.widgets.settings_model import SettingsModel
from portrait.language import Language, best_language, current_language, set_language
from portrait.settings import Settings, save_settings, settings_path
from portrait.settings.live_start import LiveStart

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine

_UNPAINTED_MS = 1000
"""After this time the engine is opened although the window was not painted: others may cover it."""

_log = logging.getLogger(__name__)


def run_app(
    engine_factory: Callable[[], "PortraitEngine"],
    settings: Settings,
    photos: Sequence[Path],
    *,
    start_page: PageName = "photo",
    live_start: LiveStart | None = None,
    keep_settings: Callable[[Settings], None] = save_settings,
    crash: str = "",
) -> int:
    """Show the window and run Qt's event loop until it is closed.

    Parameters
    ----------
    engine_factory
        Opens the engine; called once, on a worker thread.
    settings
        Settings to begin with.
    photos
        Photos to open at once.
    start_page
        Page to show first.
    live_start
        What the Live page begins with.
    keep_settings
        Called with the settings when the window closes; the default writes the settings file.
    crash
        Where an earlier run crashed, which is offered to be copied; empty: nowhere.

    Returns
    -------
    int
        Exit status: 0.
    """
    application = make_application()
    _use_language(application, settings.language)
    apply_color_scheme(settings.color_scheme)
    reduce_motion(settings.motion == "reduced")
    window_state = QSettings(str(settings_path().with_name("window.ini")), QSettings.Format.IniFormat)
    shell = Shell(engine_factory, settings, window_state, keep_settings)
    shell.window.show_page(start_page)
    if photos:
        shell.window.open_photos(photos)
    start = live_start or LiveStart()
    shell.window.pages.when_made("live", lambda: shell.window.live_page.begin_with(start))
    shell.show(is_minimized=start.is_minimized)
    if crash:
        shell.reporter.offer_crash(crash)
    with collected_on_this_thread(), _exceptions_to(shell.reporter), _interrupt_closes(shell.window):
        return application.exec()


class Shell(QObject):
    """The window, the services behind it, the settings model and the reporter of bugs.

    Parameters
    ----------
    engine_factory, settings, keep_settings
        See `run_app`.
    window_state
        Store of the window's position and size.
    """

    def __init__(
        self,
        engine_factory: Callable[[], "PortraitEngine"],
        settings: Settings,
        window_state: QSettings,
        keep_settings: Callable[[Settings], None],
    ) -> None:
        super().__init__()
        install_interfaces()
        self.model = SettingsModel(settings, self)
        self.bridge = Bridge(engine_factory, settings, self)
        self.window = MainWindow(self.bridge, self.model, window_state, keep_settings)
        fill_menu_bar(self.window)
        self.tray: Tray | None = None
        self.reporter = BugReporter(self._parent_of_dialogs)
        self.bridge.bug_found.connect(self.reporter.on_bug_found)
        self.model.changed.connect(self._on_settings_changed)
        self._opening = QTimer(self, singleShot=True, interval=_UNPAINTED_MS)
        self._opening.timeout.connect(self.bridge.open_engine)
        self._opening.start()
        self.window.installEventFilter(self)

    def show(self, *, is_minimized: bool = False) -> None:
        """Show the window; minimised it is an icon in the tray alone, or in the task bar where there is no tray."""
        has_tray = QSystemTrayIcon.isSystemTrayAvailable()
        if has_tray and is_minimized:
            self._make_tray(is_lasting=True)
        elif has_tray:
            self.window.pages.when_made("live", self._make_tray)
        if not is_minimized:
            self.window.show()
        elif not has_tray:
            self.window.showMinimized()
        if is_minimized:
            self._opening.start(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the engine after the window's first painting, which nothing else shall delay."""
        if event.type() == QEvent.Type.Paint:
            self.window.removeEventFilter(self)
            if self._opening.isActive():
                self._opening.start(0)
        return super().eventFilter(watched, event)

    def _make_tray(self, *, is_lasting: bool = False) -> None:
        self.tray = Tray(self.window, is_lasting=is_lasting)

    def _parent_of_dialogs(self) -> QWidget | None:
        return self.window if self.window.isVisible() else None

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        apply_color_scheme(settings.color_scheme)
        reduce_motion(settings.motion == "reduced")


def _use_language(application: QApplication, language: Language) -> None:
    """Show our texts and those of Qt's own dialogs in a language; ``system``: the first that the user prefers."""
    set_language(best_language(QLocale.system().uiLanguages()) if language == "system" else language)
    translator = QTranslator(application)
    if translator.load(f"qtbase_{current_language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)


@contextmanager
def _exceptions_to(reporter: BugReporter) -> Iterator[None]:
    """Log and show exceptions that escape from a slot; PySide passes them to `sys.excepthook` and goes on."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("unexpected error", exc_info=error)
        reporter.on_bug_found(error)

    previous, sys.excepthook = sys.excepthook, report
    try:
        yield
    finally:
        sys.excepthook = previous


@contextmanager
def _interrupt_closes(window: MainWindow) -> Iterator[None]:
    """Let Ctrl-C in the terminal close the window, without a question, which would not be seen there."""

    def accept(number: int, frame: FrameType | None) -> None:
        _log.info("signal %d: closing", number)

    wakeup = Wakeup()  # Python handles signals between bytecodes; Qt's event loop executes none until it is woken
    wakeup.rung.connect(window.close_unasked)
    previous_handler = signal.signal(signal.SIGINT, accept)
    previous_fd = signal.set_wakeup_fd(wakeup.fileno, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous_fd)
        signal.signal(signal.SIGINT, previous_handler)
        wakeup.close()
