"""Start and stop, figures, and cameras that are not there."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from portrait.capture import CameraLostError, Frame
from portrait.engine import PortraitEngine
from portrait.errors import CameraError, ModelError
from portrait.gui.live.live_page import LivePage
from portrait.settings import FIELDS, Settings

pytestmark = pytest.mark.slow

SMALL = replace(Settings(), live_width=160, live_height=120)
PATIENCE_S = 20.0


@pytest.fixture
def under_test(open_window, engine: PortraitEngine):
    return open_window(lambda: engine, SMALL)


@pytest.fixture
def source_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Let the next source be this one."""
    return lambda source: monkeypatch.setattr("portrait.gui.live.live_service.make_live_source", lambda *a, **k: source)


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


@pytest.mark.parametrize("source_id", ["/videos/just deleted.mp4", "7"])
def test_what_plays_stays_chosen_when_cameras_are_looked_for(
    live_page: LivePage, under_test, source_of, source_id: str
) -> None:
    camera = WaitingCamera()  # many show themselves to one program only
    source_of(camera)
    live_page.play(source_id, "what plays")
    under_test.wait(lambda: camera.is_open)
    live_page.refresh()
    under_test.wait(live_page.sources.refresh_button.isEnabled)
    assert live_page.sources.holds(source_id)
    assert live_page.sources.current_id == source_id
    assert live_page.is_running
    assert live_page.banner.isHidden()


def test_the_page_says_when_it_runs(live_page: LivePage, under_test, source_of) -> None:
    said: list[bool] = []
    live_page.running_changed.connect(said.append)
    source_of(WaitingCamera())
    live_page.play("7", "Camera 7")
    live_page.stop()
    under_test.wait(lambda: not live_page.is_running)
    assert said == [True, False]


def test_the_demo_is_shown_with_figures_and_stops(live_page: LivePage, under_test) -> None:
    live_page.play_demo()
    assert live_page.start_button.text() == "Stop"
    under_test.wait(lambda: live_page.body.currentWidget() is live_page.view and "fps" in live_page.header.subtitle)
    assert not live_page.is_busy
    assert under_test.shell.model.settings.live_source == "synthetic"
    live_page.toggle()
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.body.currentWidget() is live_page.empty_state
    assert live_page.header.subtitle == ""
    assert live_page.start_button.text() == "Start"


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


def test_the_whole_lens_changes_while_it_runs(live_page: LivePage, under_test, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(LENS) == {field.key for field in FIELDS if field.key.startswith("blur.")}
    seen: list[object] = []
    render = PortraitEngine.render_live

    def spy(self, image, matte, options, **more):
        portrait = render(self, image, matte, options, **more)
        seen.append(options.blur)
        return portrait

    monkeypatch.setattr(PortraitEngine, "render_live", spy)
    model = under_test.shell.model
    live_page.play_demo()
    under_test.wait(lambda: bool(seen))
    for key, value in LENS.items():
        model.set_value(key, value)
        under_test.wait(lambda: seen[-1] == model.settings.blur)  # the distance, which is set first, is no longer found
    assert live_page.is_running
    assert live_page.banner.isHidden()


def test_a_camera_that_cannot_be_opened_is_named_with_a_hint(live_page: LivePage, under_test, source_of) -> None:
    camera = ScriptedCamera()
    camera.open = lambda: (_ for _ in ()).throw(CameraError("camera 7 is busy", "close the other program"))
    source_of(camera)
    live_page.play("7", "Camera 7")
    under_test.wait(lambda: live_page.banner.kind == "error")
    assert live_page.banner.text == "Camera 7 is busy\nClose the other program"
    assert live_page.sources.current_id == "7", "it stays in the list"
    assert not live_page.is_running
    assert not live_page.is_busy


def test_a_lost_camera_is_told_and_the_notice_goes_when_it_is_back(live_page: LivePage, under_test, source_of) -> None:
    is_told_to_end = threading.Event()

    def steps() -> Iterator[object]:
        yield "picture"
        yield CameraLostError("camera 7 was unplugged", "plug it in")
        while not is_told_to_end.wait(0.02):
            yield "picture"

    camera = ScriptedCamera()
    camera.steps = steps()
    notices: list[str] = []
    live_page.banner.closed.connect(lambda: notices.append("closed"))
    service = under_test.shell.bridge.live
    service.interrupted.connect(lambda error: notices.append(error.message))
    source_of(camera)
    live_page.play("7", "Camera 7")
    under_test.wait(lambda: "closed" in notices)
    is_told_to_end.set()
    under_test.wait(lambda: not live_page.is_running)
    assert notices == ["camera 7 was unplugged", "closed"]
    assert live_page.banner.isHidden()


def test_the_end_of_a_source_is_no_error(live_page: LivePage, under_test, source_of) -> None:
    source_of(ScriptedCamera("picture", "picture"))
    live_page.play("clip.mp4", "clip.mp4")
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.banner.isHidden()


def test_switching_sources_closes_the_one_before(live_page: LivePage, under_test, source_of) -> None:
    first, second = WaitingCamera(), WaitingCamera()
    source_of(first)
    live_page.play("1", "Camera 1")
    under_test.wait(lambda: first.is_open)
    source_of(second)
    live_page.play("2", "Camera 2")
    under_test.wait(lambda: second.is_open)
    assert not first.is_open
    assert live_page.is_running


def test_without_a_model_live_says_so(open_window) -> None:
    def no_model() -> PortraitEngine:
        raise ModelError("there is no model", "install one")

    under_test = open_window(no_model, SMALL)
    live_page = under_test.window.live_page
    live_page.refresh()
    under_test.wait(lambda: live_page.sources.combo.count() > 0)
    live_page.play_demo()
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.banner.text == "There is no model\nInstall one"


def test_live_does_not_wait_for_an_engine_that_a_bug_kept_shut(open_window) -> None:
    def fail() -> PortraitEngine:
        raise ZeroDivisionError("a bug")

    under_test = open_window(fail, SMALL)
    live_page, reporter = under_test.window.live_page, under_test.shell.reporter
    live_page.play_demo()
    under_test.wait(lambda: not live_page.is_running)
    assert live_page.header.subtitle == ""
    assert not live_page.is_busy
    assert live_page.start_button.isEnabled()
    under_test.wait(lambda: reporter.dialog is not None)
    reporter.dialog.reject()
