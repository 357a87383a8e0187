"""Sources, start and stop, figures, and cameras that are not there."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from portrait.capture import CameraLostError, Frame, SourceEntry
from portrait.engine import PortraitEngine
from portrait.errors import CameraError, ModelError
from portrait.gui.live_page import LivePage
from portrait.settings import FIELDS, Settings

SMALL = replace(Settings(), live_width=160, live_height=120)
PATIENCE_S = 20.0
CAMERA = SourceEntry("0", "Built-in camera", "camera")


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, SMALL)


@pytest.fixture
def page(under_test) -> LivePage:
    under_test.window.show_page("live")
    under_test.window.live_page.refresh()
    under_test.wait(lambda: under_test.window.live_page.sources.combo.count() > 0)
    return under_test.window.live_page


@pytest.fixture
def source_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Let the next source be this one."""
    return lambda source: monkeypatch.setattr("portrait.gui.live_service.make_live_source", lambda *a, **k: source)


class ScriptedCamera:
    """Delivers its steps: pictures, or exceptions to raise; then it ends."""

    name = "Scripted camera"
    frame_rate_fps = 30.0

    def __init__(self, *steps: object) -> None:
        self.steps: Iterator[object] = iter(steps)
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def read(self) -> Frame | None:
        step = next(self.steps, None)
        if isinstance(step, Exception):
            raise step
        return None if step is None else Frame(np.full((60, 80, 3), 120, np.uint8), 0, 0.0)

    def close(self) -> None:
        self.is_open = False


class WaitingCamera:
    """Open until it is closed, without a picture."""

    name = "Waiting camera"
    frame_rate_fps = 30.0

    def __init__(self) -> None:
        self.is_open = False
        self._closed = threading.Event()

    def open(self) -> None:
        self.is_open = True

    def read(self) -> None:
        assert self._closed.wait(PATIENCE_S)

    def close(self) -> None:
        self.is_open = False
        self._closed.set()


def test_without_a_camera_the_page_says_what_to_do(page: LivePage) -> None:
    assert page.body.currentWidget() is page.empty_state
    assert page.empty_state.title == "No camera found"
    assert page.start_button.text() == "Start"


def test_cameras_come_by_name_and_the_remembered_one_is_chosen(
    open_window, engine: PortraitEngine, cameras: list[SourceEntry]
) -> None:
    cameras[:0] = [CAMERA, SourceEntry("2", "Desk camera", "camera")]
    under_test = open_window(lambda: engine, replace(SMALL, live_source="2"))
    page = under_test.window.live_page
    page.refresh()
    under_test.wait(lambda: page.sources.combo.count() == 3)
    assert page.sources.combo.currentText() == "Desk camera"
    assert page.empty_state.title == "Ready"


def test_a_new_camera_is_found_by_refresh(page: LivePage, under_test, cameras: list[SourceEntry]) -> None:
    cameras.insert(0, CAMERA)
    page.refresh()
    under_test.wait(lambda: page.sources.combo.count() == 2)
    assert page.sources.combo.currentText() == "Synthetic person"
    assert page.sources.refresh_button.isEnabled()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A file that is there; nobody looks inside."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"pictures")
    return path


def refresh(page: LivePage, under_test) -> list[str]:
    """Look for sources; what the list says then."""
    page.refresh()
    under_test.wait(page.sources.refresh_button.isEnabled)
    return [page.sources.combo.itemText(i) for i in range(page.sources.combo.count())]


def test_a_remembered_video_is_in_the_list_and_chosen(open_window, engine: PortraitEngine, video: Path) -> None:
    under_test = open_window(lambda: engine, replace(SMALL, live_source=str(video)))
    page = under_test.window.live_page
    for _ in range(2):
        assert refresh(page, under_test) == ["Synthetic person", "clip.mp4"]
        assert page.sources.current_id == str(video)
        assert page.empty_state.title == "Ready"
    assert page.banner.isHidden()


def test_a_remembered_video_that_is_gone_is_named(open_window, engine: PortraitEngine, video: Path) -> None:
    under_test = open_window(lambda: engine, replace(SMALL, live_source=str(video)))
    video.unlink()
    page = under_test.window.live_page
    assert refresh(page, under_test) == ["Synthetic person"]
    assert page.banner.kind == "error"
    assert page.banner.text.startswith(f"{video} is not there")


def test_a_remembered_camera_that_is_unplugged_is_no_trouble(
    open_window, engine: PortraitEngine, cameras: list[SourceEntry]
) -> None:
    cameras.insert(0, CAMERA)
    under_test = open_window(lambda: engine, replace(SMALL, live_source="/dev/video7"))
    page = under_test.window.live_page
    assert refresh(page, under_test) == ["Built-in camera", "Synthetic person"]
    assert page.sources.current_id == CAMERA.id
    assert page.banner.isHidden()


@pytest.mark.parametrize("source_id", ["/videos/just deleted.mp4", "7"])
def test_what_plays_stays_chosen_when_cameras_are_looked_for(
    page: LivePage, under_test, source_of, source_id: str
) -> None:
    camera = WaitingCamera()  # many show themselves to one program only
    source_of(camera)
    page.play(source_id, "what plays")
    under_test.wait(lambda: camera.is_open)
    assert refresh(page, under_test) == ["Synthetic person", "what plays"]
    assert page.sources.current_id == source_id
    assert page.is_running
    assert page.banner.isHidden()


def test_a_file_that_cannot_be_played_leaves_the_list(page: LivePage, under_test, video: Path) -> None:
    page.play(str(video), video.name)
    assert page.sources.current_id == str(video)
    under_test.wait(lambda: not page.is_running)
    assert page.banner.text.startswith("clip.mp4 is not a video")
    assert not page.sources.holds(str(video))
    assert under_test.shell.model.settings.live_source == "synthetic", "it is not tried again the next time"


def test_a_camera_that_cannot_be_opened_stays_in_the_list(page: LivePage, under_test, source_of) -> None:
    camera = ScriptedCamera()
    camera.open = lambda: (_ for _ in ()).throw(CameraError("camera 7 is busy", "close the other program"))
    source_of(camera)
    page.play("7", "Camera 7")
    under_test.wait(lambda: not page.is_running)
    assert page.sources.current_id == "7"


def test_the_page_says_when_it_runs(page: LivePage, under_test, source_of) -> None:
    said: list[bool] = []
    page.running_changed.connect(said.append)
    source_of(WaitingCamera())
    page.play("7", "Camera 7")
    page.stop()
    under_test.wait(lambda: not page.is_running)
    assert said == [True, False]


def test_the_demo_is_shown_with_figures_and_stops(page: LivePage, under_test) -> None:
    page.play_demo()
    assert page.start_button.text() == "Stop"
    under_test.wait(lambda: page.body.currentWidget() is page.view and "fps" in page.header.subtitle)
    assert not page.is_busy
    assert under_test.shell.model.settings.live_source == "synthetic"
    page.toggle()
    under_test.wait(lambda: not page.is_running)
    assert page.body.currentWidget() is page.empty_state
    assert page.header.subtitle == ""
    assert page.start_button.text() == "Start"


LENS = {
    "blur.lens.focus_distance_m": 0.7,
    "blur.lens.focal_length_mm": 85.0,
    "blur.f_number": 1.4,
    "blur.highlight_boost": 1.0,
    "blur.aperture_shape": "pentagon",
    "blur.blade_curvature": 0.5,
    "blur.aperture_rotation_deg": -45.0,
    "blur.cats_eye": 1.0,
    "blur.swirl": 1.0,
}


def test_the_whole_lens_changes_while_it_runs(page: LivePage, under_test, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(LENS) == {field.key for field in FIELDS if field.key.startswith("blur.")}
    seen: list[object] = []
    render = PortraitEngine.render_live

    def spy(self, image, matte, options):
        portrait = render(self, image, matte, options)
        seen.append(options.blur)
        return portrait

    monkeypatch.setattr(PortraitEngine, "render_live", spy)
    model = under_test.shell.model
    page.play_demo()
    under_test.wait(lambda: bool(seen))
    for key, value in LENS.items():
        model.set_value(key, value)
        under_test.wait(lambda: seen[-1] == model.settings.blur)  # the distance, which is set first, is no longer found
    assert page.is_running
    assert page.banner.isHidden()


def test_a_camera_that_cannot_be_opened_is_named_with_a_hint(page: LivePage, under_test, source_of) -> None:
    camera = ScriptedCamera()
    camera.open = lambda: (_ for _ in ()).throw(CameraError("camera 7 is busy", "close the other program"))
    source_of(camera)
    page.play("7", "Camera 7")
    under_test.wait(lambda: page.banner.kind == "error")
    assert page.banner.text == "Camera 7 is busy\nClose the other program"
    assert not page.is_running
    assert not page.is_busy


def test_a_lost_camera_is_told_and_the_notice_goes_when_it_is_back(page: LivePage, under_test, source_of) -> None:
    is_told_to_end = threading.Event()

    def steps() -> Iterator[object]:
        yield "picture"
        yield CameraLostError("camera 7 was unplugged", "plug it in")
        while not is_told_to_end.wait(0.02):
            yield "picture"

    camera = ScriptedCamera()
    camera.steps = steps()
    notices: list[str] = []
    page.banner.closed.connect(lambda: notices.append("closed"))
    service = under_test.shell.bridge.live
    service.interrupted.connect(lambda error: notices.append(error.message))
    source_of(camera)
    page.play("7", "Camera 7")
    under_test.wait(lambda: "closed" in notices)
    is_told_to_end.set()
    under_test.wait(lambda: not page.is_running)
    assert notices == ["camera 7 was unplugged", "closed"]
    assert page.banner.isHidden()


def test_the_end_of_a_source_is_no_error(page: LivePage, under_test, source_of) -> None:
    source_of(ScriptedCamera("picture", "picture"))
    page.play("clip.mp4", "clip.mp4")
    under_test.wait(lambda: not page.is_running)
    assert page.banner.isHidden()


def test_switching_sources_closes_the_one_before(page: LivePage, under_test, source_of) -> None:
    first, second = WaitingCamera(), WaitingCamera()
    source_of(first)
    page.play("1", "Camera 1")
    under_test.wait(lambda: first.is_open)
    source_of(second)
    page.play("2", "Camera 2")
    under_test.wait(lambda: second.is_open)
    assert not first.is_open
    assert page.is_running


def test_without_a_model_live_says_so(open_window) -> None:
    def no_model() -> PortraitEngine:
        raise ModelError("there is no model", "install one")

    under_test = open_window(no_model, SMALL)
    page = under_test.window.live_page
    page.refresh()
    under_test.wait(lambda: page.sources.combo.count() > 0)
    page.play_demo()
    under_test.wait(lambda: not page.is_running)
    assert page.banner.text == "There is no model\nInstall one"
