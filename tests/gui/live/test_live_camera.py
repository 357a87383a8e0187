"""The switch "Use in calls": what other programs get, and what is said of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from portrait.engine import PortraitEngine
from portrait.errors import SinkError
from portrait.gui.live import live_bar
from portrait.gui.live.live_page import LivePage
from portrait.gui.widgets.switch import Switch
from portrait.settings import Settings
from portrait.settings.live_start import LiveStart
from portrait.sinks.frame_sink import MissingSetUpError

SMALL = replace(Settings(), live_width=160, live_height=120)


class FakeCamera:
    name = "the virtual camera"
    label = "Portrait"
    state = "waiting"

    def __init__(self) -> None:
        self.count = 0
        self.is_closed = False
        self.device = ""
        self.error: SinkError | None = None

    def write(self, image: np.ndarray) -> None:
        if self.error is not None:
            raise self.error
        assert image.shape == (120, 160, 3)
        self.count += 1

    def close(self) -> None:
        self.is_closed = True


def said(stage: str) -> str:
    return live_bar.STAGE_TEXTS[stage].format(camera="Portrait")  # type: ignore[index]


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, SMALL)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[FakeCamera]:
    """The cameras that were opened, the newest last."""
    cameras: list[FakeCamera] = []

    def make(device: str) -> FakeCamera:
        cameras.append(FakeCamera())
        cameras[-1].device = device
        return cameras[-1]

    monkeypatch.setattr("portrait.gui.live.live_outputs.open_virtual_camera", make)
    return cameras


@pytest.fixture
def click(qtbot, live_page: LivePage) -> Iterator[Callable[[], None]]:
    yield lambda: qtbot.mouseClick(live_page.bar.camera_switch, Qt.MouseButton.LeftButton)
    live_page.stop()


def test_one_click_starts_the_picture_and_gives_it_to_programs(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    assert "no other program" in live_page.bar.camera_text
    click()
    under_test.wait(lambda: bool(opened) and opened[0].count > 1)
    under_test.wait(lambda: live_page.bar.camera_text == said("waiting"))
    opened[0].state = "read"
    under_test.wait(lambda: live_page.bar.camera_text == said("read"))
    click()
    under_test.wait(lambda: opened[0].is_closed)
    assert live_page.is_running
    assert live_page.bar.camera_text == said("off")


def test_it_ends_with_the_picture_and_comes_back_with_it(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    click()
    under_test.wait(lambda: bool(opened) and opened[0].count > 0)
    live_page.stop()
    under_test.wait(lambda: opened[0].is_closed and not live_page.is_running)
    assert live_page.bar.camera_text == live_bar.ARMED_TEXT
    live_page.start()
    under_test.wait(lambda: len(opened) == 2 and opened[1].count > 0)


def test_another_source_goes_to_the_same_camera(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    click()
    under_test.wait(lambda: bool(opened) and opened[0].count > 0)
    before = opened[0].count
    live_page.start()
    under_test.wait(lambda: opened[0].count > before + 2)
    assert len(opened) == 1
    assert not opened[0].is_closed


def test_what_is_missing_is_told_with_the_command_to_copy(
    live_page: LivePage, under_test, monkeypatch: pytest.MonkeyPatch, click: Callable[[], None]
) -> None:
    def refuse(device: str) -> None:
        raise MissingSetUpError("no virtual camera: gst is missing", "install it: apt install gst", "apt install gst")

    monkeypatch.setattr("portrait.gui.live.live_outputs.open_virtual_camera", refuse)
    click()
    under_test.wait(lambda: live_page.banner.kind == "warning")
    assert live_page.banner.text == "No virtual camera: gst is missing\nInstall it: apt install gst"
    assert not live_page.bar.camera_switch.isChecked()
    live_page.banner._button.click()
    assert QGuiApplication.clipboard().text() == "apt install gst"


def test_a_camera_that_fails_later_switches_off_and_the_picture_goes_on(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    click()
    under_test.wait(lambda: bool(opened) and opened[0].count > 0)
    opened[0].error = SinkError("the pipeline is gone", "start it again")
    under_test.wait(lambda: live_page.banner.kind == "warning")
    assert opened[0].is_closed
    assert live_page.is_running
    assert not live_page.bar.camera_switch.isChecked()


def test_closing_the_window_closes_the_camera(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    click()
    under_test.wait(lambda: bool(opened) and opened[0].count > 0)
    under_test.window.close()
    assert opened[0].is_closed


def test_the_command_line_starts_picture_and_camera_on_a_device(
    live_page: LivePage, under_test, opened: list[FakeCamera], click: Callable[[], None]
) -> None:
    live_page.begin_with(LiveStart(virtual_camera=True, device="/dev/video9"))
    under_test.wait(lambda: bool(opened) and opened[0].count > 0)
    assert opened[0].device == "/dev/video9"
    assert live_page.camera.is_on
    live_page.refresh()
    under_test.wait(live_page.sources.refresh_button.isEnabled)
    assert len(opened) == 1, "what the command line asked for is done once"


def test_a_switch_is_toggled_by_its_text_and_by_the_keyboard_and_drawn_in_each_state(qtbot) -> None:
    switch = Switch("Use in calls")
    qtbot.addWidget(switch)
    switch.show()
    qtbot.waitExposed(switch)
    off = switch.grab().toImage()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=switch.rect().center())
    assert switch.isChecked()
    assert switch.grab().toImage() != off
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    switch.setEnabled(False)
    assert switch.grab().toImage() != off
