"""The interface of video decoders."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portrait.core.arrays import RgbImage
from portrait.extras import how_to_get
from portrait.language import mark, tr

FRAME_RATE_MAX_FPS = 480.0
"""A higher stated rate is that of the stream's clock, not of its frames."""

UNREADABLE_HINT = mark(
    "The file may be incomplete, damaged or no video at all; try to play it elsewhere or convert it to MP4"
)
"""What to do about a file that does not open."""


def better_decoder_hint() -> str:
    """What to do about a video that OpenCV alone cannot show: another decoder, or another video."""
    return f"{how_to_get('video')} {tr('Or convert it to progressive H.264 in MP4.')}"


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """Properties of a video track as the file states them.

    Attributes
    ----------
    frame_rate_fps
        Mean frame rate; 0 where it is unknown.
    duration_s
        Stated duration; None where it is unknown.
    """

    frame_rate_fps: float
    duration_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """One decoded frame of a video file.

    Attributes
    ----------
    image
        uint8 (H, W, 3) RGB, upright, with square pixels and full-range colours.
    position_s
        Seconds from the first frame; None where the file does not say.
    """

    image: RgbImage
    position_s: float | None


class VideoDecoder(Protocol):
    """Decodes video files, one open at a time. `close` may be called from any thread at any time."""

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""

    @property
    def damaged_frames(self) -> int:
        """How many packets or frames could not be decoded since `open`."""

    def open(self, path: Path) -> VideoTrack:
        """Open a file at its first frame.

        Raises
        ------
        CameraError
            Not a video that this decoder can show.
        """

    def read(self) -> DecodedFrame | None:
        """Decode the next frame, leaving out damaged ones; None at the end or once closed.

        Raises
        ------
        CameraError
            The rest of the file cannot be read.
        """

    def rewind(self) -> None:
        """Go back to the first frame, unless closed. Opens the file anew, for not every format can seek."""

    def wait(self, pause_s: float) -> bool:
        """Wait; True at once when `close` is called."""

    def close(self) -> None:
        """Close the file. Never blocks."""
