"""The ways to be a camera for other programs on this machine, in order of preference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portrait.errors import SinkError
from portrait.sinks import pipewire
from portrait.sinks.frame_sink import FrameSink, MissingSetUpError


@dataclass(frozen=True, slots=True)
class CameraKind:
    """One way to be a camera.

    Attributes
    ----------
    name
        Of the technique.
    why_unavailable
        What is missing on this machine; None where nothing is. May take a moment.
    open
        Makes the camera, or raises `SinkError`.
    """

    name: str
    why_unavailable: Callable[[], SinkError | None]
    open: Callable[[], FrameSink]

    @property
    def is_available(self) -> bool:
        """Whether a camera can be made."""
        return self.why_unavailable() is None


def list_camera_kinds() -> tuple[CameraKind, ...]:
    """All ways that this version knows, the best first."""
    return (CameraKind("PipeWire", lambda: pipewire.why_unavailable(), lambda: pipewire.PipeWireCamera()),)


def open_virtual_camera(kinds: Sequence[CameraKind] | None = None) -> FrameSink:
    """Make a camera in the first way that is available.

    Raises
    ------
    MissingSetUpError
        None is, and how to make the first one so.
    SinkError
        The camera cannot be made, although nothing is missing.
    """
    reasons: list[SinkError] = []
    for kind in list_camera_kinds() if kinds is None else kinds:
        reason = kind.why_unavailable()
        if reason is None:
            return kind.open()
        reasons.append(reason)
    raise _explain(reasons)


def _explain(reasons: Sequence[SinkError]) -> SinkError:
    """One error for all reasons, with the first set-up command that there is."""
    with_command = [reason for reason in reasons if isinstance(reason, MissingSetUpError) and reason.command]
    told = (*with_command, *reasons)[0] if reasons else SinkError("none is known for this system")
    command = told.command if isinstance(told, MissingSetUpError) else ""
    return MissingSetUpError(f"No virtual camera can be made here yet: {told.message}", told.hint, command)
