"""The interface of all sources of video frames: cameras, files, and the synthetic one."""

from dataclasses import dataclass
from typing import Literal, Protocol

from portrait.core.arrays import RgbImage
from portrait.errors import CameraError

SourceKind = Literal["camera", "file", "synthetic"]


class CameraLostError(CameraError):
    """A camera stopped delivering frames: unplugged or asleep. Opening it again may help."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame of a video.

    Attributes
    ----------
    image
        uint8 (H, W, 3) RGB.
    index
        Number of the frame: 0, 1, 2 … in the order of the source.
    captured_at_s
        Monotonic time (`time.monotonic`) at which the source delivered the frame.
    """

    image: RgbImage
    index: int
    captured_at_s: float


class FrameSource(Protocol):
    """A camera, or anything that delivers frames like one.

    One thread calls `open` and `read`. `close` may be called from any thread, at any time and repeatedly; it does not
    block, and a running `read` returns None.
    """

    @property
    def name(self) -> str:
        """Name shown to the user."""

    @property
    def frame_rate_fps(self) -> float:
        """Nominal frames per second; known for certain only after `open`."""

    def open(self) -> None:
        """Start delivering.

        Raises
        ------
        CameraError
            The source cannot be opened; the hint says what to do about it.
        """

    def read(self) -> Frame | None:
        """Wait for the next frame; None when the source has ended or was closed.

        Raises
        ------
        CameraLostError
            The device stopped delivering and may come back.
        CameraError
            The source cannot be read.
        """

    def close(self) -> None:
        """Stop delivering and release the device."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source the user can choose.

    Attributes
    ----------
    id
        Id of the source, for `make_source` and ``--source``; that of a camera survives re-plugging where the system
        keeps one.
    name
        Name shown to the user.
    kind
        Kind of the source.
    formats
        Sizes, encodings and frame rates where they are known, largest first, such as ``1280x720 MJPG 60/30 fps``.
    index
        Number of the camera now; None for other sources.
    """

    id: str
    name: str
    kind: SourceKind
    formats: tuple[str, ...] = ()
    index: int | None = None

    def answers_to(self, source_id: str) -> bool:
        """Whether an id means this source: its own, or for a camera its number or device file."""
        return source_id == self.id or (
            self.index is not None and source_id in (str(self.index), f"/dev/video{self.index}")
        )
