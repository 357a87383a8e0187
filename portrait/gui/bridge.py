"""Owns the engine and the workers of the four pages, and ends the workers in order."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from portrait.errors import PortraitError
from portrait.gui.photo.photo_service import PhotoService
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import Worker
from portrait.settings import Settings

if TYPE_CHECKING:  # imported when the service is made
    from portrait.engine import PortraitEngine, Quality
    from portrait.gui.batch.batch_service import BatchService
    from portrait.gui.live.live_service import LiveService
    from portrait.gui.video.video_service import VideoService

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """Name of the model, the execution provider it runs on, and why that is not the requested one; empty if it is."""

    name: str
    provider: str
    reason: str


class Bridge(QObject):
    """The services behind the four pages, and the engine that they share.

    The service of the Photo page is there from the start, each other one once it is asked for.

    Parameters
    ----------
    engine_factory
        Opens the engine; runs on a worker, so that the window shows at once.
    settings
        Settings to begin with.
    """

    model_opened = Signal(object)  # OpenedModel: at the start, and after `name_model_of`
    engine_failed = Signal(object)  # PortraitError
    bug_found = Signal(object)  # Exception

    def __init__(
        self, engine_factory: Callable[[], "PortraitEngine"], settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine: Future[PortraitEngine] = Future()
        self._settings = settings
        self._quality = settings.quality
        self._live: LiveService | None = None
        self._batch: BatchService | None = None
        self._video: VideoService | None = None
        self._crossing = Crossing(self._on_message, self)
        self.photo = PhotoService(self._engine, settings, self._post_error, self)
        self._engine_factory = engine_factory
        self._opener = Worker("portrait-engine", self._post_error)

    @property
    def live(self) -> "LiveService":
        """The service behind the Live page."""
        if self._live is None:
            from portrait.gui.live.live_service import LiveService

            self._live = LiveService(self._engine, self._settings, self._post_error, self)
        return self._live

    @property
    def batch(self) -> "BatchService":
        """The service behind the Batch page."""
        if self._batch is None:
            from portrait.gui.batch.batch_service import BatchService

            self._batch = BatchService(self._engine, self._post_error, self)
        return self._batch

    @property
    def video(self) -> "VideoService":
        """The service behind the Video page."""
        if self._video is None:
            from portrait.gui.video.video_service import VideoService

            self._video = VideoService(self._engine, self._post_error, self)
        return self._video

    @Slot()
    def open_engine(self) -> None:
        """Open the engine on its worker; until then, all who need it wait."""
        self._opener.submit("open", self._open_engine)

    @Slot(object)
    def set_settings(self, settings: Settings) -> None:
        """Hand changed settings to the services."""
        self._settings = settings
        self.photo.set_settings(settings)
        if self._live is not None:
            self._live.set_settings(settings)

    def name_model_of(self, quality: "Quality") -> None:
        """Report the model of another quality from now on, which is opened for that."""
        if quality != self._quality:
            self._quality = quality
            self._opener.submit("model", self._open_model)

    def shutdown(self) -> None:
        """Stop all sources and runs, and wait for the workers, at most 2 s each, for saves without limit."""
        runs = [service for service in (self._batch, self._video) if service is not None]
        if self._live is not None:
            self._live.stop_source()
        for service in runs:
            service.cancel()
        self._crossing.close()
        if self._live is not None:
            self._live.join()
        self.photo.stop()
        for service in runs:
            service.stop()
        self._opener.stop()
        self._engine.cancel()  # releases workers that wait for an engine that was never opened

    def _open_engine(self) -> None:
        """Open the engine on the worker; those who wait for the future get it, or the error."""
        if not self._engine.set_running_or_notify_cancel():
            return
        try:
            self._engine.set_result(self._engine_factory())
        except Exception as exc:  # noqa: BLE001 - any error must reach those who wait for the engine
            self._engine.set_exception(exc)
            self._post_error(exc)
        else:
            self._open_model()

    def _open_model(self) -> None:
        """Report the model of the chosen quality. Runs on the worker, for a model is loaded at its first use.

        Before the engine is open nothing is reported: opening it does so.
        """
        if not self._engine.done() or self._engine.cancelled() or self._engine.exception() is not None:
            return
        segmenter = self._engine.result().segmenter_of(self._quality)
        provider = segmenter.provider
        self._crossing.post(OpenedModel(segmenter.spec.name, provider.active, provider.reason))

    def _post_error(self, error: Exception) -> None:
        """Post an error to the GUI thread. A bug is also logged, in case the window is closed and cannot show it."""
        if not isinstance(error, PortraitError):
            _log.error("unexpected error", exc_info=error)
        self._crossing.post(error)

    @Slot(object)
    def _on_message(self, message: object) -> None:
        match message:
            case PortraitError():
                self.engine_failed.emit(message)
            case Exception():
                self.bug_found.emit(message)
            case _:
                self.model_opened.emit(message)
