"""Devices that are not there: a clock that only moves when told, a camera made of a list, and small video files."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait.capture.decoder_choice import VIDEO_DECODERS, DecoderHandler
from portrait.capture.opencv_device import configure_opencv

configure_opencv()  # as the app does before anything else opens FFmpeg, which these tests write videos with


class ManualClock:
    """Monotonic seconds under the test's control; its `wait` takes no time at all."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waits_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def wait(self, pause_s: float) -> bool:
        self.waits_s.append(pause_s)
        self.now_s += pause_s
        return False


class ScriptedCapture:
    """A `VideoCapture` whose reads are a script: pictures, None for a failed read, or an exception."""

    def __init__(
        self, script: Iterable[Any] = (), *, is_opened: bool = True, on_read: Callable[[], None] | None = None
    ):
        self._script = iter(script)
        self._is_opened = is_opened
        self._on_read = on_read
        self.settings: list[tuple[int, float]] = []
        self.properties: dict[int, float] = {}
        self.is_released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self._is_opened

    def read(self) -> tuple[bool, Any]:
        assert not self.is_released, "OpenCV crashes here"
        if self._on_read is not None:
            self._on_read()
        step = next(self._script, None)
        if isinstance(step, Exception):
            raise step
        return step is not None, step

    def retrieve(self, *, flag: int) -> tuple[bool, Any]:
        return False, None

    def get(self, propId: int, /) -> float:  # noqa: N803
        return self.properties.get(propId, 0.0)

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        self.settings.append((propId, value))
        return True

    def release(self) -> None:
        self.is_released = True


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def scripted_capture() -> type[ScriptedCapture]:
    return ScriptedCapture


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[..., Path]:
    """Write a video of numbered grey levels: frame N has the level 5 N."""

    def write(name: str = "clip.avi", frames: int = 40, fps: float = 20.0, size: tuple[int, int] = (64, 48)) -> Path:
        path = tmp_path / name
        codec = "MJPG" if name.endswith(".avi") else "mp4v"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
        assert writer.isOpened()
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), 5 * index, np.uint8)
            writer.write(picture)
        writer.release()
        return path

    return write


@pytest.fixture
def encode_video(tmp_path: Path) -> Callable[..., Path]:
    """Write pictures, uint8 (H, W, 3) RGB, in a coding and with flags and options of FFmpeg."""

    def encode(
        name: str,
        codec: str,
        pictures: Iterable[Any],
        *,
        pixel_format: str = "yuv420p",
        fps: int = 25,
        flags: int = 0,
        options: dict[str, str] | None = None,
        prepare: Callable[[Any, Any], None] | None = None,
    ) -> Path:
        """``prepare`` is called with the stream and each frame, the first before the stream is open."""
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=fps, options=options or {})
            stream.pix_fmt = pixel_format
            stream.codec_context.flags |= flags
            for index, picture in enumerate(pictures):
                if index == 0:
                    stream.height, stream.width = picture.shape[:2]
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format)
                frame.pts = index
                if prepare is not None:
                    prepare(stream if index == 0 else None, frame)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return tmp_path / name

    return encode


def draw_card(height: int = 96, width: int = 128) -> Any:
    """Four patches of known colour: uint8 (H, W, 3) RGB."""
    card = np.zeros((height, width, 3), np.uint8)
    middle_row, middle_column = height // 2, width // 2
    card[:middle_row, :middle_column] = (200, 40, 50)
    card[:middle_row, middle_column:] = (40, 170, 70)
    card[middle_row:, :middle_column] = (40, 60, 190)
    card[middle_row:, middle_column:] = (210, 210, 210)
    return card


@pytest.fixture
def card() -> Any:
    return draw_card()


@pytest.fixture(params=VIDEO_DECODERS, ids=lambda handler: handler.name)
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DecoderHandler:
    """The one that decodes."""
    handler: DecoderHandler = request.param
    monkeypatch.setattr("portrait.capture.video_file.choose_video_decoder", lambda: handler)
    return handler
