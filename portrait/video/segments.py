"""Writing of the segments of a video: so many encoded frames a file, each beginning with a key frame. Needs PyAV."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av

from portrait.capture.timed_video import VideoFacts
from portrait.errors import ImageFileError
from portrait.files.system.atomic import sync_file
from portrait.files.system.os_errors import write_error
from portrait.language import tr
from portrait.photo.report import StageTimes
from portrait.video.encoders import SEGMENT_FRAMES, Encoder, FrameEncoder, open_stream
from portrait.video.rendering import PortraitFrame
from portrait.video.work_folder import WorkFolder


def write_segments(
    frames: Iterable[PortraitFrame], folder: WorkFolder, encoder: Encoder, facts: VideoFacts, times: StageTimes
) -> Generator[PortraitFrame]:
    """Encode frames into segments of `SEGMENT_FRAMES`, and yield each frame when it is encoded.

    An unfinished segment is left out: a caller that stops early loses it.

    Raises
    ------
    ImageFileError
        The disk is full, or the encoder fails.
    """
    writer: _SegmentWriter | None = None
    try:
        for frame in frames:
            writer = writer or _SegmentWriter(folder, encoder, facts)
            with times.adding("encode"):
                writer.write(frame)
                if writer.is_full:
                    writer.finish()
                    writer = None
            yield frame
        if writer is not None:
            writer.finish()
            writer = None
    finally:
        if writer is not None:
            writer.abandon()


class _SegmentWriter:
    """Writes one segment."""

    def __init__(self, folder: WorkFolder, encoder: Encoder, facts: VideoFacts) -> None:
        self._folder = folder
        self._path = folder.partial_path()
        self._facts = facts
        self._times: list[int] = []
        self._end = self._nobody = self._packets = 0
        with encoding_errors_told(folder.target):
            self._container = av.open(str(self._path.absolute()), "w", format="matroska")
            stream = open_stream(self._container, encoder, facts)
            self._encoder = FrameEncoder(stream, facts)

    @property
    def is_full(self) -> bool:
        return len(self._times) >= SEGMENT_FRAMES

    def write(self, frame: PortraitFrame) -> None:
        self._times.append(frame.time.pts)
        self._end = frame.time.pts + frame.time.duration
        self._nobody += not frame.has_subject
        with encoding_errors_told(self._folder.target):
            self._mux(self._encoder.encode(frame.image))

    def finish(self) -> None:
        """Complete the segment and give it to the folder."""
        with encoding_errors_told(self._folder.target):
            self._mux(self._encoder.flush())
            self._container.close()
            sync_file(self._path)
        if self._packets != len(self._times):
            message = tr(
                "The encoder made {packets} packets of {frames} frames", packets=self._packets, frames=len(self._times)
            )
            raise ImageFileError(message, tr("Choose another one with --codec."))
        self._folder.add(self._path, tuple(self._times), self._end, self._nobody)

    def abandon(self) -> None:
        """Close and remove the unfinished file."""
        with suppress(av.FFmpegError, OSError):  # on a full disk closing fails as writing did, which is told already
            self._container.close()
        self._path.unlink(missing_ok=True)

    def _mux(self, packets: Iterable[Any]) -> None:
        """Write packets, whose times are numbers of frames, with the frames' times from the segment's beginning on."""
        for packet in packets:
            packet.pts = packet.dts = self._times[packet.pts] - self._times[0]
            packet.time_base = self._facts.time_base
            self._packets += 1
            self._container.mux(packet)


@contextmanager
def encoding_errors_told(target: Path) -> Iterator[None]:
    """Context that turns errors of FFmpeg and of the disk into messages on the output."""
    try:
        yield
    except av.FFmpegError as exc:
        raise write_error(target, OSError(exc.errno, exc.strerror)) from exc
    except OSError as exc:
        raise write_error(target, exc) from exc
