"""When the notice about speed comes and goes, and what it gives way to."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from portrait.errors import PortraitError
from portrait.gui.live.live_notices import LiveNotices
from portrait.gui.live.live_page import LivePage
from portrait.gui.widgets.notify import Banner
from portrait.live import LiveStats
from portrait.settings import Settings

FAST, FINE, DOG = (replace(Settings(), **change) for change in ({}, {"live_quality": "fine"}, {"live_subject": "dog"}))
SLOW = LiveStats(100, 20, 80, throughput_fps=5.0, captured_fps=30.0)
QUICK = LiveStats(100, 90, 10, throughput_fps=27.0, captured_fps=30.0)


@pytest.fixture
def banner(qtbot: QtBot) -> Banner:
    banner = Banner()
    qtbot.addWidget(banner)
    return banner


@pytest.fixture
def notices(banner: Banner, qapp: QObject) -> LiveNotices:
    return LiveNotices(banner, banner)


def test_fine_that_is_slow_is_told_until_fast_is_chosen(notices: LiveNotices, banner: Banner) -> None:
    notices.on_measured(SLOW, FINE)
    assert (banner.kind, banner.text) == ("info", "Fine is made for photos\nFast shows more frames a second.")
    notices.on_settings_changed(FINE)
    assert banner.kind == "info"
    notices.on_settings_changed(FAST)
    assert banner.kind is None


@pytest.mark.parametrize(("stats", "settings"), [(SLOW, FAST), (QUICK, FINE), (QUICK, DOG), (LiveStats(), FINE)])
def test_nothing_is_said_of_what_is_quick_or_fast(
    notices: LiveNotices, banner: Banner, stats: LiveStats, settings: Settings
) -> None:
    notices.on_measured(stats, settings)
    assert banner.kind is None


def test_a_notice_that_was_closed_stays_away_until_fine_is_chosen_again(notices: LiveNotices, banner: Banner) -> None:
    notices.on_measured(SLOW, FINE)
    banner.clear()
    notices.on_measured(SLOW, FINE)
    assert banner.kind is None
    notices.on_settings_changed(FAST)
    notices.on_measured(SLOW, FINE)
    assert banner.kind == "info"


def test_a_slow_start_is_not_held_against_fine(notices: LiveNotices, banner: Banner) -> None:
    notices.on_measured(SLOW, FINE)
    notices.on_measured(QUICK, FINE)
    assert banner.kind is None


def test_what_matters_more_is_not_pushed_out(notices: LiveNotices, banner: Banner) -> None:
    refused = replace(FAST, background="image:gone.jpg")
    notices.on_look_refused(refused, PortraitError("gone.jpg does not exist", "Choose another."))
    notices.on_measured(SLOW, FINE)
    notices.on_settings_changed(replace(refused, live_quality="fine"))
    assert banner.text == "gone.jpg does not exist\nChoose another. Until then the room is blurred."


@pytest.mark.parametrize("change", [{"background": "blur"}, {"live_subject": "dog"}])
def test_what_was_refused_is_forgotten_with_another_background_or_subject(
    notices: LiveNotices, banner: Banner, change: dict[str, str]
) -> None:
    refused = replace(FAST, background="image:gone.jpg", live_subject="unicorn")
    notices.on_look_refused(refused, PortraitError("no unicorn", "Choose another."))
    notices.on_settings_changed(replace(refused, **change))
    assert banner.kind is None


def test_pets_that_are_slow_are_told_until_people_are_chosen(notices: LiveNotices, banner: Banner) -> None:
    notices.on_measured(SLOW, DOG)
    assert banner.text == "Pets and things take longer to find\nWith people alone, more frames a second are shown."
    notices.on_settings_changed(FAST)
    assert banner.kind is None


def test_the_page_says_it_while_live_runs(live_page: LivePage, under_test, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test.shell.bridge.live, "stats", lambda: SLOW)
    for key, value in (("live_width", 160), ("live_height", 120), ("live_quality", "fine")):
        under_test.shell.model.set_value(key, value)
    live_page.play_demo()
    under_test.wait(lambda: live_page.banner.kind == "info")
    assert live_page.header.subtitle == "5.0 fps · 0 ms latency · 83 % of frames dropped"
    live_page.stop()
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.banner.kind is None
