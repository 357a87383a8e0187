"""Video files through PyAV, which shows interlaced and AV1 videos too."""

import logging
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from portrait.capture.closing import ClosableHandle
from portrait.capture.pyav_picture import Deinterlacer, PictureConverter
from portrait.capture.video_decoder import FRAME_RATE_MAX_FPS, UNREADABLE_HINT, DecodedFrame, VideoTrack
from portrait.errors import CameraError

if TYPE_CHECKING:
    from av.packet import Packet

_logger = logging.getLogger(__name__)

FRAME_THREADS_FROM_PX = 2560 * 1440
"""Pictures so large are decoded several at a time, for one thread may be too slow.

Not smaller ones: a damaged packet is then told late or never, and may take what comes behind it along.
"""


class PyAvDecoder:
    """A `VideoDecoder` behind PyAV."""

    def __init__(self) -> None:
        self._handle = ClosableHandle(_OpenVideo.close)
        self._path = Path()
        self.damaged_frames = 0

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._handle.is_closing

    def open(self, path: Path) -> VideoTrack:
        """Open at the first picture.

        Raises
        ------
        CameraError
            No video, or in a coding that this FFmpeg does not know.
        """
        self._path = path
        self.damaged_frames = 0
        self._handle.open(lambda: _OpenVideo(path))
        with self._handle.use() as video:
            return video.track if video is not None else VideoTrack(0.0, None)

    def read(self) -> DecodedFrame | None:
        """The next picture; None at the end or once closed.

        Raises
        ------
        CameraError
            The file cannot be read any more, or its pictures cannot be converted.
        """
        with self._handle.use() as video:
            if video is None:
                return None
            try:
                return video.read()
            finally:
                self.damaged_frames += video.take_damaged()

    def rewind(self) -> None:
        """Go back to the first picture, unless closed."""
        self._handle.reopen(lambda: _OpenVideo(self._path))

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""
        return self._handle.wait(pause_s)

    def close(self) -> None:
        """Let the file go. Never blocks."""
        self._handle.close()


class _OpenVideo:
    """A file between opening and closing; of one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            # An absolute path cannot pass for a protocol's name. Titles may be in any encoding.
            self._container = av.open(str(path.absolute()), "r", metadata_errors="replace")
        except av.FFmpegError as exc:
            _logger.debug("PyAV could not open %s: %s", path, exc)
            raise CameraError(f"{path.name} is not a video that can be read", UNREADABLE_HINT) from exc
        try:
            self._stream = _choose_stream(self._container, path.name)
        except CameraError:
            self._container.close()
            raise
        if self._stream.width * self._stream.height >= FRAME_THREADS_FROM_PX:
            self._stream.thread_type = "AUTO"
        self._origin_s, duration_s = _measure(self._container, self._stream)
        self.track = VideoTrack(_find_rate_fps(self._stream), duration_s)
        self._damaged = 0
        self._position_s: float | None = None
        self._deinterlacer, self._converter = Deinterlacer(), PictureConverter()
        self._frames = self._list_frames()

    def read(self) -> DecodedFrame | None:
        try:
            frame = next(self._frames, None)
            if frame is None:
                return None
            image = self._converter.to_rgb(frame, self._stream.sample_aspect_ratio or Fraction(1))
        except av.FFmpegError as exc:
            hint = "Copy the file again, or convert it to MP4 with H.264"
            raise CameraError(f"{self._name} cannot be read any further: {exc.strerror}", hint) from exc
        return DecodedFrame(image, self._position_s)

    def take_damaged(self) -> int:
        """So many packets and frames were damaged since this was last asked."""
        damaged, self._damaged = self._damaged, 0
        return damaged

    def close(self) -> None:
        self._frames.close()
        self._container.close()

    def _list_frames(self) -> Generator[VideoFrame]:
        for packet in self._list_packets():
            for frame in self._decode(packet):
                if frame.time is not None:
                    self._position_s = frame.time - self._origin_s
                yield from self._deinterlacer.feed(frame)
        yield from self._deinterlacer.flush()

    def _list_packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """The packets, and at the end one that is empty or None, for which the decoder gives what it still holds."""
        try:
            yield from self._container.demux(self._stream)
        except av.InvalidDataError as exc:  # as at the end; whether much is missing, the stated length tells
            _logger.warning("%s: the rest of the file makes no sense: %s", self._name, exc)
            yield None

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        """The frames that a packet completes; none of it, counted, where it is damaged."""
        try:
            frames = self._stream.decode(packet)
        except av.FFmpegError as exc:
            _logger.debug("%s: a packet could not be decoded: %s", self._name, exc)
            self._damaged += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self._damaged += len(frames) - len(whole)
        return whole


def _choose_stream(container: InputContainer, name: str) -> VideoStream:
    """The main video of a file; the cover of a piece of music is none."""
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
        raise CameraError(f"{name} holds no pictures", "Choose a file with a video track")
    if stream.codec_context is None:
        raise CameraError(f"{name} is in a video coding that PyAV does not know", "Convert it to MP4 with H.264")
    return stream


def _find_rate_fps(stream: VideoStream) -> float:
    """The mean rate, or that of the coding where a container, such as raw DV, knows none; 0 where neither is sane."""
    rates = (float(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
    return next((rate_fps for rate_fps in rates if rate_fps <= FRAME_RATE_MAX_FPS), 0.0)


def _measure(container: InputContainer, stream: VideoStream) -> tuple[float, float | None]:
    """Start and stated length in seconds, of the pictures where they are told, else of the whole file."""
    if stream.duration is not None and stream.time_base is not None:
        by_count_s = float(stream.frames / stream.average_rate) if stream.average_rate else 0.0
        duration_s = max(by_count_s, float(stream.duration * stream.time_base))  # that of a cut AVI is made to fit
        return float((stream.start_time or 0) * stream.time_base), duration_s
    start_s = (container.start_time or 0) / av.time_base
    return start_s, container.duration / av.time_base if container.duration is not None else None
