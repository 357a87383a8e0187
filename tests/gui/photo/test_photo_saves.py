"""A save that was accepted is written: behind another, with the matte that was chosen, when the window closes."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.gui.photo import photo_service
from portrait.gui.photo.photo_requests import SaveRequest
from portrait.photo.made_files import MadeFiles, record_path


class HeldSaves:
    """Saves that begin when the test lets them."""

    def __init__(self) -> None:
        self.requests: list[SaveRequest] = []
        self.release = threading.Event()
        self._save = photo_service.save

    def __call__(self, engine: PortraitEngine, request: SaveRequest):
        assert self.release.wait(20.0)
        self.requests.append(request)
        return self._save(engine, request)


@pytest.fixture
def saves(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldSaves]:
    saves = HeldSaves()
    monkeypatch.setattr(photo_service, "save", saves)
    yield saves
    saves.release.set()


def targets(photo_path: Path, *names: str) -> list[Path]:
    return [photo_path.with_name(name) for name in names]


def test_a_window_that_is_closed_waits_for_its_saves_and_says_so(under_test, photo_path: Path, saves) -> None:
    under_test.open_photos(photo_path)
    window, page = under_test.window, under_test.window.photo_page
    first, second = targets(photo_path, "first.png", "second.png")
    for target in (first, second):
        page.save_to(target)
    window.show_page("live")
    assert not window.close()
    assert window.isVisible()
    assert window.current_page is page
    assert "still being saved" in page.save_banner.text
    assert page.is_busy
    assert not page.isEnabled()
    saves.release.set()
    under_test.wait(lambda: not window.isVisible())
    assert first.exists()
    assert second.exists()
    assert len(under_test.kept) == 1


def test_a_window_that_is_closed_twice_goes_and_its_saves_are_written(under_test, photo_path: Path, saves) -> None:
    under_test.open_photos(photo_path)
    under_test.shell.model.set_value("quality", "fine")
    written = targets(photo_path, "first.png", "second.png")
    for target in written:
        under_test.window.photo_page.save_to(target)
    assert not under_test.window.close()
    threading.Timer(0.05, saves.release.set).start()
    assert under_test.window.close()
    assert all(target.exists() for target in written)
    assert {request.found.quality for request in saves.requests} == {"fine"}


@pytest.mark.parametrize(
    "error", [ImageFileError("the disk is full", "free some space"), ZeroDivisionError("a bug")], ids=["error", "bug"]
)
def test_a_save_that_fails_when_the_window_is_gone_is_logged(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    release = threading.Event()

    def fail(engine: PortraitEngine, request: SaveRequest) -> None:
        assert release.wait(20.0)
        raise error

    monkeypatch.setattr(photo_service, "save", fail)
    under_test.open_photos(photo_path)
    under_test.window.photo_page.save_to(photo_path.with_name("out.png"))
    assert not under_test.window.close()
    threading.Timer(0.05, release.set).start()
    assert under_test.window.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(error) in caplog.text


def test_a_save_that_fails_keeps_the_window_open(under_test, photo_path: Path, saves) -> None:
    under_test.open_photos(photo_path)
    window, page = under_test.window, under_test.window.photo_page
    page.save_to(photo_path)
    assert not window.close()
    saves.release.set()
    under_test.wait(lambda: page.save_banner.kind == "error")
    under_test.wait(lambda: not page.is_busy)
    assert window.isVisible()
    assert page.isEnabled()
    assert page.save_button.isEnabled()
    assert window.close()


def test_a_bug_in_a_save_keeps_the_window_open(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()

    def fail(engine: PortraitEngine, request: SaveRequest) -> None:
        assert release.wait(20.0)
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(photo_service, "save", fail)
    under_test.open_photos(photo_path)
    window, reporter = under_test.window, under_test.shell.reporter
    window.photo_page.save_to(photo_path.with_name("out.png"))
    assert not window.close()
    release.set()
    under_test.wait(lambda: reporter.dialog is not None)
    reporter.dialog.reject()
    under_test.wait(lambda: not window.photo_page.is_busy)
    assert window.isVisible()
    assert window.photo_page.isEnabled()
    assert window.photo_page.save_banner.kind is None, "nothing says any more that the window closes by itself"


def test_a_bug_elsewhere_does_not_keep_the_window_open(
    under_test, photo_path: Path, saves, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    under_test.open_photos(photo_path)
    window, reporter = under_test.window, under_test.shell.reporter
    window.photo_page.save_to(target := photo_path.with_name("out.png"))
    assert not window.close()
    monkeypatch.setattr("portrait.gui.live.live_service.list_sources", fail)
    under_test.shell.bridge.live.list_sources()
    under_test.wait(lambda: reporter.dialog is not None)
    assert "closes by itself" in window.photo_page.save_banner.text
    reporter.dialog.reject()
    saves.release.set()
    under_test.wait(lambda: not window.isVisible())
    assert target.exists()


def test_keys_do_nothing_while_the_window_waits_for_its_saves(
    under_test, photo_path: Path, saves, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path, other)
    window, page = under_test.window, under_test.window.photo_page
    asked: list[Path] = []
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_photos", lambda parent, folder: asked.append(folder))
    page.save_to(photo_path.with_name("out.png"))
    assert not window.close()
    under_test.qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    under_test.qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    under_test.qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert not asked
    assert window.current_page is page
    assert page.header.title == "anna.png"


def test_a_save_waits_for_the_matte_of_the_quality_that_was_chosen(under_test, photo_path: Path, saves) -> None:
    under_test.open_photos(photo_path)
    under_test.shell.model.set_value("quality", "fine")
    under_test.window.photo_page.save_to(photo_path.with_name("fine.png"))
    under_test.shell.model.set_value("quality", "fast")
    saves.release.set()
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages)
    assert [request.found.quality for request in saves.requests] == ["fine"]
    assert service.found.quality == "fast"


def test_the_matte_of_a_save_is_found_once(under_test, photo_path: Path, saves, monkeypatch) -> None:
    under_test.open_photos(photo_path)
    found: list[str] = []
    find_matte = PortraitEngine.find_matte

    def spy(self, image, quality="fast"):
        found.append(quality)
        return find_matte(self, image, quality)

    monkeypatch.setattr(PortraitEngine, "find_matte", spy)
    under_test.shell.model.set_value("quality", "fine")
    for target in targets(photo_path, "one.png", "two.png"):
        under_test.window.photo_page.save_to(target)
    saves.release.set()
    under_test.wait(lambda: not under_test.shell.bridge.photo.stages)
    assert found == ["fine"]
    assert len(saves.requests) == 2


def test_a_save_is_of_its_own_photo_when_another_is_opened_meanwhile(under_test, photo_path: Path, saves) -> None:
    other = photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes())
    under_test.open_photos(photo_path)
    under_test.shell.model.set_value("quality", "fine")
    under_test.window.photo_page.save_to(photo_path.with_name("out.png"))
    under_test.window.open_photos([other])
    saves.release.set()
    under_test.wait(lambda: not under_test.shell.bridge.photo.stages)
    assert [request.found.photo.path for request in saves.requests] == [photo_path]
    assert photo_path.with_name("out.png").exists()


def test_nothing_is_saved_when_the_chosen_quality_finds_nobody(
    under_test, photo_path: Path, request: pytest.FixtureRequest
) -> None:
    under_test.open_photos(photo_path)
    request.getfixturevalue("nobody")
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    under_test.shell.model.set_value("quality", "fine")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert "no person was found" in page.save_banner.text
    assert not target.exists()


def test_a_file_that_comes_after_the_user_was_asked_is_kept(under_test, photo_path: Path, saves) -> None:
    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    page.save_to(target)
    target.write_bytes(b"theirs")
    saves.release.set()
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert str(target) in page.save_banner.text
    assert target.read_bytes() == b"theirs"
    page.save_to(target)  # the dialog has asked about it
    under_test.wait(lambda: page.save_banner.kind == "done")
    assert target.read_bytes() != b"theirs"


def test_what_the_window_saved_is_known_to_be_made_by_the_app(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done")
    assert MadeFiles().knows(target, photo_path)


def test_a_portrait_that_cannot_be_noted_is_saved_and_that_is_said(under_test, photo_path: Path) -> None:
    record_path().parent.rmdir()
    record_path().parent.write_bytes(b"a file where the folder should be")
    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "done")
    assert "could not be noted" in page.save_banner.text
    assert target.exists()


def test_what_stops_a_save_is_told_before_the_matte_of_another_quality_is_found(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_test.open_photos(photo_path)
    page, service = under_test.window.photo_page, under_test.shell.bridge.photo
    found: list[str] = []
    monkeypatch.setattr(PortraitEngine, "find_matte", lambda self, image, quality="fast": found.append(quality))
    release = threading.Event()
    service._worker.submit("hold", lambda: release.wait(20.0) and None)
    service.set_settings(replace(under_test.shell.model.settings, quality="fine"))
    service._worker.discard("matte")  # only a save asks for it
    release.set()
    for target, said in ((photo_path, "would overwrite"), (photo_path.parent / "none" / "a.png", "does not exist")):
        page.save_to(target)
        under_test.wait(lambda: page.save_banner.kind == "error")
        assert said in page.save_banner.text
    assert found == []


@pytest.mark.parametrize("stage", ["find_matte", "render"])
def test_too_little_memory_is_no_bug(
    under_test, photo_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stage: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    under_test.open_photos(photo_path)
    page, target = under_test.window.photo_page, photo_path.with_name("out.png")
    monkeypatch.setattr(PortraitEngine, stage, fail)
    under_test.shell.model.set_value("quality", "fine")
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert f"Not enough memory for a portrait of {photo_path}" in page.save_banner.text
    assert under_test.shell.reporter.dialog is None
    assert not target.exists()
