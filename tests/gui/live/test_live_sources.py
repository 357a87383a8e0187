"""The list of cameras and videos on the Live page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from portrait.capture import SourceEntry
from portrait.engine import PortraitEngine
from portrait.gui.live.live_page import LivePage
from portrait.settings import Settings

pytestmark = pytest.mark.slow

CAMERA = SourceEntry("0", "Built-in camera", "camera")


def test_without_a_camera_the_page_says_what_to_do(live_page: LivePage) -> None:
    assert live_page.body.currentWidget() is live_page.empty_state
    assert live_page.empty_state.title == "No camera found"
    assert live_page.start_button.text() == "Start"


def test_cameras_come_by_name_and_the_remembered_one_is_chosen(
    open_window, engine: PortraitEngine, cameras: list[SourceEntry]
) -> None:
    cameras[:0] = [CAMERA, SourceEntry("2", "Desk camera", "camera")]
    under_test = open_window(lambda: engine, replace(Settings(), live_source="2"))
    live_page = under_test.window.live_page
    live_page.refresh()
    under_test.wait(lambda: live_page.sources.combo.count() == 3)
    assert live_page.sources.combo.currentText() == "Desk camera"
    assert live_page.empty_state.title == "Ready"


def test_the_demo_has_one_name(live_page: LivePage, under_test) -> None:
    name = live_page.sources.combo.currentText()
    assert name.lower() in live_page.empty_state.findChildren(QPushButton)[-1].text().lower()
    live_page.sources.set_found([])
    live_page.play_demo()
    assert live_page.sources.combo.currentText() == name


def test_a_new_camera_is_found_by_refresh(live_page: LivePage, under_test, cameras: list[SourceEntry]) -> None:
    cameras.insert(0, CAMERA)
    live_page.refresh()
    under_test.wait(lambda: live_page.sources.combo.count() == 2)
    assert live_page.sources.combo.currentText() == "Demo"
    assert live_page.sources.refresh_button.isEnabled()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A file that is there; nobody looks inside."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"pictures")
    return path


def refresh(live_page: LivePage, under_test) -> list[str]:
    """Look for sources; what the list says then."""
    live_page.refresh()
    under_test.wait(live_page.sources.refresh_button.isEnabled)
    return [live_page.sources.combo.itemText(i) for i in range(live_page.sources.combo.count())]


def test_a_remembered_video_is_in_the_list_and_chosen(open_window, engine: PortraitEngine, video: Path) -> None:
    under_test = open_window(lambda: engine, replace(Settings(), live_source=str(video)))
    live_page = under_test.window.live_page
    for _ in range(2):
        assert refresh(live_page, under_test) == ["Demo", "clip.mp4"]
        assert live_page.sources.current_id == str(video)
        assert live_page.empty_state.title == "Ready"
    assert live_page.banner.isHidden()


def test_a_remembered_video_that_is_gone_is_named(open_window, engine: PortraitEngine, video: Path) -> None:
    under_test = open_window(lambda: engine, replace(Settings(), live_source=str(video)))
    video.unlink()
    live_page = under_test.window.live_page
    assert refresh(live_page, under_test) == ["Demo"]
    assert live_page.banner.kind == "error"
    assert live_page.banner.text.startswith(f"{video} is not there")


def test_a_remembered_camera_that_is_unplugged_is_no_trouble(
    open_window, engine: PortraitEngine, cameras: list[SourceEntry]
) -> None:
    cameras.insert(0, CAMERA)
    under_test = open_window(lambda: engine, replace(Settings(), live_source="/dev/video7"))
    live_page = under_test.window.live_page
    assert refresh(live_page, under_test) == ["Built-in camera", "Demo"]
    assert live_page.sources.current_id == CAMERA.id
    assert live_page.banner.isHidden()


def test_a_file_that_cannot_be_played_leaves_the_list(live_page: LivePage, under_test, video: Path) -> None:
    live_page.play(str(video), video.name)
    assert live_page.sources.current_id == str(video)
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.banner.text.startswith("clip.mp4 is not a video")
    assert not live_page.sources.holds(str(video))
    assert under_test.shell.model.settings.live_source == "synthetic", "it is not tried again the next time"


def test_the_first_file_that_is_dropped_is_played(
    drag: Callable[..., bool], live_page: LivePage, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[str] = []
    monkeypatch.setattr(live_page, "play", lambda source_id, name: played.append(source_id))
    too_long = video.with_name("y" * 300 + ".mp4")
    assert drag(live_page, video.parent, too_long, video)
    assert played == [str(video)]
    assert not drag(live_page, video.parent, too_long)
    assert played == [str(video)]


def test_a_bug_in_looking_for_cameras_does_not_keep_the_button_disabled(
    live_page: LivePage, under_test, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> tuple[SourceEntry, ...]:
        raise ZeroDivisionError("a bug")

    live_page.sources.choose(str(video), video.name)
    with monkeypatch.context() as patch:
        patch.setattr("portrait.gui.live.live_service.list_sources", fail)
        assert refresh(live_page, under_test) == ["clip.mp4"]
        assert not live_page.is_busy
        under_test.wait(lambda: under_test.shell.reporter.dialog is not None)
    under_test.shell.reporter.dialog.reject()
    assert refresh(live_page, under_test) == ["Demo", "clip.mp4"]
