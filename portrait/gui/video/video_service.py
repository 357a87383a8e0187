"""The worker of the Video page, which plans a conversion, shows how it will look, and runs it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.gui.threads.crossing import Crossing
from portrait.gui.threads.worker import JOIN_TIMEOUT_S, Worker
from portrait.language import tr
from portrait.photo.bugs import report_bug
from portrait.photo.made_files import MadeFiles
from portrait.photo.outputs import Outputs, remembered_outputs
from portrait.video.convert import ConversionEvent, FrameDone, convert_video
from portrait.video.options import VideoOptions
from portrait.video.plan import VideoPlan, VideoStill, plan_video, propose_targets

_SHOWN_EVERY_S = 0.5
"""A finished frame is shown so often at most; all others only count."""


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """A video, the name of its portrait, and how that is made.

    Attributes
    ----------
    target
        None: a name beside the video is proposed.
    may_replace
        Whether the user has allowed that a file of that name is replaced.
    """

    source: Path
    target: Path | None
    options: VideoOptions
    may_replace: bool = False

    def make_outputs(self) -> Outputs:
        """The outputs, which replace what the app made, or what the user has allowed."""
        hint = tr("Choose another name.")
        return remembered_outputs(MadeFiles(), self.source, hint, overwrite=self.may_replace)


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrame:
    """A frame before and after, uint8 (H, W, 3) RGB."""

    original: RgbImage
    portrait: RgbImage


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the worker found for a request to plan, unless there was a newer one."""

    generation: int
    found: VideoPlan | ShownFrame | PortraitError


class VideoService(QObject):
    """Plans and runs one conversion at a time.

    Parameters
    ----------
    engine
        The engine, once it is open; only the worker waits for it.
    on_bug
        Called on the worker's thread with an exception that nobody expected.
    """

    planned = Signal(object)  # VideoPlan
    plan_failed = Signal(object)  # PortraitError
    frame_made = Signal(object)  # ShownFrame
    event_received = Signal(object)  # ConversionEvent; the last is a VideoReport
    failed = Signal(object)  # PortraitError: the conversion has ended

    def __init__(
        self, engine: Future[PortraitEngine], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._generation = 0
        self._still: VideoStill | None = None
        self._cancel = threading.Event()
        self._crossing = Crossing(self._on_message, self)
        self._worker = Worker("portrait-video", on_bug)

    def plan(self, request: VideoRequest) -> None:
        """Find out what a conversion would make; the answers are `planned` and `frame_made`, or `plan_failed`."""
        self._generation += 1
        generation = self._generation
        self._worker.submit("plan", lambda: self._plan(generation, request))

    def forget(self) -> None:
        """Drop answers that are still to come, because no video is chosen any more."""
        self._generation += 1
        self._worker.discard("plan")

    def start(self, request: VideoRequest) -> None:
        """Run a conversion, whose target must be given; the answers are events, or `failed`."""
        cancel = self._cancel = threading.Event()
        self._worker.submit("convert", lambda: self._convert(request, cancel))

    def cancel(self) -> None:
        """Stop after the frame under way; a report follows."""
        self._cancel.set()

    def stop(self, timeout_s: float = JOIN_TIMEOUT_S) -> bool:
        """Take no more requests and wait for the worker; false when it is still busy after ``timeout_s`` seconds."""
        self._crossing.close()
        return self._worker.stop(timeout_s)

    def _plan(self, generation: int, request: VideoRequest) -> None:
        """Plan, and render the first frame, on the worker."""
        try:
            plan = self._find_plan(request)
            self._crossing.post(_Answer(generation, plan))
            portrait = self._keep_still(plan).render(request.options)
            self._crossing.post(_Answer(generation, ShownFrame(plan.first_image, portrait)))
        except PortraitError as exc:
            self._crossing.post(_Answer(generation, exc))
        except Exception as bug:  # noqa: BLE001 - logged and shown; else the page would wait for an answer for ever
            self._crossing.post(_Answer(generation, report_bug(request.source, bug)))

    def _find_plan(self, request: VideoRequest) -> VideoPlan:
        engine, outputs = self._engine.result(), request.make_outputs()
        if request.target is not None:
            return plan_video(engine, request.source, request.target, request.options, outputs)
        # Take the first proposed name in whose format the video and its sound have a place.
        *proposed, last = propose_targets(request.source, outputs)
        for target in proposed:
            try:
                return plan_video(engine, request.source, target, request.options, outputs)
            except PortraitError:
                continue
        return plan_video(engine, request.source, last, request.options, outputs)

    def _keep_still(self, plan: VideoPlan) -> VideoStill:
        """The still of a plan; that of an earlier plan of the same frame, whose matte is known, where there is one."""
        kept = self._still
        if kept is not None and np.array_equal(kept.plan.first_image, plan.first_image):
            return kept
        self._still = VideoStill(self._engine.result(), plan)
        return self._still

    def _convert(self, request: VideoRequest, cancel: threading.Event) -> None:
        """Run a conversion on the worker, posting its events, now and then a frame, or the error."""
        if request.target is None:
            raise ValueError("a conversion needs a target")
        shown_s = -_SHOWN_EVERY_S
        try:
            events = convert_video(
                self._engine.result(), request.source, request.target, request.options, request.make_outputs(), cancel
            )
            for event in events:
                if isinstance(event, FrameDone) and time.monotonic() - shown_s < _SHOWN_EVERY_S:
                    self._crossing.post(replace(event, original=None, portrait=None))
                    continue
                shown_s = time.monotonic()
                self._crossing.post(event)
        except PortraitError as exc:
            self._crossing.post(exc)
        except Exception as bug:  # noqa: BLE001 - as above
            self._crossing.post(report_bug(request.source, bug))

    @Slot(object)
    def _on_message(self, message: _Answer | ConversionEvent | PortraitError) -> None:
        match message:
            case _Answer(generation, found):
                if generation == self._generation:
                    self._tell(found)
            case PortraitError():
                self.failed.emit(message)
            case FrameDone(original=original, portrait=portrait) if original is not None and portrait is not None:
                self.event_received.emit(message)
                self.frame_made.emit(ShownFrame(original, portrait))
            case _:
                self.event_received.emit(message)

    def _tell(self, found: VideoPlan | ShownFrame | PortraitError) -> None:
        match found:
            case VideoPlan():
                self.planned.emit(found)
            case ShownFrame():
                self.frame_made.emit(found)
            case PortraitError():
                self.plan_failed.emit(found)
