"""The encoders of video: in which order they are tried, and with which settings. Needs PyAV."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from portrait.capture.timed_video import ColorTags, VideoFacts
from portrait.core.arrays import RgbImage
from portrait.errors import PortraitError
from portrait.language import tr

AUTO_CODEC = "auto"

SEGMENT_FRAMES = 60
"""Frames between two key frames, and of a segment: so many are lost at most when the process is killed."""

_BITS_PER_PIXEL = 0.15
"""For encoders that take no quality: 4 Mbit/s at 720p30."""

_UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of FFmpeg.

    Attributes
    ----------
    name
        FFmpeg's.
    family
        The codec: ``h264``, ``vp9``, ``av1`` or ``mpeg4``.
    label
        For users.
    options
        FFmpeg's, for a quality at which differences to the input are hard to see.
    takes_quality
        Whether these choose the quality; else a bit rate does.
    """

    name: str
    family: str
    label: str
    options: Mapping[str, str] = field(default_factory=dict)
    takes_quality: bool = True


ENCODERS: tuple[Encoder, ...] = (
    Encoder("h264_videotoolbox", "h264", "H.264 (VideoToolbox)", takes_quality=False),
    Encoder("h264_mf", "h264", "H.264 (Media Foundation)", takes_quality=False),  # not shown
    Encoder("libopenh264", "h264", "H.264 (OpenH264)", takes_quality=False),
    Encoder("libx264", "h264", "H.264 (x264)", {"crf": "18", "preset": "medium"}),
    Encoder(
        "libvpx-vp9",
        "vp9",
        "VP9",
        # Tiles in parallel, rows not: with row-mt the result may depend on the number of threads.
        {"crf": "20", "deadline": "good", "cpu-used": "4", "tile-columns": "2", "row-mt": "0"},
    ),
    Encoder("libsvtav1", "av1", "AV1 (SVT-AV1)", {"crf": "24", "preset": "8"}),
    Encoder("mpeg4", "mpeg4", "MPEG-4 part 2", {"qmin": "2", "qmax": "3"}),
)
"""In order of preference; which of them there are is up to the user's build of FFmpeg."""

CODECS = (AUTO_CODEC, *dict.fromkeys(encoder.family for encoder in ENCODERS), *(one.name for one in ENCODERS[:-1]))
"""What the user may ask for: a codec, or one encoder by FFmpeg's name."""


def choose_encoder(
    codec: str,
    facts: VideoFacts,
    *,
    encoders: tuple[Encoder, ...] = ENCODERS,
    fits: Callable[[bytes], bool] = lambda sample: True,
) -> tuple[Encoder, bytes]:
    """The first encoder that encodes a frame of this video, and a small Matroska file with that frame.

    Parameters
    ----------
    codec
        One of `CODECS`; ``auto`` takes all.
    facts
        Size and colours: H.264 refuses odd sizes, for example.
    encoders
        In order of preference.
    fits
        Whether the output format holds such a sample; asked with ``auto``.

    Raises
    ------
    PortraitError
        None does.
    """
    for encoder in encoders:
        if codec in (AUTO_CODEC, encoder.family, encoder.name):
            sample = _try_encoder(encoder, facts)
            if sample is not None and (codec != AUTO_CODEC or fits(sample)):
                return encoder, sample
    raise PortraitError(
        tr("Nothing here encodes {codec} at {width} × {height}", codec=codec, width=facts.width, height=facts.height),
        tr("Leave --codec out, or choose another: H.264 takes even sizes only, for example."),
    )


def encoder_version(encoder: Encoder) -> str:
    """Name and version of an encoder: with another version the parts of a video might not fit together."""
    return f"{encoder.name} {av.library_versions['libavcodec']}"


def _try_encoder(encoder: Encoder, facts: VideoFacts) -> bytes | None:
    buffer = io.BytesIO()
    try:
        with av.open(buffer, "w", format="matroska") as container:
            stream = open_stream(container, encoder, facts)
            frame = FrameEncoder(stream, facts)
            container.mux([*frame.encode(np.zeros((facts.height, facts.width, 3), np.uint8)), *frame.flush()])
    except (av.FFmpegError, ValueError):  # ValueError: an encoder that is not in this build
        return None
    return buffer.getvalue()


def open_stream(container: Any, encoder: Encoder, facts: VideoFacts) -> Any:
    """Add a video stream to an output file, whose frames an encoder makes: 8 bits, 4:2:0, without B-frames."""
    if encoder.name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # else it prints its settings on stderr
    rate = Fraction(facts.frame_rate_fps).limit_denominator(1001)
    stream = container.add_stream(encoder.name, rate=rate, options=dict(encoder.options))
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = facts.width, facts.height, "yuv420p"
    context.time_base, context.gop_size, context.max_b_frames = 1 / rate, 2 * SEGMENT_FRAMES, 0
    context.bit_rate = 0
    if not encoder.takes_quality:
        context.bit_rate = max(500_000, round(_BITS_PER_PIXEL * facts.width * facts.height * float(rate)))
    context.thread_count = os.cpu_count() or 1
    context.flags |= Flags.global_header
    set_color_tags(context, facts.colors)
    if facts.pixel_aspect is not None:
        context.sample_aspect_ratio = facts.pixel_aspect
    return stream


def set_color_tags(target: Any, colors: ColorTags) -> None:
    """Tag a codec context or a frame with colours."""
    target.colorspace, target.color_primaries, target.color_trc = colors.matrix, colors.primaries, colors.curve
    target.color_range = ColorRange.JPEG if colors.is_full_range else ColorRange.MPEG


class FrameEncoder:
    """Encodes RGB images on a stream from `open_stream`. The time of a packet is the number of its frame."""

    def __init__(self, stream: Any, facts: VideoFacts) -> None:
        self._stream = stream
        self._facts = facts
        self._reformatter = VideoReformatter()
        self._count = 0

    def encode(self, image: RgbImage) -> Iterator[Any]:
        """Yield the packets that are ready after one more image, uint8 (H, W, 3), which is scaled to the stream."""
        facts, colors = self._facts, self._facts.colors
        frame: VideoFrame = self._reformatter.reformat(
            VideoFrame.from_ndarray(image, format="rgb24"),
            facts.width,
            facts.height,
            "yuv420p",
            dst_colorspace=_SCALER_MATRICES[colors.matrix],
            dst_color_range=ColorRange.JPEG if colors.is_full_range else ColorRange.MPEG,
            threads=1,
        )
        set_color_tags(frame, colors)
        frame.pts, frame.time_base = self._count, self._stream.codec_context.time_base
        self._count += 1
        yield from self._stream.encode(frame)

    def flush(self) -> Iterator[Any]:
        """Yield the packets that the encoder holds back."""
        yield from self._stream.encode(None)


_SCALER_MATRICES: Mapping[int, Colorspace] = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
}
"""swscale's numbers of the matrices of ITU-T H.273."""
