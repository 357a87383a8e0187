"""Mirror and floating preview: what the window shows, and what it does not change for others."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from portrait.engine import PortraitEngine
from portrait.gui.live.live_page import LivePage, to_text
from portrait.gui.live.view_control import LOW_POWER_PERCENT
from portrait.gui.widgets.image_view import ImageView
from portrait.gui.widgets.qimage import to_qimage
from portrait.live import LiveStats
from portrait.live.cpu_budget import Economy
from portrait.settings import Settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise")  # the offscreen platform

LEFT_RED = np.zeros((40, 60, 3), np.uint8)
LEFT_RED[:, :30, 0] = 255


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, replace(Settings(), live_width=160, live_height=120))


def is_red(view: ImageView, fraction: float) -> bool:
    """Whether the picture is red at a share of its width."""
    rect = view.image_rect()
    return view.grab().toImage().pixelColor(round(rect.left() + fraction * rect.width()), rect.center().y()).red() > 128


def test_only_the_picture_in_the_window_is_mirrored(live_page: LivePage, under_test) -> None:
    image = to_qimage(LEFT_RED)
    live_page.picture.show_frame(image, image)
    live_page.body.setCurrentWidget(live_page.view)
    assert is_red(live_page.view, 0.2)
    live_page.bar.mirror_button.click()
    assert not is_red(live_page.view, 0.2)
    assert is_red(live_page.view, 0.8)
    live_page.view.hold_original(True)
    assert is_red(live_page.view, 0.9), "the original as well"
    under_test.window.close()
    assert under_test.kept[-1].live_mirror == "on"


def test_auto_framing_reaches_the_session_and_is_kept(live_page: LivePage, under_test) -> None:
    service = under_test.shell.bridge.live
    live_page.play_demo()
    under_test.wait(lambda: live_page.body.currentWidget() is live_page.view)
    assert not service._framer.is_on
    live_page.bar.frame_button.click()
    under_test.wait(lambda: service._framer.is_on)
    live_page.stop()
    under_test.wait(lambda: not live_page.is_running)
    under_test.window.close()
    assert under_test.kept[-1].live_auto_frame == "on"


def test_the_floating_preview_shows_frames_above_all_windows(live_page: LivePage) -> None:
    live_page.bar.mirror_button.click()
    live_page.bar.float_button.click()
    preview = live_page.picture.preview
    assert preview is not None
    assert preview.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert not preview.testAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    image = to_qimage(LEFT_RED)
    live_page.picture.show_frame(image, image)
    assert is_red(preview.view, 0.8), "mirrored as in the page"
    live_page.bar.mirror_button.click()
    assert is_red(preview.view, 0.2)
    live_page.picture.clear()
    assert preview.view.image_rect().isEmpty()


@pytest.mark.parametrize("closes_by", ["its own button", "the bar", "the window"])
def test_the_floating_preview_closes(live_page: LivePage, under_test, closes_by: str) -> None:
    live_page.bar.float_button.click()
    preview = live_page.picture.preview
    assert preview is not None
    if closes_by == "its own button":
        preview.close()
    elif closes_by == "the bar":
        live_page.bar.float_button.click()
    else:
        under_test.window.close()
    assert live_page.picture.preview is None
    assert not live_page.bar.float_button.isChecked()
    assert not preview.isVisible()


def test_low_power_limits_the_processor_and_is_kept(live_page: LivePage, under_test) -> None:
    live_page.bar.low_power_button.click()
    assert under_test.window.model.settings.live_cpu_percent == LOW_POWER_PERCENT
    live_page.bar.low_power_button.click()
    assert under_test.window.model.settings.live_cpu_percent is None
    live_page.bar.low_power_button.click()
    under_test.window.close()
    assert under_test.kept[-1].live_cpu_percent == LOW_POWER_PERCENT


def test_what_is_spared_is_said_plainly() -> None:
    calm = LiveStats(frames_in=30, frames_shown=30, throughput_fps=30.0, captured_fps=30.0)
    assert "low power" not in to_text(calm)
    assert "1 of 2 frames, outline at 50 %" in to_text(replace(calm, economy=Economy(0.5, 2)))
