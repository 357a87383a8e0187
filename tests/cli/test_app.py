"""The one door: window or command, and what is said when anything goes wrong."""

import io
import logging
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

import portrait
from portrait.cli import display
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.settings import Settings, load_settings, save_settings, settings_path
from portrait.settings.live_start import LiveStart

ROOT = Path(portrait.__file__).parents[1]


class FakeWindow:
    """Stands in for the window; remembers what it was opened with."""

    def __init__(self) -> None:
        self.opened: list[tuple[Settings, list[Path]]] = []
        self.start_page = ""
        self.crash = ""
        self.keep_settings: Callable[[Settings], None]

    def run_app(
        self,
        engine_factory: Callable[[], PortraitEngine],
        settings: Settings,
        photos: Sequence[Path],
        *,
        start_page: str,
        live_start: LiveStart | None = None,
        keep_settings: Callable[[Settings], None],
        crash: str,
    ) -> int:
        engine_factory()
        self.crash = crash
        self.keep_settings = keep_settings
        self.opened.append((settings, list(photos)))
        self.start_page = start_page
        return 0


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    fake = FakeWindow()
    monkeypatch.setattr("portrait.app.require_display", lambda: None)
    application_object = SimpleNamespace(import_as_python_does=lambda: None)
    monkeypatch.setitem(sys.modules, "portrait.gui.application_object", application_object)
    monkeypatch.setitem(sys.modules, "portrait.gui.application", SimpleNamespace(run_app=fake.run_app))
    return fake


def test_no_words_open_the_app_with_the_saved_settings(run, window: FakeWindow) -> None:
    save_settings(Settings(quality="fine"), settings_path())
    assert run().status == 0
    assert window.opened == [(Settings(quality="fine"), [])]


def test_photos_open_in_the_app(run, window: FakeWindow, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "b.png")]
    assert run(*photos).status == 0
    assert window.opened == [(Settings(), photos)]


def test_a_missing_photo_is_named(run, window: FakeWindow, tmp_path: Path) -> None:
    outcome = run(tmp_path / "none.jpg")
    assert outcome.status == 1
    assert outcome.err.startswith(f"error: {tmp_path / 'none.jpg'} does not exist")
    assert window.opened == []


def test_live_opens_the_app_with_its_options_over_the_saved_settings(run, window: FakeWindow) -> None:
    save_settings(Settings(quality="fine", blur=BlurOptions(f_number=8.0)), settings_path())
    assert run("live", "--source", "1", "--size", "640x480", "--f-number", "4").status == 0
    ((settings, photos),) = window.opened
    assert (settings.live_source, settings.live_width, settings.live_height) == ("1", 640, 480)
    assert (settings.blur.f_number, settings.quality) == (4.0, "fine")
    assert window.start_page == "live"
    assert photos == []
    window.keep_settings(settings)
    assert load_settings().blur.f_number == 8.0, "options of one call are not kept"


def test_broken_settings_are_put_aside_and_the_app_opens(run, window: FakeWindow, home: Path) -> None:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text('{"quality": "best"}')
    outcome = run()
    assert outcome.status == 0
    assert window.opened == [(Settings(), [])]
    assert "quality cannot be 'best'" in outcome.err
    assert not path.exists()
    assert path.with_name("settings.broken.json").read_text() == '{"quality": "best"}'
    assert str(path.with_name("settings.broken.json")) in outcome.err


@pytest.mark.parametrize("words", [(), ("live",)])
def test_without_a_display_the_commands_are_named(run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setattr(display, "has_display", lambda: False)
    outcome = run(*words)
    assert outcome.status == 1
    assert "no display" in outcome.err
    assert all(command in outcome.err for command in ("photo", "batch", "live --headless"))


def test_a_missing_qt_library_is_named(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "has_display", lambda: True)
    monkeypatch.setattr(display, "find_qt_problem", lambda: "libEGL.so.1: cannot open shared object file")
    outcome = run()
    assert outcome.status == 1
    assert "libEGL.so.1" in outcome.err
    assert "apt install" in outcome.err


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_a_display_is_seen_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(display, "sys", SimpleNamespace(platform="linux"))
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    assert not display.has_display()
    monkeypatch.setenv(name, "x")
    assert display.has_display()


def test_unknown_word_is_a_usage_error_with_a_suggestion(run) -> None:
    outcome = run("phto")
    assert outcome.status == 2
    assert "photo" in outcome.err


def test_a_folder_is_pointed_to_batch(run, tmp_path: Path) -> None:
    outcome = run(tmp_path)
    assert outcome.status == 2
    assert f"portrait batch {tmp_path} OUT_DIR" in outcome.err


def test_version_and_help(run) -> None:
    assert run("--version").out == f"portrait {portrait.__version__}\n"
    help_text = run("--help").out
    assert all(command in help_text for command in ("photo", "batch", "live", "cameras", "models", "doctor"))


def _raise(error: BaseException) -> Callable[..., None]:
    def open_engine(*_: object, **__: object) -> None:
        raise error

    return open_engine


def test_a_bug_is_one_line_and_a_log(run, save_scene, tmp_path: Path, home: Path, monkeypatch) -> None:
    monkeypatch.setattr("portrait.engine.open_engine", _raise(ZeroDivisionError("by zero")))
    outcome = run("photo", save_scene(tmp_path / "a.jpg"), "-o", tmp_path / "b.jpg")
    log = home / "log" / "portrait.log"
    assert outcome.status == 70
    assert outcome.err.splitlines() == [
        "error: Something went wrong inside Portrait: ZeroDivisionError: by zero",
        f"hint: The details are in {log}; please report them.",
    ]
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "ZeroDivisionError: by zero" in text


def test_a_bug_is_told_even_where_no_log_can_be_written(run, home: Path, window: FakeWindow, monkeypatch) -> None:
    home.mkdir()
    (home / "log").touch()
    monkeypatch.setattr("portrait.engine.open_engine", _raise(ZeroDivisionError("by zero")))
    outcome = run()
    assert outcome.status == 70
    assert "ZeroDivisionError" in outcome.err
    assert "cannot be written" in outcome.err


def test_ctrl_c_is_no_traceback(run, save_scene, tmp_path: Path, window: FakeWindow, monkeypatch) -> None:
    monkeypatch.setattr("portrait.engine.open_engine", _raise(KeyboardInterrupt()))
    in_command = run("photo", save_scene(tmp_path / "a.jpg"), "-o", tmp_path / "b.jpg")
    in_window = run()
    assert in_command.status == in_window.status == 130
    assert in_command.err == in_window.err == "Stopped.\n"


def test_ctrl_c_while_a_module_in_c_is_loaded_is_no_bug(run, save_scene, tmp_path: Path, monkeypatch) -> None:
    failed_import = ImportError("initialization failed")
    failed_import.__cause__ = KeyboardInterrupt()
    monkeypatch.setattr("portrait.engine.open_engine", _raise(failed_import))
    outcome = run("photo", save_scene(tmp_path / "a.jpg"), "-o", tmp_path / "b.jpg")
    assert (outcome.status, outcome.err) == (130, "Stopped.\n")


def _run_python(code: str) -> subprocess.CompletedProcess[str]:
    words, offscreen = [sys.executable, "-c", code], {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, env=offscreen)


def test_ctrl_c_while_the_program_is_loaded_is_no_traceback() -> None:
    ended = _run_python("""
import sys
class HastyUser:
    def find_spec(self, name, *_):
        if name == "portrait.settings":
            raise KeyboardInterrupt
sys.meta_path.insert(0, HastyUser())
import portrait.app
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_ctrl_c_while_the_window_is_built_ends_the_process_at_once() -> None:
    ended = _run_python("""
import signal, sys, types
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with Ctrl-C ignored
from portrait import app
app.require_display = lambda: None
def run_app(*_, **__):
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        print("a window half built is unwound")
sys.modules["portrait.gui.application"] = types.SimpleNamespace(run_app=run_app)
app.main([])
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_ctrl_c_stays_ignored_where_it_was_while_the_window_is_built() -> None:
    ended = _run_python("""
import signal, sys, types
signal.signal(signal.SIGINT, signal.SIG_IGN)
from portrait import app
app.require_display = lambda: None
def run_app(*_, **__):
    signal.raise_signal(signal.SIGINT)
    print("open")
    return 0
sys.modules["portrait.gui.application"] = types.SimpleNamespace(run_app=run_app)
sys.exit(app.main([]))
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "open\n", "")


def test_ctrl_c_is_as_before_once_the_window_is_closed(run, window: FakeWindow) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run().status == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_what_stdout_cannot_encode_does_not_end_a_command(run, monkeypatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    assert run("photo", "--help").status == 0
    sys.stdout.flush()
    assert b"36 ? 24 mm" in written.getvalue()


def test_user_errors_have_a_hint_only_where_there_is_one(run, window: FakeWindow, monkeypatch) -> None:
    monkeypatch.setattr("portrait.engine.open_engine", _raise(PortraitError("it is so")))
    outcome = run()
    assert (outcome.status, outcome.err) == (1, "error: it is so\n")


def test_no_handler_stays_behind(run) -> None:
    before = list(logging.getLogger("portrait").handlers)
    run("--version")
    assert logging.getLogger("portrait").handlers == before


def test_a_name_too_long_is_a_user_error(run, window: FakeWindow, save_scene, tmp_path: Path) -> None:
    photo, name = save_scene(tmp_path / "a.jpg"), "a" * 300
    for words in ((f"{name}.jpg",), ("photo", photo, "-o", tmp_path / f"{name}.jpg"), ("batch", name, tmp_path / "b")):
        outcome = run(*words)
        assert outcome.status == 1
        assert name in outcome.err
    assert run(name).status == 2


def test_what_libraries_say_stands_in_the_log_alone(run, tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("RGB", (64, 48)).save(path)
    content = path.read_bytes()
    samples = struct.pack("<HHIHH", 277, 3, 1, 3, 0)  # SamplesPerPixel, SHORT, one value: 3
    path.write_bytes(content.replace(samples, struct.pack("<HHIHH", 277, 3, 1, 2048, 0)))
    outcome = run("photo", path, "-o", tmp_path / "b.png")
    assert [line.split(":")[0] for line in outcome.err.splitlines()] == ["error", "hint"]
    assert "More samples per pixel" in (home / "log" / "portrait.log").read_text(encoding="utf-8")
