"""Encodes frames into a video file while they come, by PyAV (FFmpeg)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.language import tr

_TIME_BASE = Fraction(1, 1000)
_RATE_FPS = 30
_KEY_FRAME_INTERVAL = 60  # frames
_THREADS = 2
_BITS_PER_PIXEL = 0.15  # of encoders that take no quality: 4 Mbit/s at 720p30
_ERRORS = (OSError, av.FFmpegError)
_BT709, _SRGB_CURVE = 1, 13  # codes of ITU-T H.273

_FRAGMENTED = {"movflags": "+hybrid_fragmented", "frag_duration": "1000000", "flush_packets": "1"}
"""Fragments of a second, which play if the process is killed; closing turns them into an ordinary file."""

_CONTAINER_OPTIONS: Mapping[str, Mapping[str, str]] = {
    ".mp4": _FRAGMENTED,
    ".mov": _FRAGMENTED,
    ".mkv": {"flush_packets": "1", "cluster_time_limit": "1000"},
}

VIDEO_SUFFIXES = tuple(_CONTAINER_OPTIONS)


@dataclass(frozen=True, slots=True)
class _Encoder:
    """An encoder of FFmpeg, its name for users, and settings that keep up with a camera."""

    name: str
    label: str
    options: Mapping[str, str] = field(default_factory=dict)
    takes_quality: bool = True


_ENCODERS = (
    _Encoder("h264_videotoolbox", "H.264", takes_quality=False),
    _Encoder("h264_mf", "H.264", takes_quality=False),
    _Encoder("libopenh264", "H.264", takes_quality=False),
    _Encoder("libx264", "H.264", {"preset": "superfast", "crf": "20", "tune": "zerolatency"}),
    _Encoder("mpeg4", "MPEG-4 part 2", {"qmin": "2", "qmax": "5"}),
)
"""In order of preference: H.264 plays everywhere."""


class VideoEncoder:
    """An open video file of 8 bits, 4:2:0, BT.709 at limited range.

    Parameters
    ----------
    path
        With a suffix of `VIDEO_SUFFIXES`; an existing file is replaced.
    height, width
        Of the frames in pixels, even.

    Raises
    ------
    SinkError
        Nothing here encodes video. Whether the file can be written shows at the first frame.
    """

    def __init__(self, path: Path, height: int, width: int) -> None:
        self._reformatter = VideoReformatter()
        self._last_ms = -1
        self._container = av.open(str(path), "w", options=dict(_CONTAINER_OPTIONS[path.suffix.lower()]))
        self._path = path
        self._encoder, self._stream = self._open_stream(height, width)

    @property
    def codec(self) -> str:
        """Name of the codec for users."""
        return self._encoder.label

    def encode(self, image: RgbImage, time_s: float) -> None:
        """Add a frame, uint8 (H, W, 3), that is shown from ``time_s`` seconds after the beginning.

        Raises
        ------
        SinkError
            The file cannot be written any more.
        """
        frame: VideoFrame = self._reformatter.reformat(
            VideoFrame.from_ndarray(image, format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        _set_color_tags(frame)
        self._last_ms = max(self._last_ms + 1, round(1000.0 * time_s))
        frame.pts, frame.time_base = self._last_ms, _TIME_BASE
        self._mux(frame)

    def finish(self) -> None:
        """Write what the encoder holds back, and close the file; raises as `encode`."""
        try:
            self._mux(None)
            self._container.close()
        except _ERRORS as exc:
            raise _write_error(self._path, exc) from exc

    def _mux(self, frame: VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except _ERRORS as exc:
            raise _write_error(self._path, exc) from exc

    def _open_stream(self, height: int, width: int) -> tuple[_Encoder, Any]:
        for encoder in _ENCODERS:
            try:
                if _can_encode(encoder, height, width):
                    return encoder, _add_stream(self._container, encoder, height, width)
            except (av.FFmpegError, ValueError):  # ValueError: not in this build
                continue
        self._container.close()
        raise SinkError(
            tr("Nothing here encodes video of {width} × {height}", width=width, height=height),
            tr("Install PyAV anew: pip install av"),
        )


def _can_encode(encoder: _Encoder, height: int, width: int) -> bool:
    """Whether an encoder opens for this size: in a build it may be, and in the system not."""
    context = av.CodecContext.create(encoder.name, "w")
    _set_up(context, encoder, height, width)
    context.open()
    return True


def _add_stream(container: Any, encoder: _Encoder, height: int, width: int) -> Any:
    stream = container.add_stream(encoder.name, rate=_RATE_FPS, options=dict(encoder.options))
    _set_up(stream.codec_context, encoder, height, width)
    return stream


def _set_up(context: Any, encoder: _Encoder, height: int, width: int) -> None:
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = _TIME_BASE, Fraction(_RATE_FPS)
    context.gop_size, context.max_b_frames, context.thread_count = _KEY_FRAME_INTERVAL, 0, _THREADS
    if not encoder.takes_quality:
        context.bit_rate = round(_BITS_PER_PIXEL * width * height * _RATE_FPS)
    _set_color_tags(context)


def _set_color_tags(target: Any) -> None:
    target.colorspace, target.color_primaries, target.color_trc = _BT709, _BT709, _SRGB_CURVE
    target.color_range = ColorRange.MPEG


def _write_error(path: Path, exc: Exception) -> SinkError:
    reason = getattr(exc, "strerror", None) or str(exc)
    return SinkError(
        tr("{path} cannot be written: {reason}", path=path, reason=reason),
        tr("Free some space, or choose another folder."),
    )
