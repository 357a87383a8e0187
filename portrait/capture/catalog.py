"""Catalog of frame sources: list those of this machine, and make one from its id."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portrait.capture.opencv_device import CaptureOpener, OpenCvDevice, open_video_capture
from portrait.capture.source import FrameSource, SourceEntry
from portrait.capture.synthetic import DEFAULT_HEIGHT_PX, DEFAULT_WIDTH_PX, SYNTHETIC_NAME, SyntheticSource
from portrait.capture.v4l2 import list_v4l2_cameras
from portrait.capture.video_file import VideoFile
from portrait.capture.webcam import Webcam, camera_backend
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.language import tr

SYNTHETIC_ID = "synthetic"
PROBED_CAMERAS = 5

_CAMERA_ID = re.compile(r"(?:/dev/video)?(\d+)")


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
            found.append(SourceEntry(str(index), tr("Camera {n}", n=index), "camera"))
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
        ``synthetic``, the number of a camera (or ``/dev/videoN``), or the path of a video file.
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
    camera = _CAMERA_ID.fullmatch(source_id)
    if camera is not None:
        return Webcam(int(camera.group(1)), width=width, height=height)
    return VideoFile(Path(source_id), paced=paced, loop=loop)


def is_file_id(source_id: str) -> bool:
    """Whether `make_source` takes this id for a video file, not for a camera or the synthetic source."""
    return source_id not in ("", SYNTHETIC_ID) and _CAMERA_ID.fullmatch(source_id) is None
