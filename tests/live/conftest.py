"""A source and a listener under the test's control, and an engine whose mask can be made to fail."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portrait.capture import Frame
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import FrameMemory, PortraitEngine, PortraitResult, Quality
from portrait.errors import PortraitError
from portrait.live import AutoFramer, CpuBudget, LiveProcessor, LiveSession, RecoveryPolicy

OPTIONS = BlurOptions(blur_radius_fraction=0.05)
PATIENCE_S = 20.0


class QueueSource:
    """Delivers what the test pushes: pictures, exceptions to raise, or None to end."""

    name = "Scripted camera"
    frame_rate_fps = 30.0

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._steps: deque[Any] = deque()
        self._is_idle = False
        self._count = 0
        self.is_open = False
        self.times_opened = 0
        self.open_errors: deque[Exception] = deque()

    def open(self) -> None:
        with self._changed:
            self.times_opened += 1
            self._changed.notify_all()
            if self.open_errors:
                raise self.open_errors.popleft()
            self.is_open = True

    def read(self) -> Frame | None:
        with self._changed:
            self._is_idle = not self._steps
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._steps or not self.is_open, PATIENCE_S)
            step = self._steps.popleft() if self.is_open else None
        if isinstance(step, Exception):
            raise step
        if step is None:
            return None
        self._count += 1
        return Frame(step, self._count - 1, time.monotonic())

    def close(self) -> None:
        with self._changed:
            self.is_open = False
            self._changed.notify_all()

    def push(self, *steps: Any) -> None:
        with self._changed:
            self._steps.extend(steps)
            self._is_idle = False
            self._changed.notify_all()

    def wait_until_idle(self) -> None:
        """Until everything that was pushed has been read and handed on."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._is_idle, PATIENCE_S)

    def wait_until_opened(self, times: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.times_opened >= times, PATIENCE_S)


class Listener:
    """Keeps what a session tells."""

    def __init__(self) -> None:
        self.results: queue.Queue[tuple[PortraitResult, Frame]] = queue.Queue()
        self.ends: queue.Queue[PortraitError | None] = queue.Queue()
        self.interruptions: queue.Queue[PortraitError] = queue.Queue()
        self.before_result: Callable[[Frame], None] | None = None

    def on_result(self, result: PortraitResult, frame: Frame) -> None:
        if self.before_result is not None:
            self.before_result(frame)
        self.results.put((result, frame))

    def next_result(self) -> tuple[PortraitResult, Frame]:
        return self.results.get(timeout=PATIENCE_S)

    def wait_for_end(self) -> PortraitError | None:
        return self.ends.get(timeout=PATIENCE_S)


class ScriptedEngine(PortraitEngine):
    """The real engine with a mask that the test replaces."""

    replaced_matte: Callable[[RgbImage], AlphaMatte] | None = None

    def can_see_regions(self, quality: Quality) -> bool:
        return False  # it is asked for every frame, also for one that shows nothing new

    def find_matte(self, image: RgbImage, quality: Quality = "fast", frames: FrameMemory | None = None) -> AlphaMatte:
        if self.replaced_matte is not None:
            return self.replaced_matte(image)
        return super().find_matte(image, quality, frames)


@pytest.fixture
def source() -> QueueSource:
    return QueueSource()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def scripted_engine(ellipse_segmenter: Any) -> ScriptedEngine:
    return ScriptedEngine(ellipse_segmenter)


@pytest.fixture
def picture(portrait_scene: Callable[[int, int], tuple[RgbImage, AlphaMatte]]) -> RgbImage:
    return portrait_scene(48, 64)[0]


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("portrait-")] == []


@pytest.fixture
def make_session(listener: Listener) -> Callable[..., LiveSession]:
    """A session on a source and an engine that tells its listener everything."""

    def make(
        source: Any,
        engine: PortraitEngine,
        attempts: int = 3,
        interval_s: float = 0.0,
        budget: CpuBudget | None = None,
        framer: AutoFramer | None = None,
    ) -> LiveSession:
        return LiveSession(
            source,
            LiveProcessor(engine, OPTIONS),
            listener.on_result,
            listener.ends.put,
            on_interrupted=listener.interruptions.put,
            recovery=RecoveryPolicy(attempts, interval_s),
            budget=budget,
            framer=framer,
        )

    return make


@pytest.fixture
def session(make_session: Callable[..., LiveSession], source: Any, scripted_engine: Any) -> Iterator[LiveSession]:
    session = make_session(source, scripted_engine)
    yield session
    session.stop()
