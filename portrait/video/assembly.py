"""Assembly of the finished video: its segments, with sound and subtitles copied packet by packet. Needs PyAV."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from portrait.capture.pyav_decoder import open_container
from portrait.capture.timed_video import VideoFacts
from portrait.errors import PortraitError
from portrait.language import mark, tr
from portrait.video.options import SUFFIX_FORMATS
from portrait.video.work_folder import Segment

_COPIED = ("audio", "subtitle")
_SECOND_CLASS = {"attachment": mark("attached files"), "data": mark("data streams"), "video": mark("further pictures")}


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """Which streams of the source are copied, by their numbers.

    ``sound`` names the codecs of the sound among them, ``warnings`` what is left out, one sentence each.
    """

    format: str
    copied: tuple[int, ...]
    sound: tuple[str, ...]
    warnings: tuple[str, ...]


def require_suffix(target: Path) -> str:
    """FFmpeg's name of the output format; raise `PortraitError` for a suffix that stands for none."""
    try:
        return SUFFIX_FORMATS[target.suffix.lower()]
    except KeyError:
        hint = tr("Use a name that ends in {names}.", names=", ".join(SUFFIX_FORMATS))
        raise PortraitError(
            tr("{name} is not the name of a video that can be written", name=target.name), hint
        ) from None


def holds_video(target: Path, sample: bytes) -> bool:
    """Whether the output's format holds the video of a sample by an encoder."""
    with av.open(io.BytesIO(sample)) as video:
        return _accepts(require_suffix(target), [video.streams.video[0]])


def plan_streams(source: Path, target: Path, sample: bytes, label: str) -> StreamPlan:
    """Choose the streams to copy, and try the output format with them before the long work.

    Parameters
    ----------
    source, target
        Input and output.
    sample
        A small Matroska file by the encoder, see `portrait.video.encoders.choose_encoder`.
    label
        Name of the codec for messages.

    Raises
    ------
    PortraitError
        The format holds the encoder's video, or the sound, not.
    """
    name, warnings = require_suffix(target), []
    with open_container(source) as container, av.open(io.BytesIO(sample)) as video:
        main = container.streams.best("video")
        if not _accepts(name, [video.streams.video[0]]):
            hint = tr("Choose a name that ends in .mkv or .mp4, or another codec with --codec.")
            raise PortraitError(
                tr("A file ending in {suffix} cannot hold {label}", suffix=target.suffix, label=label), hint
            )
        copied: list[Any] = []
        for stream in container.streams:
            if stream.index == main.index:
                continue
            if stream.type in _COPIED and _accepts(name, [video.streams.video[0], *copied, stream]):
                copied.append(stream)
            elif stream.type == "audio":
                message = tr(
                    "A file ending in {suffix} cannot hold the sound of {name} ({sound}) unchanged",
                    suffix=target.suffix,
                    name=source.name,
                    sound=_sound_name(stream),
                )
                raise PortraitError(message, _sound_hint([video.streams.video[0], stream]))
            else:
                warnings.append(
                    tr(
                        "{name}: not kept in a file ending in {suffix}",
                        name=_name_left_out(stream),
                        suffix=target.suffix,
                    )
                )
        sound = tuple(_sound_name(stream) for stream in copied if stream.type == "audio")
        return StreamPlan(name, tuple(stream.index for stream in copied), sound, tuple(dict.fromkeys(warnings)))


def assemble(source: Path, path: Path, segments: Sequence[Segment], facts: VideoFacts, plan: StreamPlan) -> None:
    """Write the finished video: the pictures of the segments at their times, and the copied streams of the source.

    Parameters
    ----------
    source
        The input.
    path
        The file to write.
    segments
        All of them, in order.
    facts
        Of the source.
    plan
        From `plan_streams`.

    Raises
    ------
    av.FFmpegError, OSError
        The disk is full, no permission.
    """
    options = {"movflags": "+faststart"} if plan.format in ("mp4", "mov") else {}
    with (
        open_container(source) as container,
        _open_first(segments) as first,
        av.open(str(path.absolute()), "w", format=plan.format, options=options) as output,
    ):
        _copy_tags(container, output)
        video = output.add_stream_from_template(first, opaque=True)
        video.time_base = facts.time_base
        if facts.pixel_aspect is not None:
            video.sample_aspect_ratio = facts.pixel_aspect
        video.metadata.update(_kept_tags(container.streams.best("video").metadata))
        others = [container.streams[index] for index in plan.copied]
        outputs = {stream.index: _add_copy(output, stream) for stream in others}
        pictures = _picture_packets(segments, facts, video)
        for packet in _merge(pictures, _copied_packets(container, others, outputs, facts.origin_s)):
            output.mux(packet)


@contextmanager
def _open_first(segments: Sequence[Segment]) -> Iterator[Any]:
    """The video stream of the first segment."""
    with av.open(str(segments[0].path.absolute())) as container:
        yield container.streams.video[0]


def _picture_packets(segments: Sequence[Segment], facts: VideoFacts, stream: Any) -> Iterator[Any]:
    """The packets of all segments with the times of the journal."""
    for segment in segments:
        ends = (*segment.times[1:], segment.end)
        with av.open(str(segment.path.absolute())) as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            for packet, start, end in zip(packets, segment.times, ends, strict=True):
                packet.pts = packet.dts = start
                packet.duration, packet.time_base = end - start, facts.time_base
                packet.stream = stream
                yield packet


def _copied_packets(container: Any, streams: Sequence[Any], outputs: Any, origin_s: Fraction) -> Iterator[Any]:
    """The packets of the copied streams, as they are, but for the time that counts as the beginning."""
    if not streams:
        return
    for packet in container.demux(*streams):
        if packet.size == 0 and packet.dts is None:
            continue  # the end
        shift = round(origin_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = outputs[packet.stream.index]
        yield packet


def _merge(pictures: Iterator[Any], copies: Iterator[Any]) -> Iterator[Any]:
    """Both in the order of their times, so that the muxer need hold few of them."""
    copy = next(copies, None)
    for picture in pictures:
        while copy is not None and _time_s(copy) <= _time_s(picture):
            yield copy
            copy = next(copies, None)
        yield picture
    while copy is not None:
        yield copy
        copy = next(copies, None)


def _time_s(packet: Any) -> float:
    time = packet.dts if packet.dts is not None else packet.pts
    return 0.0 if time is None else float(time * packet.time_base)


def _add_copy(output: Any, stream: Any) -> Any:
    copy = output.add_stream_from_template(stream, opaque=True)
    copy.time_base = stream.time_base
    copy.metadata.update(_kept_tags(stream.metadata))
    copy.disposition = stream.disposition
    return copy


def _copy_tags(container: Any, output: Any) -> None:
    output.metadata.update(_kept_tags(container.metadata))
    if chapters := container.chapters():
        output.set_chapters(chapters)


def _kept_tags(metadata: Any) -> dict[str, str]:
    """The tags that stay true: language, title, date and place, not who encoded it and how the brand is called."""
    stale = (
        "encoder",
        "major_brand",
        "minor_version",
        "compatible_brands",
        "duration",
        "number_of_",
        "_statistics",
        "bps",
    )
    return {name: value for name, value in metadata.items() if not name.lower().startswith(stale)}


def _accepts(name: str, streams: Sequence[Any]) -> bool:
    """Whether an output format takes these streams."""
    try:
        with av.open(io.BytesIO(), "w", format=name) as output:
            for stream in streams:
                output.add_stream_from_template(stream, opaque=True)
            output.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True


def _sound_hint(streams: Sequence[Any]) -> str:
    """Which names are taken for a video and its sound; Matroska, which holds most, first."""
    suffixes = sorted(SUFFIX_FORMATS, key=lambda suffix: SUFFIX_FORMATS[suffix] != "matroska")
    fitting = [suffix for suffix in suffixes if _accepts(SUFFIX_FORMATS[suffix], streams)]
    if fitting:
        return tr("Choose a name that ends in {suffix}, which holds this sound.", suffix=fitting[0])
    return tr("No format that is written holds it. Convert the sound to AAC with another program first.")


def _sound_name(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context else tr("an unknown coding")


def _name_left_out(stream: Any) -> str:
    if stream.type == "subtitle":
        codec = stream.codec_context
        return tr("subtitles ({name})", name=codec.name) if codec else tr("subtitles")
    known = _SECOND_CLASS.get(stream.type)
    return tr("a stream of type {type}", type=stream.type) if known is None else tr(known)
