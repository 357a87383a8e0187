"""Catalog of frame sources: list those of this machine, and make one from its id."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from portrait.capture.camera_address import CameraAddress, is_camera_id
from portrait.capture.opencv_device import CaptureOpener, OpenCvDevice, open_video_capture
from portrait.capture.source import FrameSource, SourceEntry
from portrait.capture.synthetic import DEFAULT_HEIGHT_PX, DEFAULT_WIDTH_PX, SYNTHETIC_NAME, SyntheticSource
from portrait.capture.v4l2 import list_v4l2_cameras
from portrait.capture.video_file import VideoFile
from portrait.capture.webcam import Webcam, camera_backend
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.errors import CameraError
from portrait.language import tr

SYNTHETIC_ID = "synthetic"
PROBED_CAMERAS = 5


@dataclass(frozen=True, slots=True)
class CameraLister:
    """One way to find the cameras of a machine."""

    is_available: Callable[[], bool]
    list_cameras: Callable[[], tuple[SourceEntry, ...]]


def probe_cameras(open_capture: CaptureOpener = open_video_capture) -> tuple[SourceEntry, ...]:
    """List cameras by opening the numbers 0 … 4, for systems on which cameras cannot be listed by name."""
    device = OpenCvDevice(open_capture)
    found = []
    for index in range(PROBED_CAMERAS):
        if device.open(index, camera_backend()):
            found.append(SourceEntry(str(index), tr("Camera {n}", n=index), "camera", index=index))
        device.close()
    return tuple(found)


CAMERA_LISTERS: tuple[CameraLister, ...] = (
    CameraLister(lambda: sys.platform == "linux", list_v4l2_cameras),
    CameraLister(lambda: True, probe_cameras),
)
"""In order of preference; the first that is available is asked."""


def list_sources(listers: tuple[CameraLister, ...] = CAMERA_LISTERS) -> tuple[SourceEntry, ...]:
    """List the cameras of this machine, then the synthetic source. Cameras are opened only where nothing else helps."""
    lister = next(lister for lister in listers if lister.is_available())
    synthetic = SourceEntry(SYNTHETIC_ID, tr(SYNTHETIC_NAME), "synthetic", (f"{DEFAULT_WIDTH_PX}x{DEFAULT_HEIGHT_PX}",))
    return (*lister.list_cameras(), synthetic)


def make_source(
    source_id: str,
    *,
    width: int | None = None,
    height: int | None = None,
    paced: bool = True,
    loop: bool = False,
    person: tuple[RgbImage, AlphaMatte] | None = None,
) -> FrameSource:
    """Make a source from its id, without opening it: errors are raised by its `open`.

    Parameters
    ----------
    source_id
        ``synthetic``, a camera (see `CameraAddress`), or the path of a video file.
    width, height
        Size in pixels that is requested of a camera and drawn by the synthetic source; a file keeps its own.
    paced
        Deliver files and the synthetic source at their frame rate; otherwise as fast as frames are read.
    loop
        Play a file again at its end.
    person
        Cut-out for the synthetic source; see `SyntheticSource`.
    """
    if source_id == SYNTHETIC_ID:
        return SyntheticSource(width or DEFAULT_WIDTH_PX, height or DEFAULT_HEIGHT_PX, person=person, paced=paced)
    if is_camera_id(source_id):
        return Webcam(CameraAddress(source_id), width=width, height=height)
    return VideoFile(Path(source_id), paced=paced, loop=loop)


def find_camera(wanted: str, sources: Sequence[SourceEntry]) -> SourceEntry:
    """The camera that is meant by an id, a number or a name, whole or in part, upper or lower case.

    Raises
    ------
    CameraError
        None is, or more than one.
    """
    cameras = [source for source in sources if source.kind == "camera"]
    by_name = wanted.strip().casefold()
    found = (
        [camera for camera in cameras if camera.answers_to(wanted.strip())]
        or [camera for camera in cameras if by_name == camera.name.casefold()]
        or [camera for camera in cameras if by_name and by_name in camera.name.casefold()]
    )
    if len(found) == 1:
        return found[0]
    names = ", ".join(camera.name for camera in found or cameras)
    if found:
        hint = tr("Name one of them by its id, see the command cameras: {names}", names=names)
        raise CameraError(tr("More than one camera is called {wanted}", wanted=wanted), hint)
    hint = tr("Choose one of these: {names}", names=names) if names else tr("Plug it in; no camera was found.")
    raise CameraError(tr("There is no camera {wanted}", wanted=wanted), hint)


def is_file_id(source_id: str) -> bool:
    """Whether `make_source` takes this id for a video file, not for a camera or the synthetic source."""
    return source_id not in ("", SYNTHETIC_ID) and not is_camera_id(source_id)
