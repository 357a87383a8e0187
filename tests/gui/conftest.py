"""A window on the stub engine, photos on disk, and the rule that no thread outlives its test."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before any QApplication

import gc
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from portrait.capture import SourceEntry
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.engine import PortraitEngine
from portrait.gui.application import Shell
from portrait.gui.live.live_page import LivePage
from portrait.gui.threads.garbage import collected_on_this_thread
from portrait.settings import Settings

PATIENCE_MS = 20_000
SYNTHETIC = SourceEntry("synthetic", "Demo", "synthetic", ("1280x720",))

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


@dataclass
class WindowUnderTest:
    """The shell, what it kept on closing, and a wait."""

    shell: Shell
    kept: list[Settings]
    state: QSettings
    qtbot: QtBot

    @property
    def window(self):
        return self.shell.window

    def wait(self, holds: Callable[[], bool]) -> None:
        """Run the event loop until ``holds``."""
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def open_photos(self, *paths: Path) -> None:
        """Open photos, and wait for the first preview."""
        with self.qtbot.waitSignal(self.shell.bridge.photo.preview_rendered, timeout=PATIENCE_MS):
            self.window.open_photos(paths)


@pytest.fixture(scope="package", autouse=True)
def _what_lies_about_already() -> Iterator[None]:
    """Is not looked at again after every test."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_widget_outlives_its_test(qapp: QApplication) -> Iterator[None]:
    """Collected on this thread, as in the app, and before the next test begins."""
    with collected_on_this_thread():
        yield
        for window in qapp.topLevelWidgets():
            window.close()
            window.deleteLater()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test(_no_widget_outlives_its_test: None) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5.0)
        assert not thread.is_alive(), f"{thread.name} outlives its test"


@pytest.fixture(autouse=True)
def _own_palette(qapp: QApplication) -> Iterator[None]:
    palette = qapp.palette()
    yield
    qapp.setPalette(palette)


@pytest.fixture(autouse=True)
def leaving(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In how many photos changes by hand were at risk whenever a window closed; the user is not asked, and leaves."""
    asked: list[int] = []
    monkeypatch.setattr("portrait.gui.delayed_close.ask_to_leave", lambda _, count: asked.append(count) or "leave")
    return asked


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> list[SourceEntry]:
    """What the machine under test has; a test may change the list."""
    entries = [SYNTHETIC]
    monkeypatch.setattr("portrait.gui.live.live_service.list_sources", lambda: tuple(entries))
    return entries


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path, cameras: list[SourceEntry]) -> Iterator[Callable[..., WindowUnderTest]]:
    """Make a window on an engine factory; it is closed at the end of the test."""
    opened: list[WindowUnderTest] = []

    def make(engine_factory: Callable[[], PortraitEngine], settings: Settings | None = None) -> WindowUnderTest:
        state = QSettings(str(tmp_path / "state" / "window.ini"), QSettings.Format.IniFormat)
        kept: list[Settings] = []
        shell = Shell(engine_factory, settings or replace(Settings(), quality="fast"), state, kept.append)
        opened.append(WindowUnderTest(shell, kept, state, qtbot))
        shell.window.show()
        qtbot.waitExposed(shell.window)
        return opened[-1]

    yield make
    for under_test in opened:
        under_test.window.close()


@pytest.fixture
def under_test(open_window: Callable[..., WindowUnderTest], engine: PortraitEngine) -> WindowUnderTest:
    return open_window(lambda: engine)


@pytest.fixture
def live_page(under_test: WindowUnderTest) -> LivePage:
    """The Live page, in front, once it knows the cameras."""
    page = under_test.window.live_page
    under_test.window.show_page("live")
    page.refresh()
    under_test.wait(lambda: page.sources.combo.count() > 0)
    return page


@pytest.fixture
def photo_path(tmp_path: Path, portrait_scene: Scene) -> Path:
    """A photo of a person, 128 × 96."""
    path = tmp_path / "photos" / "anna.png"
    path.parent.mkdir()
    Image.fromarray(portrait_scene(96, 128)[0]).save(path)
    return path


@pytest.fixture
def broken_path(photo_path: Path) -> Path:
    """A photo that was cut off."""
    path = photo_path.with_name("broken.png")
    path.write_bytes(photo_path.read_bytes()[:200])
    return path


@pytest.fixture
def nobody(ellipse_segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network sees no person from now on."""
    empty = np.zeros((64, 64), np.float32)
    monkeypatch.setattr(ellipse_segmenter, "find_probability", lambda image, input_size=None: empty.copy())


@pytest.fixture
def drag() -> Callable[..., bool]:
    """Drags paths onto a widget and drops them, taken or not; tells whether they were taken."""

    def drag_onto(widget: QWidget, *paths: Path) -> bool:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(10, 10), action, mime, button, modifier)
        enter.ignore()
        widget.dragEnterEvent(enter)
        widget.dropEvent(QDropEvent(QPointF(10, 10), action, mime, button, modifier))
        return enter.isAccepted()

    return drag_onto
