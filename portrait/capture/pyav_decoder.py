"""Decoding of video files by PyAV (FFmpeg), which also decodes interlaced and AV1 videos."""

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from portrait.capture.closing import ClosableHandle
from portrait.capture.pyav_frames import Deinterlacer, FrameConverter
from portrait.capture.video_decoder import FRAME_RATE_MAX_FPS, UNREADABLE_HINT, DecodedFrame, VideoTrack
from portrait.core.arrays import RgbImage
from portrait.errors import CameraError
from portrait.language import tr

if TYPE_CHECKING:
    from av.packet import Packet

_logger = logging.getLogger(__name__)

FRAME_THREADS_FROM_PX = 2560 * 1440
"""Frames from this size on are decoded by several threads, for one may be too slow.

Smaller ones are not: with threads a damaged packet is reported late or never, and may spoil the frames behind it.
"""


class PyAvDecoder:
    """A `VideoDecoder` behind PyAV."""

    def __init__(self) -> None:
        self._handle = ClosableHandle(OpenVideo.close)
        self._path = Path()
        self.damaged_frames = 0

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._handle.is_closing

    def open(self, path: Path) -> VideoTrack:
        """Open a file at its first frame.

        Raises
        ------
        CameraError
            Not a video, or in a codec that this FFmpeg does not know.
        """
        self._path = path
        self.damaged_frames = 0
        self._handle.open(lambda: OpenVideo(path))
        with self._handle.use() as video:
            return video.track if video is not None else VideoTrack(0.0, None)

    def read(self) -> DecodedFrame | None:
        """Decode the next frame; None at the end or once closed.

        Raises
        ------
        CameraError
            The rest of the file cannot be read, or its frames cannot be converted.
        """
        with self._handle.use() as video:
            if video is None:
                return None
            try:
                return video.read()
            finally:
                self.damaged_frames += video.take_damaged()

    def rewind(self) -> None:
        """Go back to the first frame, unless closed."""
        self._handle.reopen(lambda: OpenVideo(self._path))

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._handle.wait(pause_s)

    def close(self) -> None:
        """Close the file. Never blocks."""
        self._handle.close()


def open_container(path: Path) -> Any:
    """Open a file whose texts may be in any encoding."""
    name = str(path.absolute())  # an absolute path is never taken for a protocol such as "http:"
    try:
        return av.open(name, "r", metadata_errors="replace")
    except TypeError:  # PyAV 19 replaces by itself and no longer takes the option
        return av.open(name, "r")


class OpenVideo:
    """An open file with its frames in the order in which they are shown. To be used by one thread at a time.

    Raises
    ------
    CameraError
        Not a video, or in a codec that this FFmpeg does not know.

    Attributes
    ----------
    container, stream
        The file and its main video stream, in PyAV's types.
    track
        Its frame rate and duration.
    frames
        The deinterlaced frames, decoded as they are taken. Damaged ones are left out, see `take_damaged`.
    """

    def __init__(self, path: Path) -> None:
        # Open the container and choose its video stream.
        self._name = path.name
        try:
            self.container = open_container(path)
        except av.FFmpegError as exc:
            _logger.debug("PyAV could not open %s: %s", path, exc)
            raise CameraError(
                tr("{name} is not a video that can be read", name=path.name), tr(UNREADABLE_HINT)
            ) from exc
        try:
            self.stream = _choose_stream(self.container, path.name)
        except CameraError:
            self.container.close()
            raise
        # Set up the decoder and what follows it.
        if self.stream.width * self.stream.height >= FRAME_THREADS_FROM_PX:
            self.stream.thread_type = "AUTO"
        self._origin_s, duration_s = _find_start_and_duration(self.container, self.stream)
        self.track = VideoTrack(_find_rate_fps(self.stream), duration_s)
        self._damaged = 0
        self._position_s: float | None = None
        self._deinterlacer, self._converter = Deinterlacer(), FrameConverter()
        self.frames = self._iterate_frames()

    def read(self) -> DecodedFrame | None:
        """Decode, deinterlace and convert the next frame; None at the end."""
        frame = self.read_frame()
        return None if frame is None else DecodedFrame(self.to_rgb(frame), self._position_s)

    def read_frame(self) -> VideoFrame | None:
        """Decode and deinterlace the next frame; None at the end.

        Raises
        ------
        CameraError
            The rest of the file cannot be read.
        """
        with self._errors_told():
            return next(self.frames, None)

    def to_rgb(self, frame: VideoFrame) -> RgbImage:
        """Convert a frame as `FrameConverter.to_rgb`; raise `CameraError` where that fails."""
        with self._errors_told():
            return self._converter.to_rgb(frame, self.stream.sample_aspect_ratio or Fraction(1))

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except av.FFmpegError as exc:
            hint = tr("Copy the file again, or convert it to MP4 with H.264")
            raise CameraError(
                tr("{name} cannot be read any further: {reason}", name=self._name, reason=exc.strerror), hint
            ) from exc

    @property
    def is_deinterlacing(self) -> bool:
        """Whether an interlaced frame has come so far."""
        return self._deinterlacer.is_active

    def take_damaged(self) -> int:
        """How many packets and frames were damaged since the last call."""
        damaged, self._damaged = self._damaged, 0
        return damaged

    def close(self) -> None:
        self.frames.close()
        self.container.close()

    def _iterate_frames(self) -> Generator[VideoFrame]:
        """Yield the deinterlaced frames, and keep the position of the newest."""
        for packet in self._iterate_packets():
            for frame in self._decode(packet):
                if frame.time is not None:
                    self._position_s = frame.time - self._origin_s
                yield from self._deinterlacer.feed(frame)
        yield from self._deinterlacer.flush()

    def _iterate_packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """Yield the packets, and at the end an empty one or None, which makes the decoder output what it holds."""
        try:
            yield from self.container.demux(self.stream)
        except av.InvalidDataError as exc:  # taken for the end; `VideoFile` compares the position with the duration
            _logger.warning("%s: the rest of the file makes no sense: %s", self._name, exc)
            yield None

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        """Decode the frames that a packet completes. Damaged packets and frames are left out and counted."""
        try:
            frames = self.stream.decode(packet)
        except av.FFmpegError as exc:
            _logger.debug("%s: a packet could not be decoded: %s", self._name, exc)
            self._damaged += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self._damaged += len(frames) - len(whole)
        return whole


def _choose_stream(container: InputContainer, name: str) -> VideoStream:
    """The main video stream of a file. The cover image of a music file does not count as one."""
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
        raise CameraError(tr("{name} holds no pictures", name=name), tr("Choose a file with a video track"))
    if stream.codec_context is None:
        raise CameraError(
            tr("{name} is in a video coding that PyAV does not know", name=name), tr("Convert it to MP4 with H.264")
        )
    return stream


def _find_rate_fps(stream: VideoStream) -> float:
    """The container's mean frame rate, else the codec's (raw DV has only that); 0 where neither is plausible."""
    rates = (float(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
    return next((rate_fps for rate_fps in rates if rate_fps <= FRAME_RATE_MAX_FPS), 0.0)


def _find_start_and_duration(container: InputContainer, stream: VideoStream) -> tuple[float, float | None]:
    """Start and stated duration in seconds, of the video stream where they are stated, else of the whole file."""
    if stream.duration is not None and stream.time_base is not None:
        by_count_s = float(stream.frames / stream.average_rate) if stream.average_rate else 0.0
        # FFmpeg shortens the duration of a truncated AVI, but not its number of frames.
        duration_s = max(by_count_s, float(stream.duration * stream.time_base))
        return float((stream.start_time or 0) * stream.time_base), duration_s
    start_s = (container.start_time or 0) / av.time_base
    return start_s, container.duration / av.time_base if container.duration is not None else None
