"""What the live view begins with when it is opened from the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LiveStart:
    """What happens at once, without a click.

    Attributes
    ----------
    virtual_camera
        Start the chosen source, and be a camera for other programs.
    device
        Path of a loopback device to write to, such as ``/dev/video9``; empty: whatever is possible.
    record
        Start the chosen source, and record it to this file.
    is_minimized
        Do not show the window but an icon.
    """

    virtual_camera: bool = False
    device: str = ""
    record: Path | None = None
    is_minimized: bool = False

    @property
    def is_running(self) -> bool:
        """Whether the chosen source starts at once."""
        return self.virtual_camera or self.record is not None
