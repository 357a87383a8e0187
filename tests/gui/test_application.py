"""From start to end of the app, in one process."""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from portrait.engine import PortraitEngine
from portrait.gui.application import run_app
from portrait.gui.main_window import MainWindow
from portrait.settings import Settings, load_settings, settings_path


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cameras: list[object]) -> None:
    folder = tmp_path / "config" / "settings.json"
    monkeypatch.setattr("portrait.settings.file.settings_path", lambda: folder)
    monkeypatch.setattr("portrait.gui.application.settings_path", lambda: folder)


def the_window() -> MainWindow:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())


def when(holds: Callable[[], bool], then: Callable[[], object]) -> QTimer:
    """Call ``then`` once, from the event loop, when ``holds``."""
    timer = QTimer()

    def look() -> None:
        if holds():
            timer.stop()
            then()

    timer.timeout.connect(look)
    timer.start(10)
    return timer


def test_the_app_opens_a_photo_and_keeps_the_settings(qapp, engine: PortraitEngine, photo_path: Path) -> None:
    seen: list[str] = []

    def close() -> None:
        seen.append(the_window().photo_page.header.title)
        the_window().close()

    timer = when(lambda: the_window().photo_page.save_button.isEnabled(), close)
    assert run_app(lambda: engine, replace(Settings(), quality="fine"), [photo_path]) == 0
    assert seen == ["anna.png"]
    assert load_settings(settings_path()).quality in {"fast", "fine"}
    assert not timer.isActive()


def test_the_app_can_begin_with_live_and_keep_nothing(qapp, engine: PortraitEngine) -> None:
    pages: list[object] = []
    kept: list[Settings] = []

    def close() -> None:
        pages.append(the_window().current_page is the_window().live_page)
        the_window().close()

    timer = when(lambda: the_window().live_page.sources.combo.count() > 0, close)
    assert run_app(lambda: engine, Settings(), [], start_page="live", keep_settings=kept.append) == 0
    assert pages == [True]
    assert len(kept) == 1
    assert not timer.isActive()


def test_ctrl_c_closes_the_window(qapp, engine: PortraitEngine) -> None:
    before = signal.getsignal(signal.SIGINT)
    timer = when(lambda: bool(the_window()), lambda: signal.raise_signal(signal.SIGINT))
    assert run_app(lambda: engine, Settings(), []) == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert not timer.isActive()


@pytest.mark.qt_no_exception_capture
def test_a_bug_in_a_slot_opens_the_report_and_the_app_goes_on(
    qapp, engine: PortraitEngine, caplog: pytest.LogCaptureFixture
) -> None:
    hook = sys.excepthook
    reports: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError("a bug in a slot")

    def dialog():
        return next((w for w in QApplication.topLevelWidgets() if w.isVisible() and hasattr(w, "detailedText")), None)

    def read_and_close() -> None:
        reports.append(dialog().detailedText())
        dialog().reject()
        the_window().close()

    QTimer.singleShot(0, fail)
    timer = when(lambda: dialog() is not None, read_and_close)
    assert run_app(lambda: engine, Settings(), []) == 0
    assert "ZeroDivisionError: a bug in a slot" in reports[0]
    assert sys.excepthook is hook
    assert not timer.isActive()
