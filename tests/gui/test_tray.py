"""The tray's icon, and a start without the window. The tray of the offscreen platform is none, so its menu is used."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QSystemTrayIcon

from portrait.engine import PortraitEngine
from portrait.gui import tray as tray_module
from portrait.gui.live.live_page import LivePage
from portrait.gui.tray import Tray
from portrait.settings import Settings

pytestmark = pytest.mark.qt_log_ignore("does not support raise", "systemTrayWindowChanged")  # the offscreen platform


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, replace(Settings(), live_width=160, live_height=120))


@pytest.fixture
def tray(under_test, live_page: LivePage) -> Tray:
    return Tray(under_test.window)


def test_the_camera_is_turned_on_and_off(under_test, live_page: LivePage, tray: Tray) -> None:
    assert not tray.icon.isVisible()
    tray.live_action.trigger()
    under_test.wait(live_page.bar.snapshot_button.isEnabled)
    assert tray.icon.isVisible()
    assert (tray.live_action.isChecked(), tray.icon.toolTip()) == (True, tray_module.LIVE_TOOLTIP)
    tray.live_action.trigger()
    under_test.wait(lambda: not live_page.is_running)
    assert live_page._service.stats() is None, "the source is closed, and the camera free"
    assert not tray.icon.isVisible()
    assert tray.icon.toolTip() == tray_module.OFF_TOOLTIP


def test_the_switch_for_calls_is_that_of_the_page(
    live_page: LivePage, tray: Tray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portrait.gui.live.live_outputs.open_virtual_camera", lambda device: pytest.fail("not yet"))
    tray.calls_action.trigger()
    assert live_page.camera.is_on
    assert live_page.is_running
    live_page.camera.use_in_calls(False)
    tray.update()
    assert not tray.calls_action.isChecked()


def test_it_shows_the_window_and_quits(under_test, tray: Tray) -> None:
    under_test.window.hide()
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert not under_test.window.isVisible()
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert under_test.window.isVisible()
    under_test.window.hide()
    tray.quit_action.trigger()
    assert len(under_test.kept) == 1, "the window was closed"


@pytest.mark.parametrize("has_tray", [True, False])
def test_started_minimised_there_is_an_icon(under_test, monkeypatch: pytest.MonkeyPatch, has_tray: bool) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: has_tray)
    under_test.window.hide()
    under_test.shell.show(is_minimized=True)
    if has_tray:
        assert under_test.shell.tray is not None
        assert under_test.shell.tray.icon.isVisible()
        assert not under_test.window.isVisible()
    else:
        assert under_test.shell.tray is None
        assert under_test.window.isMinimized()


def test_the_menu_clicks_what_stands_on_the_page(under_test, live_page: LivePage) -> None:
    menu = next(action.menu() for action in under_test.window.menuBar().actions() if action.text() == "&Live")
    actions = {action.text(): action for action in menu.actions()}
    assert {"&Start or stop", "&Use in calls", "&Record or stop", "Small &window above all others"} <= actions.keys()
    actions["&Mirror"].trigger()
    assert under_test.shell.model.settings.live_mirror == "on"
    under_test.shell.model.set_value("live_mirror", "off")
    menu.aboutToShow.emit()
    assert not actions["&Mirror"].isChecked()
    actions["Take a &snapshot"].trigger()
    assert live_page.banner.kind is None, "there is no picture yet"
