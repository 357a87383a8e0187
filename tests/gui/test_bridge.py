"""Who is stopped when, and what happens when the engine does not open."""

import threading
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from portrait.engine import PortraitEngine
from portrait.errors import ModelError
from portrait.gui.application import Shell
from portrait.gui.batch.batch_service import BatchService
from portrait.gui.bridge import Bridge
from portrait.gui.live.live_service import LiveService
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.threads.worker import JOIN_TIMEOUT_S
from portrait.inference.lazy import LazySegmenter
from portrait.inference.segmenter import Segmenter
from portrait.settings import Settings

PATIENCE_S = 20.0


def test_shutdown_stops_sources_then_cancels_then_joins_then_the_window_closes(
    under_test, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    steps = (
        (LiveService, "stop_source"),
        (BatchService, "cancel"),
        (LiveService, "join"),
        (PhotoService, "stop"),
        (BatchService, "stop"),
    )
    for owner, name in steps:
        original = getattr(owner, name)

        def spy(self, *arguments, _original=original, _step=f"{owner.__name__}.{name}"):
            order.append(_step)
            return _original(self, *arguments)

        monkeypatch.setattr(owner, name, spy)
    for page in ("live", "batch"):
        under_test.window.show_page(page)
    under_test.window.destroyed.connect(lambda: order.append("destroyed"))
    assert under_test.window.close()
    order.append("closed")
    assert order == [f"{owner.__name__}.{name}" for owner, name in steps] + ["closed"]
    assert JOIN_TIMEOUT_S == 2.0


def test_closing_ends_every_thread_while_all_three_pages_work(under_test, photo_path) -> None:
    window = under_test.window
    window.live_page.refresh()
    under_test.wait(lambda: window.live_page.sources.combo.count() > 0)
    window.live_page.play_demo()
    window.open_photos([photo_path])
    window.batch_page.set_input_folder(photo_path.parent)
    window.batch_page.start()
    under_test.wait(lambda: under_test.shell.bridge.live.stats() is not None)
    window.close()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("portrait-")]
    assert left == []


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_the_window_works_while_the_engine_opens(open_window, engine: PortraitEngine, release, photo_path) -> None:
    def slow() -> PortraitEngine:
        assert release.wait(PATIENCE_S)
        return engine

    under_test = open_window(slow)
    page = under_test.window.photo_page
    under_test.window.open_photos([photo_path])
    under_test.wait(page.view.isVisible)
    assert "finding the person" in page.header.subtitle
    release.set()
    under_test.wait(page.save_button.isEnabled)
    assert under_test.window.engine_text == "ellipse · CPU"


def named(segmenter, name: str):
    """A copy under another name."""
    other = copy(segmenter)
    other.spec = replace(segmenter.spec, name=name)
    return other


def test_the_window_names_the_model_of_the_chosen_quality(open_window, ellipse_segmenter) -> None:
    fine = LazySegmenter(lambda: named(ellipse_segmenter, "closer"))
    under_test = open_window(lambda: PortraitEngine(ellipse_segmenter, fine), Settings(quality="fine"))
    under_test.wait(lambda: under_test.window.engine_text == "closer · CPU")
    under_test.shell.model.set_value("quality", "fast")
    under_test.wait(lambda: under_test.window.engine_text == "ellipse · CPU")
    under_test.shell.model.set_value("quality", "fine")
    under_test.wait(lambda: under_test.window.engine_text == "closer · CPU")
    under_test.window.show_page("live")
    under_test.wait(lambda: under_test.window.engine_text == "ellipse · CPU")
    under_test.shell.model.set_value("live_quality", "fine")
    under_test.wait(lambda: under_test.window.engine_text == "closer · CPU")
    under_test.shell.model.set_value("live_quality", "fast")
    under_test.window.show_page("batch")
    under_test.wait(lambda: under_test.window.engine_text == "closer · CPU")


@pytest.mark.parametrize("is_painted", [True, False])
def test_the_engine_opens_after_the_first_painting_or_when_none_comes(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_painted: bool
) -> None:
    monkeypatch.setattr("portrait.gui.application._UNPAINTED_MS", 1_000_000 if is_painted else 0)
    opened = threading.Event()

    def no_engine() -> PortraitEngine:
        opened.set()
        raise ModelError("there is no model", "install one")

    state = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    shell = Shell(no_engine, Settings(), state, lambda settings: None)
    if is_painted:
        qapp.processEvents()
        assert not opened.is_set()
        shell.window.show()
    qtbot.waitUntil(opened.is_set, timeout=int(1_000 * PATIENCE_S))
    shell.window.close()


def test_another_page_may_be_shown_before_the_engine_is_opened(qtbot: QtBot, engine: PortraitEngine) -> None:
    bridge = Bridge(lambda: engine, Settings(quality="fine"))
    bridge.name_model_of("fast")
    with qtbot.waitSignal(bridge.model_opened, timeout=int(1_000 * PATIENCE_S)):
        bridge.open_engine()
    bridge.shutdown()


def test_a_quality_whose_model_is_missing_is_told_until_another_is_chosen(open_window, ellipse_segmenter) -> None:
    def missing() -> Segmenter:
        raise ModelError("there is no such model", "install it")

    under_test = open_window(lambda: PortraitEngine(ellipse_segmenter, LazySegmenter(missing)))
    window = under_test.window
    under_test.wait(lambda: window.engine_text == "ellipse · CPU")
    under_test.shell.model.set_value("quality", "fine")
    under_test.wait(lambda: window.engine_text == "No model")
    assert window.photo_page.banner.text == "There is no such model\nInstall it"
    under_test.shell.model.set_value("quality", "fast")
    under_test.wait(lambda: window.engine_text == "ellipse · CPU")


def test_a_model_that_cannot_be_opened_is_told_on_every_page(open_window, photo_path) -> None:
    def no_model() -> PortraitEngine:
        raise ModelError("there is no model", "install one")

    window = (under_test := open_window(no_model)).window
    pages = (window.photo_page, window.live_page, window.batch_page)
    under_test.wait(lambda: all(page.banner.text == "There is no model\nInstall one" for page in pages))
    assert not window.pages.is_made("video")
    assert window.video_page.banner.text == window.photo_page.banner.text, "made after it was told"
    window.open_photos([photo_path])
    under_test.wait(lambda: not window.photo_page.is_busy and window.photo_page.banner.kind == "error")
    assert not window.photo_page.save_button.isEnabled()


def test_a_worker_that_outlives_the_window_does_no_harm(
    qtbot: QtBot, engine: PortraitEngine, release, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()

    def slow() -> PortraitEngine:
        started.set()
        assert release.wait(PATIENCE_S)
        return engine

    monkeypatch.setattr("portrait.gui.threads.worker.Worker.stop.__defaults__", (0.0,))
    bridge = Bridge(slow, Settings())
    bridge.open_engine()
    assert started.wait(PATIENCE_S)
    with qtbot.assertNotEmitted(bridge.model_opened, wait=50):
        bridge.shutdown()
        release.set()
