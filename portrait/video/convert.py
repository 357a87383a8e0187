"""Conversion of a video file to a portrait video: resumable, with an event for every frame."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from portrait.core.arrays import RgbImage
from portrait.core.render.look import Look
from portrait.engine import PortraitEngine
from portrait.files.system.atomic import make_folder, require_writable
from portrait.language import tr
from portrait.photo.outputs import Outputs
from portrait.photo.report import StageTimes
from portrait.video.options import VideoOptions
from portrait.video.preparation import find_fingerprint, load_look, refuse_early, require_pyav
from portrait.video.work_folder import WorkFolder, open_work_folder, remove_work_folder

if TYPE_CHECKING:
    from portrait.capture.timed_video import TimedVideo
    from portrait.video.assembly import StreamPlan
    from portrait.video.encoders import Encoder


@dataclass(frozen=True, slots=True)
class ConversionStarted:
    """The first event: how many frames there are, if that is known, and how many an earlier run has done."""

    total: int | None
    resumed: int
    codec: str
    was_reset: bool


@dataclass(frozen=True, slots=True)
class FrameDone:
    """So many frames are done; the last of them before and after, uint8 (H, W, 3) RGB, for those who show it."""

    done: int
    original: RgbImage | None = field(default=None, compare=False, repr=False)
    portrait: RgbImage | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assembling:
    """All frames are done; the file is being put together."""


@dataclass(frozen=True, slots=True)
class VideoReport:
    """The last event: what was done.

    Attributes
    ----------
    status
        ``stopped``: cancelled, and to be gone on with.
    width, height
        Of the stored frames.
    frames, resumed, nobody
        How many frames are done, how many of them by earlier runs, and in how many nobody was found.
    codec
        Of the video.
    timings_ms
        By stage, of this run.
    warnings
        One sentence each.
    """

    input: Path
    output: Path
    status: Literal["done", "stopped"]
    width: int
    height: int
    frames: int
    resumed: int
    nobody: int
    codec: str
    timings_ms: StageTimes
    warnings: tuple[str, ...] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """The report in types that JSON knows."""
        return {
            "input": str(self.input),
            "output": str(self.output),
            "status": self.status,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "frames_resumed": self.resumed,
            "frames_without_person": self.nobody,
            "codec": self.codec,
            "timings_ms": {stage: round(time_ms, 1) for stage, time_ms in self.timings_ms.items()},
            "warnings": list(self.warnings),
        }


ConversionEvent: TypeAlias = ConversionStarted | FrameDone | Assembling | VideoReport


def convert_video(
    engine: PortraitEngine,
    source: Path,
    target: Path,
    options: VideoOptions,
    outputs: Outputs | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[ConversionEvent]:
    """Make the portrait of a video: every frame at full quality, sound and subtitles copied.

    Finished segments lie in a work folder beside the output until all are done; the same call after a kill goes on
    behind the last of them, with the same result. The output appears at the end, at once.

    Parameters
    ----------
    engine
        May be shared by threads.
    source
        Any video that PyAV decodes; never written to.
    target
        Its suffix decides the format.
    options
        The look, the quality, the codec.
    outputs
        Knows what may be replaced; None: nothing.
    cancel
        Set it, from any thread, to stop after the frame under way.

    Yields
    ------
    ConversionEvent
        `ConversionStarted`, `FrameDone` for each frame, `Assembling`, and at last a `VideoReport`.

    Raises
    ------
    PortraitError
        The source cannot be read, the output cannot be written or would replace what is to stay, the format cannot hold
        the sound, or another conversion to this output is running. What can be known early is refused at once.
    """
    require_pyav()
    from portrait.capture.timed_video import TimedVideo
    from portrait.video.assembly import holds_video, plan_streams, require_suffix
    from portrait.video.encoders import choose_encoder, encoder_version

    outputs = outputs or Outputs()
    require_suffix(target)
    refuse_early(source, target, options, outputs)
    with closing(TimedVideo(source)) as video:
        look = load_look(options, video.facts)
        encoder, sample = choose_encoder(options.codec, video.facts, fits=lambda sample: holds_video(target, sample))
        plan = plan_streams(source, target, sample, encoder.label)
        make_folder(target.parent)
        require_writable(target)
        with open_work_folder(target, find_fingerprint(engine, source, options, encoder_version(encoder))) as folder:
            job = _Conversion(engine, source, target, look, options, video, encoder, plan, folder, outputs)
            yield from job.run(cancel or threading.Event())


@dataclass(frozen=True, slots=True, eq=False)
class _Conversion:
    """A conversion that is running."""

    engine: PortraitEngine
    source: Path
    target: Path
    look: Look
    options: VideoOptions
    video: "TimedVideo"
    encoder: "Encoder"
    plan: "StreamPlan"
    folder: WorkFolder
    outputs: Outputs

    def run(self, cancel: threading.Event) -> Iterator[ConversionEvent]:
        was_kept = self.folder.resume(restart=self.options.restart)
        times, resumed = StageTimes(), self.folder.frames_done
        yield ConversionStarted(self.video.facts.frame_count, resumed, self.encoder.label, not was_kept)
        with closing(self._convert_frames(times, resumed)) as frames:
            for event in frames:
                if cancel.is_set():
                    break
                yield event
        if cancel.is_set():
            yield self._report("stopped", times, resumed)
            return
        yield Assembling()
        with times.stage("assemble"):
            self._assemble()
        yield self._report("done", times, resumed)

    def _convert_frames(self, times: StageTimes, resumed: int) -> Generator[FrameDone]:
        from portrait.video.rendering import FrameRenderer
        from portrait.video.segments import write_segments

        renderer = FrameRenderer(self.engine, self.look, self.options.quality, times)
        portraits = renderer.render(self.video, resumed)
        with closing(write_segments(portraits, self.folder, self.encoder, self.video.facts, times)) as frames:
            for frame in frames:
                yield FrameDone(frame.time.index + 1, frame.original, frame.image)

    def _assemble(self) -> None:
        from portrait.video.assembly import assemble
        from portrait.video.segments import encoding_errors_told

        finished = self.folder.partial_path()
        with encoding_errors_told(self.target):
            assemble(self.source, finished, self.folder.segments, self.video.facts, self.plan)
        self.outputs.publish(self.target, finished)
        remove_work_folder(self.target)

    def _report(self, status: Literal["done", "stopped"], times: StageTimes, resumed: int) -> VideoReport:
        facts = self.video.facts
        return VideoReport(
            self.source,
            self.target,
            status,
            facts.width,
            facts.height,
            self.folder.frames_done,
            resumed,
            self.folder.nobody,
            self.encoder.label,
            times,
            (*self._warnings(status), *self.plan.warnings, *self.outputs.warnings),
        )

    def _warnings(self, status: str) -> Iterator[str]:
        facts, video = self.video.facts, self.video
        if facts.is_hdr:
            yield tr("HDR was tone-mapped to standard range")
        elif facts.bits > 8:
            yield tr("{bits} bits a channel were reduced to 8", bits=facts.bits)
        if facts.is_interlaced:
            yield tr("interlaced frames were made progressive, one of two fields each")
        if facts.has_alpha:
            yield tr("transparency was not kept")
        if video.damaged_frames:
            yield tr("damaged frames left out: {n}", n=video.damaged_frames)
        if video.mended_times:
            yield tr("frames without a time of their own: {n}", n=video.mended_times)
        if status == "done" and (broken := video.find_break()):
            yield broken
        if self.folder.nobody:
            yield tr("frames in which nobody was found, blurred whole: {n}", n=self.folder.nobody)
