"""Devices that are not there: a clock that only moves when told, a camera made of a list, and small video files."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

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
