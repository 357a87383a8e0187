"""The worker of the Video page, which plans a conversion, shows how it will look, and runs it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.gui.threads.run_service import RunService
from portrait.language import tr
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


class VideoService(RunService):
    """Plans and runs one conversion at a time, and emits a signal for each event; the last is a VideoReport."""

    planned = Signal(object)  # VideoPlan
    plan_failed = Signal(object)  # PortraitError
    frame_made = Signal(object)  # ShownFrame

    def __init__(
        self, engine: Future[PortraitEngine], on_bug: Callable[[Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__("portrait-video", engine, on_bug, parent)
        self._generation = 0
        self._still: VideoStill | None = None

    def plan(self, request: VideoRequest) -> None:
        """Find out what a conversion would make; the answers are `planned` and `frame_made`, or `plan_failed`."""
        self._generation += 1
        wrap, find = partial(_Answer, self._generation), partial(self._plan, request)
        self._worker.submit("plan", lambda: self._post_all(request.source, find, wrap))

    def forget(self) -> None:
        """Drop answers that are still to come, because no video is chosen any more."""
        self._generation += 1
        self._worker.discard("plan")

    def start(self, request: VideoRequest) -> None:
        """Run a conversion, whose target must be given; the answers are events, or `failed`."""
        if request.target is None:
            raise ValueError("a conversion needs a target")
        self._begin(request.source, partial(self._convert, request, request.target))

    def _plan(self, request: VideoRequest) -> Iterator[VideoPlan | ShownFrame]:
        """The plan, and the first frame as it will look; on the worker."""
        plan = self._find_plan(request)
        yield plan
        yield ShownFrame(plan.first_image, self._keep_still(plan).render(request.options))

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

    def _convert(self, request: VideoRequest, target: Path, cancel: threading.Event) -> Iterator[ConversionEvent]:
        """The events of a conversion, with a frame now and then; on the worker."""
        shown_s = -_SHOWN_EVERY_S
        engine, outputs = self._engine.result(), request.make_outputs()
        for event in convert_video(engine, request.source, target, request.options, outputs, cancel):
            if isinstance(event, FrameDone) and time.monotonic() - shown_s < _SHOWN_EVERY_S:
                yield replace(event, original=None, portrait=None)
                continue
            shown_s = time.monotonic()
            yield event

    @Slot(object)
    def _on_message(self, message: object) -> None:
        if isinstance(message, _Answer):
            if message.generation == self._generation:
                self._tell(message.found)
            return
        super()._on_message(message)
        match message:
            case FrameDone(original=original, portrait=portrait) if original is not None and portrait is not None:
                self.frame_made.emit(ShownFrame(original, portrait))

    def _tell(self, found: VideoPlan | ShownFrame | PortraitError) -> None:
        match found:
            case VideoPlan():
                self.planned.emit(found)
            case ShownFrame():
                self.frame_made.emit(found)
            case PortraitError():
                self.plan_failed.emit(found)
