"""One way to be a camera for other programs."""

from collections.abc import Callable
from dataclasses import dataclass

from portrait.errors import SinkError
from portrait.sinks.frame_sink import CameraSink


@dataclass(frozen=True, slots=True)
class CameraKind:
    """One way to be a camera. Plug-ins offer one as an entry point of the group ``portrait.virtual_cameras``.

    Attributes
    ----------
    name
        Of the technique.
    why_unavailable
        What is missing on this machine; None where nothing is. May take a moment.
    open
        Makes the camera, or raises `SinkError`.
    is_advised
        Whether its set-up is the one to advise where no camera can be made.
    """

    name: str
    why_unavailable: Callable[[], SinkError | None]
    open: Callable[[], CameraSink]
    is_advised: bool = False

    @property
    def is_available(self) -> bool:
        """Whether a camera can be made."""
        return self.why_unavailable() is None
