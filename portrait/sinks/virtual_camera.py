"""The ways to be a camera for other programs on this machine, in order of preference."""

import logging
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from portrait.errors import SinkError
from portrait.language import mark, tr
from portrait.sinks import pipewire, v4l2_loopback
from portrait.sinks.camera_kind import CameraKind
from portrait.sinks.frame_sink import CameraSink, MissingSetUpError

PLUGIN_GROUP = "portrait.virtual_cameras"
_NONE_HINT = mark("Use the window of Portrait, or a program that captures it.")
_logger = logging.getLogger(__name__)


def list_camera_kinds() -> tuple[CameraKind, ...]:
    """All ways that are known, the best first.

    A loopback device is seen by every program, and is there only if somebody made it. PipeWire needs no root, and is
    seen by browsers. Plug-ins come last.
    """
    return (
        CameraKind(
            "v4l2loopback", lambda: v4l2_loopback.why_unavailable(), lambda: v4l2_loopback.open_first_loopback()
        ),
        CameraKind("PipeWire", lambda: pipewire.why_unavailable(), lambda: pipewire.PipeWireCamera(), is_advised=True),
        *_load_plugins(),
    )


def open_virtual_camera(device: str = "", kinds: Sequence[CameraKind] | None = None) -> CameraSink:
    """Make a camera in the first way that is available.

    Parameters
    ----------
    device
        Path of a loopback device to write to instead; empty: any way.
    kinds
        For tests: the ways.

    Raises
    ------
    MissingSetUpError
        None is, and how to make it so.
    SinkError
        The camera cannot be made, although nothing is missing.
    """
    if device:
        return v4l2_loopback.LoopbackCamera(Path(device))
    reasons: list[tuple[CameraKind, SinkError]] = []
    for kind in list_camera_kinds() if kinds is None else kinds:
        reason = kind.why_unavailable()
        if reason is None:
            return kind.open()
        reasons.append((kind, reason))
    raise _explain(reasons)


def why_no_virtual_camera() -> SinkError | None:
    """Why no camera can be made in any way; None where one can."""
    reasons = [(kind, kind.why_unavailable()) for kind in list_camera_kinds()]
    refused = [(kind, reason) for kind, reason in reasons if reason is not None]
    return None if len(refused) < len(reasons) else _explain(refused)


def _explain(reasons: Sequence[tuple[CameraKind, SinkError]]) -> MissingSetUpError:
    """One error for all reasons: the advised way that can be set up, else any that can, else the first."""
    by_advice = sorted(reasons, key=lambda entry: not entry[0].is_advised)
    possible = [reason for _, reason in by_advice if isinstance(reason, MissingSetUpError)]
    told = (
        *possible,
        *(reason for _, reason in reasons),
        SinkError(tr("none is known for this system"), tr(_NONE_HINT)),
    )[0]
    command = told.command if isinstance(told, MissingSetUpError) else ""
    return MissingSetUpError(
        tr("No virtual camera can be made here yet: {message}", message=told.message), told.hint, command
    )


def _load_plugins() -> Iterator[CameraKind]:
    """Ways that installed packages add; one that does not load is left out."""
    for entry in entry_points(group=PLUGIN_GROUP):
        try:
            kind = entry.load()
        except Exception:  # any error of somebody else's module
            _logger.warning("the plug-in %s for virtual cameras does not load", entry.name, exc_info=True)
            continue
        if isinstance(kind, CameraKind):
            yield kind
        else:
            _logger.warning("the plug-in %s for virtual cameras is no CameraKind", entry.name)
