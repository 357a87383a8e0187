"""The Video page, and a clip of a person to convert."""

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from portrait.gui.video.video_page import VideoPage

Scene = Callable[[int, int], tuple[np.ndarray, np.ndarray]]


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.video.segments.SEGMENT_FRAMES", 4)


@pytest.fixture
def make_clip(tmp_path: Path, portrait_scene: Scene) -> Callable[..., Path]:
    """Write a video of a person, 96 × 64 pixels; with two seconds of silence as sound, if that has a codec."""

    def make(name: str = "clip.mp4", frames: int = 10, sound: str | None = None) -> Path:
        scene, _ = portrait_scene(64, 96)
        with av.open(str(tmp_path / name), "w") as container:
            video = container.add_stream("libx264", rate=25)
            video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
            tone = None if sound is None else container.add_stream(sound, rate=48_000)
            images = (np.roll(scene, number, axis=1) for number in range(frames))
            _mux(container, video, [av.VideoFrame.from_ndarray(image, format="rgb24") for image in images])
            if tone is not None:
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.int16), format="s16", layout="mono")
                silence.sample_rate = 48_000
                _mux(container, tone, [silence])
        return tmp_path / name

    return make


def _mux(container: av.container.OutputContainer, stream: object, frames: Sequence[object]) -> None:
    for frame in (*frames, None):
        container.mux(stream.encode(frame))


@pytest.fixture
def page(under_test) -> VideoPage:
    under_test.window.show_page("video")
    return under_test.window.video_page


def plan(under_test, page: VideoPage, source: Path) -> None:
    """Choose a video, and wait until it is known what becomes of it and how it looks."""
    with under_test.qtbot.waitSignal(under_test.shell.bridge.video.frame_made, timeout=20_000):
        page.set_video(source)


def run(under_test, page: VideoPage) -> None:
    page.start()
    assert page.is_running
    under_test.wait(lambda: not page.is_running)
