"""Frames of a video file with their exact timestamps, and what the file says of its picture and colours. Needs PyAV."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from portrait.capture.geometry import SQUARE, displayed_size_px
from portrait.capture.pyav_decoder import OpenVideo
from portrait.capture.pyav_frames import HDR_CURVES, find_orientation, is_hd
from portrait.capture.video_file import DEFAULT_FRAME_RATE_FPS, find_break, require_content
from portrait.core.arrays import RgbImage
from portrait.errors import CameraError
from portrait.language import tr

MATRICES = frozenset((1, 4, 5, 6, 7, 9))
"""YUV matrices that can be written, by their numbers in ITU-T H.273, table 4."""

_BT709, _SMPTE170M = 1, 6


@dataclass(frozen=True, slots=True)
class ColorTags:
    """Colours of a video by the numbers of ITU-T H.273: matrix (table 4), primaries (2), curve (3); and its range."""

    matrix: int
    primaries: int
    curve: int
    is_full_range: bool


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a file says of its video.

    Attributes
    ----------
    width, height
        Size of the stored frames in pixels, turned upright.
    pixel_aspect
        Width over height of such a pixel; None where it is not stated.
    time_base
        Unit of the timestamps in seconds.
    origin_s
        Time that counts as the beginning; not 0 in formats whose clock starts anywhere, such as MPEG-TS.
    frame_rate_fps
        Mean frame rate, or a usual one where it is unknown.
    frame_count
        Estimated number of frames; None where it is unknown.
    colors
        Of the RGB images once they are YUV again: the file's own; for HDR those of standard range.
    bits
        Bits a channel.
    is_hdr, is_interlaced, has_alpha
        Of the first frame.
    """

    width: int
    height: int
    pixel_aspect: Fraction | None
    time_base: Fraction
    origin_s: Fraction
    frame_rate_fps: float
    frame_count: int | None
    colors: ColorTags
    bits: int
    is_hdr: bool
    is_interlaced: bool
    has_alpha: bool

    @property
    def shown_size_px(self) -> tuple[int, int]:
        """Height and width of the RGB images: upright, with square pixels."""
        return displayed_size_px(self.height, self.width, self.pixel_aspect or SQUARE)


@dataclass(frozen=True, slots=True)
class FrameTime:
    """Number of a frame, from 0, and its time and duration in units of the file's time base."""

    index: int
    pts: int
    duration: int


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """One frame as it was decoded; see `TimedVideo.to_rgb`."""

    time: FrameTime
    decoded: VideoFrame


class TimedVideo:
    """The video stream of a file, opened at its first frame.

    Raises
    ------
    CameraError
        Missing, empty, not a video but a picture say, without a frame that can be decoded, or in an unknown coding.
    """

    def __init__(self, path: Path) -> None:
        require_content(path)
        self._path = path
        self._video = OpenVideo(path)
        try:
            _refuse_picture(self._video, path.name)
            first = self._video.read_frame()
            if first is None:
                raise CameraError(
                    tr("{name} holds no pictures that can be decoded", name=path.name),
                    tr("Choose a file with a video track"),
                )
            self._first: VideoFrame | None = first
            self.facts = _find_facts(self._video, first)
        except BaseException:
            self.close()
            raise
        self._end_s = 0.0
        self.mended_times = 0
        self.damaged_frames = 0

    def frames(self) -> Iterator[TimedFrame]:
        """Yield the frames once, in the order in which they are shown; their times increase.

        A missing or repeated time is mended and counted in ``mended_times``; ``damaged_frames`` were left out.

        Raises
        ------
        CameraError
            The rest of the file cannot be read.
        """
        facts, last, index = self.facts, None, 0
        usual = max(1, round(1 / (Fraction(facts.frame_rate_fps) * facts.time_base)))
        while (frame := self._take()) is not None:
            pts = _pts_of(frame, facts)
            if pts is None or (last is not None and pts <= last):
                pts = 0 if last is None else last + (usual if pts is None else 1)
                self.mended_times += 1
            duration = _to_units(frame.duration, frame, facts) or usual
            self._end_s = max(self._end_s, float((pts + duration) * facts.time_base))
            yield TimedFrame(FrameTime(index, pts, duration), frame)
            last, index = pts, index + 1

    def to_rgb(self, frame: TimedFrame) -> RgbImage:
        """Convert a frame as `portrait.capture.pyav_frames.FrameConverter.to_rgb`: upright, with square pixels."""
        return self._video.to_rgb(frame.decoded)

    def find_break(self) -> str | None:
        """What is missing at the end of a file that breaks off; None for a complete one. To be asked at the end."""
        return find_break(self._path.name, self._end_s, self._video.track.duration_s)

    def close(self) -> None:
        """Close the file."""
        self._video.close()

    def _take(self) -> VideoFrame | None:
        frame, self._first = self._first or self._video.read_frame(), None
        self.damaged_frames += self._video.take_damaged()
        return frame


def _refuse_picture(video: OpenVideo, name: str) -> None:
    """Raise `CameraError` for a photo, which FFmpeg takes for a video of one frame."""
    if video.container.format.name.endswith(("_pipe", "image2")):
        raise CameraError(tr("{name} is a picture, not a video", name=name), tr("portrait photo makes its portrait"))


def _find_facts(video: OpenVideo, frame: VideoFrame) -> VideoFacts:
    stream = video.stream
    a, b, c, d = find_orientation(frame)
    is_turned = abs(b) + abs(c) > abs(a) + abs(d)
    width, height = (frame.height, frame.width) if is_turned else (frame.width, frame.height)
    aspect = stream.sample_aspect_ratio
    pixel_aspect = None if not aspect else 1 / Fraction(aspect) if is_turned else Fraction(aspect)
    rate_fps = video.track.frame_rate_fps or DEFAULT_FRAME_RATE_FPS
    return VideoFacts(
        width=width,
        height=height,
        pixel_aspect=pixel_aspect,
        time_base=Fraction(stream.time_base or Fraction(1, 1000)),
        origin_s=_find_origin_s(video.container),
        frame_rate_fps=rate_fps,
        frame_count=_count_frames(video, rate_fps),
        colors=_find_colors(frame),
        bits=max(component.bits for component in frame.format.components),
        is_hdr=frame.color_trc in HDR_CURVES,
        is_interlaced=bool(frame.interlaced_frame) or video.is_deinterlacing,
        has_alpha=any(component.is_alpha for component in frame.format.components),
    )


def _find_origin_s(container: Any) -> Fraction:
    """Time of the file's beginning, where its format lets the clock start anywhere; else 0."""
    starts_anywhere = bool(container.format.flags & av.format.Flags.ts_discont.value)
    return Fraction(container.start_time or 0, av.time_base) if starts_anywhere else Fraction(0)


def _count_frames(video: OpenVideo, rate_fps: float) -> int | None:
    if video.stream.frames:
        return int(video.stream.frames)
    duration_s = video.track.duration_s
    return None if duration_s is None else max(1, round(duration_s * rate_fps))


def _find_colors(frame: VideoFrame) -> ColorTags:
    """The colours to write: the frame's own, with a matrix by its size where it names none; for HDR, BT.709."""
    if frame.color_trc in HDR_CURVES:
        return ColorTags(_BT709, int(ColorPrimaries.BT709), int(ColorTrc.IEC61966_2_1), is_full_range=False)
    matrix = int(frame.colorspace)
    if frame.format.is_rgb or matrix not in MATRICES:
        matrix = _BT709 if is_hd(frame) else _SMPTE170M
    is_full = frame.color_range == ColorRange.JPEG and not frame.format.is_rgb
    return ColorTags(matrix, int(frame.color_primaries), int(frame.color_trc), is_full)


def _pts_of(frame: VideoFrame, facts: VideoFacts) -> int | None:
    """Time of a frame, in units of the file's time base; a filter may have changed the frame's own unit."""
    pts = _to_units(frame.pts, frame, facts)
    return None if pts is None else pts - round(facts.origin_s / facts.time_base)


def _to_units(value: int | None, frame: VideoFrame, facts: VideoFacts) -> int | None:
    if value is None:
        return None
    return round(value * Fraction(frame.time_base or facts.time_base) / facts.time_base)
