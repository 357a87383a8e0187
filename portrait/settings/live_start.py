"""What the live view begins with when it is opened from the command line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveStart:
    """What happens at once, without a click.

    Attributes
    ----------
    virtual_camera
        Start the chosen source, and be a camera for other programs.
    device
        Path of a loopback device to write to, such as ``/dev/video9``; empty: whatever is possible.
    """

    virtual_camera: bool = False
    device: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the chosen source starts at once."""
        return self.virtual_camera
