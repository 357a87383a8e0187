"""The worker of the Live page, which runs a live session and reports by signals."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from portrait.capture import Frame, SourceEntry, list_sources
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine, PortraitResult
from portrait.errors import PortraitError
from portrait.files.background import load_background
from portrait.files.system.os_errors import is_there
from portrait.gui.live.live_files import LiveFiles
from portrait.gui.live.live_outputs import LiveOutputs
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.thing_finder import ThingFinder
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.live import (
    RECENT_S,
    AutoFramer,
    CpuBudget,
    LiveProcessor,
    LiveSession,
    LiveStats,
    limit_cores,
    make_live_source,
)
from portrait.live.subject import live_engine
from portrait.settings import Settings
from portrait.settings.subject import split_subject


@dataclass(frozen=True, slots=True, eq=False)
class LiveFrame:
    """A frame of the camera and the portrait made of it."""

    frame: Frame
    result: PortraitResult


@dataclass(frozen=True, slots=True)
class _SourcesListed:
    entries: tuple[SourceEntry, ...]
    gone: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Started:
    generation: int


@dataclass(frozen=True, slots=True)
class _FrameWaits:
    generation: int


@dataclass(frozen=True, slots=True)
class _Interrupted:
    generation: int
    error: PortraitError


@dataclass(frozen=True, slots=True)
class _LookRefused:
    generation: int
    settings: Settings
    error: PortraitError


@dataclass(frozen=True, slots=True)
class _Stopped:
    generation: int
    error: PortraitError | None


class LiveService(QObject):
    """Runs one live session at a time. The newest frame waits for the GUI thread; an older one is replaced.

    Messages carry the generation of their session; those of an earlier session are dropped.

    Parameters
    ----------
    engine
        The engine, once it is open; only the worker waits for it.
    settings
        Look and camera size to begin with.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    sources_listed = Signal(object, object)  # tuple[SourceEntry, ...], frozenset[str]: those found, files that are gone
    started = Signal()
    frame_shown = Signal(object)  # LiveFrame
    interrupted = Signal(object)  # PortraitError: the camera was lost and is being opened again
    look_refused = Signal(object, object)  # Settings, PortraitError: why they cannot be shown; the room is blurred
    stopped = Signal(object)  # PortraitError | None

    def __init__(
        self,
        engine: Future[PortraitEngine],
        settings: Settings,
        on_bug: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._generation = 0
        self._lock = threading.Lock()
        self._is_closed = False
        self._kept_engine: tuple[str, PortraitEngine] | None = None  # with its subject
        self._processor: LiveProcessor | None = None
        self._session: LiveSession | None = None
        self._newest: LiveFrame | None = None
        self._budget = CpuBudget()
        self._framer = AutoFramer()
        self._outputs = LiveOutputs(on_bug, self)
        self._files = LiveFiles(engine, on_bug, self)
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker("portrait-live", on_bug)
        self.things = ThingFinder(engine, self._worker, self)

    @property
    def outputs(self) -> LiveOutputs:
        """Where the frames go besides the page."""
        return self._outputs

    @property
    def files(self) -> LiveFiles:
        """Snapshots and recordings."""
        return self._files

    def list_sources(self, files: Sequence[str] = ()) -> None:
        """List the cameras, and check whether these files still exist; the answer is `sources_listed`."""
        self._worker.submit("list", lambda: self._list_sources(tuple(files)))

    def start(self, source_id: str) -> None:
        """Start a source in place of the running one; the answer is `started`, or `stopped` with an error."""
        self._generation += 1
        generation, settings = self._generation, self._settings
        self._worker.submit("session", lambda: self._switch(generation, source_id, settings))

    def stop(self) -> None:
        """Stop the running source; the answer is `stopped`."""
        generation = self._generation
        self._worker.submit("session", lambda: self._let_go(generation))

    def stats(self) -> LiveStats | None:
        """Statistics of the running session over the last two seconds; None without a session."""
        session = self._session
        return None if session is None else session.stats(RECENT_S)

    @Slot(object)
    def set_settings(self, settings: Settings) -> None:
        """Take over changed settings; they take effect with the session's next frame."""
        self._settings = settings
        generation = self._generation
        self._worker.submit("look", lambda: self._adopt_look(generation, settings))

    def stop_source(self, timeout_s: float = JOIN_TIMEOUT_S) -> None:
        """Close the camera now and for good; called when the window closes."""
        self._crossing.close()
        self.things.close()
        with self._lock:
            self._is_closed = True
            session, self._session = self._session, None
        if session is not None:
            session.stop(timeout_s)

    def join(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Close the outputs and wait for the workers; false when one is still busy after ``timeout_s`` seconds."""
        are_closed = [self._outputs.close(timeout_s), self._files.close(timeout_s)]
        return self._worker.stop(timeout_s) and all(are_closed)

    def _switch(self, generation: int, source_id: str, settings: Settings) -> None:
        """Stop the running session and start another. Runs on the worker."""
        # Make the session, or report why it cannot be made.
        self._stop_session()
        try:
            session = self._make_session(generation, source_id, settings)
        except PortraitError as exc:
            self._crossing.post(_Stopped(generation, exc))
            return
        except Exception:
            self._crossing.post(_Stopped(generation, None))  # else the page would wait for the start for ever
            raise
        # Start it, under the lock: either `stop_source` finds it, or was called before and it must not start.
        with self._lock:
            if self._is_closed:
                return
            self._session = session
            session.start()
        self._crossing.post(_Started(generation))

    def _list_sources(self, files: tuple[str, ...]) -> None:
        gone = frozenset(file for file in files if not is_there(Path(file)))
        entries: tuple[SourceEntry, ...] = ()
        try:
            entries = list_sources()
        finally:  # else the page would wait for an answer for ever
            self._crossing.post(_SourcesListed(entries, gone))

    def _adopt_look(self, generation: int, settings: Settings) -> None:
        """Set look, subject and quality of the session; where that cannot be shown, the room is blurred.

        Runs on the worker, for a background image may have to be read, or a network opened.
        """
        processor = self._processor
        if processor is None:
            return
        processor.quality = settings.live_quality
        self._budget.limit_cores = limit_cores(settings.live_cpu_percent)
        self._framer.is_on = settings.live_auto_frame == "on"
        try:
            processor.engine = self._engine_for(settings.live_subject)
            background = load_background(settings.background, backdrop=settings.backdrop)
            processor.options = Look(settings.blur, background, grain="off")
        except PortraitError as exc:
            processor.cover_room(settings.blur)
            self._crossing.post(_LookRefused(generation, settings, exc))

    def _engine_for(self, subject: str) -> PortraitEngine:
        """The engine for a subject, the same one until another is chosen. Runs on the worker."""
        if self._kept_engine is None or self._kept_engine[0] != subject:
            self._kept_engine = subject, live_engine(self._engine.result(), split_subject(subject))
        return self._kept_engine[1]

    def _make_session(self, generation: int, source_id: str, settings: Settings) -> LiveSession:
        """A session that posts its messages with this generation; not started."""
        engine = self._engine.result()
        source = make_live_source(source_id, width=settings.live_width, height=settings.live_height, loop=True)
        processor = self._processor = LiveProcessor(engine, Look(grain="off"))
        self._framer = AutoFramer()
        self._adopt_look(generation, settings)
        return LiveSession(
            source,
            processor,
            on_result=lambda result, frame: self._keep_newest(generation, LiveFrame(frame, result)),
            on_stopped=lambda error: self._crossing.post(_Stopped(generation, error)),
            on_interrupted=lambda error: self._crossing.post(_Interrupted(generation, error)),
            budget=self._budget,
            framer=self._framer,
        )

    def _let_go(self, generation: int) -> None:
        self._stop_session()
        self._crossing.post(_Stopped(generation, None))

    def _stop_session(self) -> None:
        with self._lock:
            session, self._session = self._session, None
        self._processor = None
        if session is not None:
            session.stop(JOIN_TIMEOUT_S)

    def _keep_newest(self, generation: int, live_frame: LiveFrame) -> None:
        """Give a frame to the outputs and put it in the one-place mailbox; post that one waits unless that was done."""
        self._outputs.write(live_frame.result.image)
        self._files.write(live_frame.result.image)
        with self._lock:
            was_empty = self._newest is None
            self._newest = live_frame
        if was_empty:
            self._crossing.post(_FrameWaits(generation))

    def _take_newest(self) -> LiveFrame | None:
        with self._lock:
            newest, self._newest = self._newest, None
        return newest

    @Slot(object)
    def _on_message(self, message: object) -> None:
        """Emit the signal of a message, unless it is about an earlier session."""
        match message:
            case _SourcesListed(entries, gone):
                self.sources_listed.emit(entries, gone)
            case _FrameWaits(generation):
                newest = self._take_newest()
                if newest is not None and generation == self._generation:
                    self.frame_shown.emit(newest)
            case _Started(generation) if generation == self._generation:
                self.started.emit()
            case _Interrupted(generation, error) if generation == self._generation:
                self.interrupted.emit(error)
            case _LookRefused(generation, settings, error) if generation == self._generation:
                self.look_refused.emit(settings, error)
            case _Stopped(generation, error) if generation == self._generation:
                self.stopped.emit(error)
