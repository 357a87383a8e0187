"""What a conversion is going to make, found before it begins, and a still of how it will look."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.subject import has_person
from portrait.engine import FrameMemory, PortraitEngine, Quality
from portrait.language import tr
from portrait.photo.outputs import Outputs
from portrait.photo.report import StageTimes
from portrait.video.options import SUFFIX_FORMATS, VideoOptions
from portrait.video.preparation import find_fingerprint, load_look, refuse_early, require_pyav
from portrait.video.work_folder import count_kept_frames

if TYPE_CHECKING:
    from portrait.capture.timed_video import VideoFacts


@dataclass(frozen=True, slots=True, eq=False)
class VideoPlan:
    """What `portrait.video.convert.convert_video` is going to make.

    Attributes
    ----------
    source, target
        Input and output.
    facts
        What the file says of its pictures; they keep their size and rate.
    codec
        Of the pictures, for users.
    sound
        Codecs of the sound tracks, which are copied; empty for a silent video.
    frames_done
        So many frames an earlier conversion with these settings has done: the next goes on behind them.
    remarks
        What will be different from the source or left out, one sentence each.
    first_image
        The first frame, uint8 (H, W, 3) RGB, upright, with square pixels.
    """

    source: Path
    target: Path
    facts: "VideoFacts"
    codec: str
    sound: tuple[str, ...]
    frames_done: int
    remarks: tuple[str, ...]
    first_image: RgbImage


def plan_video(
    engine: PortraitEngine, source: Path, target: Path, options: VideoOptions, outputs: Outputs | None = None
) -> VideoPlan:
    """Find out what a conversion with these arguments would make, without writing anything.

    Raises
    ------
    PortraitError
        It would be refused, see `portrait.video.convert.convert_video`.
    """
    require_pyav()
    from portrait.capture.timed_video import TimedVideo
    from portrait.video.assembly import holds_video, plan_streams, require_suffix
    from portrait.video.encoders import choose_encoder, encoder_version

    require_suffix(target)
    refuse_early(source, target, options, outputs or Outputs())
    with closing(TimedVideo(source)) as video:
        facts = video.facts
        encoder, sample = choose_encoder(options.codec, facts, fits=lambda sample: holds_video(target, sample))
        streams = plan_streams(source, target, sample, encoder.label)
        fingerprint = find_fingerprint(engine, source, options, encoder_version(encoder))
        return VideoPlan(
            source,
            target,
            facts,
            encoder.label,
            streams.sound,
            count_kept_frames(target, fingerprint),
            (*_find_remarks(facts), *streams.warnings),
            video.to_rgb(next(video.frames())),
        )


def propose_targets(source: Path, outputs: Outputs) -> Iterator[Path]:
    """Names for the portrait of a video, ``NAME-portrait.mp4`` beside it, by preference; none is a stranger's.

    Its own format comes first where that is written, then MP4, then Matroska, which holds most sounds.
    """
    own = source.suffix.lower() if source.suffix.lower() in SUFFIX_FORMATS else ".mp4"
    for suffix in dict.fromkeys((own, ".mp4", ".mkv")):
        path, number = source.with_name(f"{source.stem}-portrait{suffix}"), 2
        while path.exists() and not outputs.may_replace(path):
            path = source.with_name(f"{source.stem}-portrait-{number}{suffix}")
            number += 1
        yield path


class VideoStill:
    """The portrait of one frame of a video, rendered again for every look; the matte is found once a quality.

    Parameters
    ----------
    engine
        May be shared.
    plan
        Whose first frame it is.
    """

    def __init__(self, engine: PortraitEngine, plan: VideoPlan) -> None:
        self._engine = engine
        self._plan = plan
        self._mattes: dict[Quality, AlphaMatte] = {}

    @property
    def plan(self) -> VideoPlan:
        """Whose first frame it is."""
        return self._plan

    def render(self, options: VideoOptions) -> RgbImage:
        """The portrait, uint8 (H, W, 3) RGB; blurred whole where nobody is found.

        Raises
        ------
        PortraitError
            The picture of the background cannot be read.
        """
        from portrait.video.rendering import FrameRenderer

        image, quality = self._plan.first_image, options.quality
        if quality not in self._mattes:
            self._mattes[quality] = self._engine.find_matte(image, quality, FrameMemory())
        renderer = FrameRenderer(self._engine, load_look(options, self._plan.facts), quality, StageTimes())
        matte = self._mattes[quality]
        return renderer.render_image(image, matte if has_person(matte) else matte * 0.0)


def _find_remarks(facts: "VideoFacts") -> Iterator[str]:
    """What the pictures lose."""
    if facts.is_hdr:
        yield tr("HDR becomes standard range")
    elif facts.bits > 8:
        yield tr("{bits} bits a channel become 8", bits=facts.bits)
    if facts.is_interlaced:
        yield tr("interlaced frames become progressive")
    if facts.has_alpha:
        yield tr("transparency is not kept")
