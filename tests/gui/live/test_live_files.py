"""Snapshot and recording from the window: real files, and what is said where they cannot be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image
from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication

from portrait.engine import PortraitEngine
from portrait.gui.live import files_control, live_bar
from portrait.gui.live.live_page import LivePage
from portrait.settings import Settings
from portrait.settings.live_start import LiveStart
from portrait.sinks.frame_sink import MissingSetUpError

SMALL = replace(Settings(), live_width=160, live_height=120)


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, SMALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Takes the place of the folders for pictures and videos; not made yet."""
    path = tmp_path / "files"
    monkeypatch.setattr(
        QStandardPaths, "writableLocation", lambda location: str(path / str(location.name).removesuffix("Location"))
    )
    return path


@pytest.fixture
def running_page(under_test, live_page: LivePage, folder: Path) -> Iterator[LivePage]:
    live_page.start()
    under_test.wait(live_page.bar.snapshot_button.isEnabled)
    yield live_page
    live_page.stop()


def frames_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_without_a_frame_nothing_can_be_taken(live_page: LivePage) -> None:
    assert not live_page.bar.snapshot_button.isEnabled()
    assert not live_page.bar.record_button.isEnabled()
    live_page.files.take_snapshot()
    live_page.files.toggle_recording()
    assert live_page.bar.record_button.text() == live_bar.RECORD_TEXT


def test_a_snapshot_is_a_photo_in_the_pictures(under_test, running_page: LivePage, folder: Path) -> None:
    running_page.bar.snapshot_button.click()
    under_test.wait(lambda: running_page.banner.kind == "done")
    (path,) = (folder / "Pictures").iterdir()
    assert path.name in running_page.banner.text
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("JPEG", (160, 120))


def test_a_recording_is_a_video_that_plays(under_test, running_page: LivePage, folder: Path) -> None:
    button = running_page.bar.record_button
    button.click()
    under_test.wait(lambda: running_page._service.files.recorded_s > 0.2)
    running_page.files.show()
    assert button.text() == live_bar.STOP_TEXT.format(time="0:00")
    button.click()
    assert button.text() == live_bar.FINISHING_TEXT
    assert not button.isEnabled()
    under_test.wait(lambda: running_page.banner.kind == "done")
    (path,) = (folder / "Movies").iterdir()
    assert frames_of(path) >= 2
    assert "H.264" in running_page.banner.text
    assert button.text() == live_bar.RECORD_TEXT


@pytest.mark.parametrize("ends_by", ["stop", "close"])
def test_a_recording_is_complete_when_the_picture_or_the_window_ends(
    under_test, running_page: LivePage, folder: Path, ends_by: str
) -> None:
    running_page.bar.record_button.click()
    under_test.wait(lambda: running_page._service.files.recorded_s > 0.0)
    if ends_by == "stop":
        running_page.stop()
        under_test.wait(lambda: running_page.banner.kind == "done")
    else:
        under_test.window.close()
    (path,) = (folder / "Movies").iterdir()
    assert frames_of(path) >= 1


def test_the_command_line_records_from_the_first_frame(
    under_test, live_page: LivePage, folder: Path, tmp_path: Path
) -> None:
    live_page.begin_with(LiveStart(record=tmp_path / "talk.mkv"))
    under_test.wait(lambda: live_page._service.files.recorded_s > 0.0)
    live_page.stop()
    under_test.wait((tmp_path / "talk.mkv").exists)


def test_a_name_that_is_taken_is_told(under_test, live_page: LivePage, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "talk.mkv").write_bytes(b"mine")
    live_page.begin_with(LiveStart(record=tmp_path / "talk.mkv"))
    under_test.wait(lambda: live_page.banner.kind == "error")
    assert "there already" in live_page.banner.text
    assert live_page.is_running
    assert live_page.bar.record_button.text() == live_bar.RECORD_TEXT
    live_page.stop()
    assert (tmp_path / "talk.mkv").read_bytes() == b"mine"


def test_without_pyav_the_command_can_be_copied(
    under_test, running_page: LivePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = MissingSetUpError("recording needs PyAV", "install it", "pip install it")
    monkeypatch.setattr("portrait.live.recording.why_no_recording", lambda: missing)
    running_page.bar.record_button.click()
    under_test.wait(lambda: running_page.banner.kind == "error")
    running_page.banner._button.click()
    assert QGuiApplication.clipboard().text() == "pip install it"
    assert running_page.banner._button.text() == files_control.COPY_TEXT


def test_a_folder_that_cannot_be_made_is_told(under_test, running_page: LivePage, folder: Path) -> None:
    folder.write_text("a file in its place")
    for button in (running_page.bar.snapshot_button, running_page.bar.record_button):
        button.click()
        under_test.wait(lambda: running_page.banner.kind == "error")
        assert "cannot be made" in running_page.banner.text
        running_page.banner.clear()


def test_an_error_goes_when_it_is_tried_again(under_test, running_page: LivePage, folder: Path) -> None:
    folder.write_text("a file in its place")
    running_page.bar.snapshot_button.click()
    under_test.wait(lambda: running_page.banner.kind == "error")
    folder.unlink()
    running_page.bar.snapshot_button.click()
    under_test.wait(lambda: running_page.banner.kind == "done")
