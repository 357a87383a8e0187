"""What decodes a video file: an ordered list of libraries, the first that is installed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portrait.core.arrays import RgbImage

FRAME_RATE_MAX_FPS = 480.0
"""A stream that states more states the ticks of its clock."""

INSTALL_HINT = "pip install 'portrait[video]' adds a decoder that reads it; or convert it to progressive H.264 in MP4"
"""What to do about a video that OpenCV alone cannot show."""

UNREADABLE_HINT = (
    "The file may be incomplete, damaged or no video at all; try to play it elsewhere or convert it to MP4"
)
"""What to do about a file that does not open."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """What a file says about its pictures.

    Attributes
    ----------
    frame_rate_fps
        Mean rate; 0 where it is unknown.
    duration_s
        Stated length; None where it is unknown.
    """

    frame_rate_fps: float
    duration_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """One picture of a file.

    Attributes
    ----------
    image
        uint8 (H, W, 3) RGB, upright, its pixels square, its colours full range.
    position_s
        Seconds from the first picture; None where the file does not say.
    """

    image: RgbImage
    position_s: float | None


class VideoDecoder(Protocol):
    """Decodes one file after the other. As with `FrameSource`, `close` may be called from any thread at any time."""

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""

    @property
    def damaged_frames(self) -> int:
        """So many pieces of the file could not be decoded since `open`."""

    def open(self, path: Path) -> VideoTrack:
        """Open at the first picture.

        Raises
        ------
        CameraError
            Not a video that this decoder can show.
        """

    def read(self) -> DecodedFrame | None:
        """The next picture; damaged ones are left out. None at the end or once closed.

        Raises
        ------
        CameraError
            The file cannot be read any more.
        """

    def rewind(self) -> None:
        """Go back to the first picture. Opens the file anew, for not every format can be sought in; unless closed."""

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""

    def close(self) -> None:
        """Let the file go. Never blocks."""


@dataclass(frozen=True, slots=True)
class DecoderHandler:
    """One way to decode video files.

    Attributes
    ----------
    name
        Of the library.
    reach
        What it can do, or cannot, in a few words for users.
    is_available, make
        Whether it is installed, and a decoder of it.
    """

    name: str
    reach: str
    is_available: Callable[[], bool]
    make: Callable[[], VideoDecoder]


def _has_pyav() -> bool:
    try:
        import av  # noqa: F401 - installed and loadable are two things
    except ImportError:
        return False
    return True


def _make_pyav() -> VideoDecoder:
    from portrait.capture.pyav_decoder import PyAvDecoder

    return PyAvDecoder()


def _make_opencv() -> VideoDecoder:
    from portrait.capture.opencv_decoder import OpenCvDecoder

    return OpenCvDecoder()


VIDEO_DECODERS: tuple[DecoderHandler, ...] = (
    DecoderHandler("PyAV", "interlaced and AV1 videos too", _has_pyav, _make_pyav),
    DecoderHandler("OpenCV", "no interlaced and no AV1 videos", lambda: True, _make_opencv),
)
"""In order of preference; the first that is available is used."""


def choose_video_decoder(handlers: tuple[DecoderHandler, ...] = VIDEO_DECODERS) -> DecoderHandler:
    """The first handler that is available."""
    return next(handler for handler in handlers if handler.is_available())
