"""A webcam as a frame source."""

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from portrait.capture.camera_address import CameraAddress
from portrait.capture.opencv_device import CaptureOpener, OpenCvDevice, open_video_capture
from portrait.capture.source import CameraLostError, Frame
from portrait.capture.v4l2 import check_device, read_camera_name
from portrait.errors import CameraError
from portrait.language import tr

STALL_TIMEOUT_S = 1.5
"""A blocked read times out after 1 s, so a camera that stopped is noticed at the second time-out, after 2 s."""

FIRST_FRAME_TIMEOUT_S = 5.0
"""Cameras take seconds to warm up."""

INDEX_MAX = 2**31 - 1
"""Largest camera number that OpenCV takes."""

RETRY_PAUSE_S = 0.02
DEFAULT_FRAME_RATE_FPS = 30.0
MJPG_FROM_HEIGHT_PX = 720
MJPG = cv2.VideoWriter.fourcc(*"MJPG")

_BACKENDS = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION}


def camera_backend() -> int:
    """The OpenCV backend for cameras on this system."""
    return _BACKENDS.get(sys.platform, cv2.CAP_ANY)


def check_camera_node(index: int) -> OSError | None:
    """Try to use a camera's device file: the error, or None if it is free or the system has no device files."""
    return check_device(Path(f"/dev/video{index}")) if sys.platform == "linux" else None


class Webcam:
    """A camera, looked for by its address whenever it is opened, so that it is found again under another number.

    Parameters
    ----------
    address
        Of the camera, or its number; on Linux that of ``/dev/videoN``.
    name
        Name shown to the user; by default the camera's own where it is known, else "Camera N".
    width, height
        Size in pixels to request; the camera may choose another. None leaves the camera's own.
    open_capture, clock, check_node
        For tests: the opener of the device, monotonic seconds, and `check_camera_node`.
    """

    def __init__(
        self,
        address: CameraAddress | int,
        *,
        name: str | None = None,
        width: int | None = None,
        height: int | None = None,
        open_capture: CaptureOpener = open_video_capture,
        clock: Callable[[], float] = time.monotonic,
        check_node: Callable[[int], OSError | None] = check_camera_node,
    ) -> None:
        self._address = CameraAddress(str(address)) if isinstance(address, int) else address
        self._index = self._address.find_index()
        self._name = name or self._find_name()
        self._size_px = (width, height)
        self._device = OpenCvDevice(open_capture)
        self._clock = clock
        self._check_node = check_node
        self._frame_rate_fps = DEFAULT_FRAME_RATE_FPS
        self._next_index = 0
        self._is_warm = False

    @property
    def name(self) -> str:
        """Name shown to the user."""
        return self._name

    @property
    def frame_rate_fps(self) -> float:
        """Frames per second that the camera promises."""
        return self._frame_rate_fps

    def open(self) -> None:
        """Open the camera and request the size.

        Raises
        ------
        CameraError
            Missing, not permitted, or in use elsewhere.
        """
        self._index = self._address.find_index()
        is_possible = self._index is not None and self._index <= INDEX_MAX
        if self._index is None or not is_possible or not self._device.open(self._index, camera_backend()):
            raise self._explain_refusal()
        self._request_format()
        self._is_warm = False
        promised_fps = self._device.get(cv2.CAP_PROP_FPS)
        self._frame_rate_fps = promised_fps if promised_fps > 0.0 else DEFAULT_FRAME_RATE_FPS

    def read(self) -> Frame | None:
        """Wait for the next frame; None once closed.

        Raises
        ------
        CameraLostError
            No frame for 2 s from a camera that delivered before.
        CameraError
            No frame at all.
        """
        deadline_s = self._clock() + (STALL_TIMEOUT_S if self._is_warm else FIRST_FRAME_TIMEOUT_S)
        while not self._device.is_closing:
            image = self._device.read()
            now_s = self._clock()
            if image is not None:
                frame = Frame(image, self._next_index, now_s)
                self._next_index += 1
                self._is_warm = True
                return frame
            if now_s >= deadline_s:
                raise self._explain_silence()
            self._device.wait(RETRY_PAUSE_S)
        return None

    def close(self) -> None:
        """Release the camera; from any thread, at any time."""
        self._device.close()

    def _find_name(self) -> str:
        if self._index is None:
            return Path(self._address.id).name
        return read_camera_name(self._index) or tr("Camera {index}", index=self._index)

    def _request_format(self) -> None:
        """Request encoding, size and a queue of one frame."""
        width, height = self._size_px
        if height is not None and height >= MJPG_FROM_HEIGHT_PX:
            # Uncompressed 720p does not fit through USB 2 at 30 fps. The encoding has to be set before the size.
            self._device.set(cv2.CAP_PROP_FOURCC, MJPG)
        if width is not None and height is not None:
            self._device.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            self._device.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        # A longer queue would hand out old frames whenever the reader falls behind.
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _explain_refusal(self) -> CameraError:
        """The error for a camera that did not open, with the reason of the operating system where it gives one."""
        refusal = OSError(errno.ENODEV, "") if self._index is None else self._check_node(self._index)
        if refusal is None:
            return CameraError(
                tr("{name} cannot be opened: it is missing, in use, or not permitted", name=self._name),
                tr(
                    "Close other programs that use the camera, plug it in again, and allow camera access in "
                    "the system's privacy settings; or choose another camera"
                ),
            )
        if refusal.errno in (errno.EACCES, errno.EPERM):
            return CameraError(
                tr("{name} may not be used by this account", name=self._name),
                tr("Run `sudo usermod -aG video $USER`, then log out and in again"),
            )
        if refusal.errno == errno.EBUSY:
            return CameraError(
                tr("{name} is in use by another program", name=self._name),
                tr("Close the other program; `fuser /dev/video{index}` names it", index=self._index),
            )
        return CameraError(
            tr("{name} is not there ({reason})", name=self._name, reason=os.strerror(refusal.errno or errno.ENODEV)),
            tr("Plug it in and check its cable, or choose another camera"),
        )

    def _explain_silence(self) -> CameraError:
        """The error for a camera that sends no frames, or none any more."""
        if self._is_warm:
            return CameraLostError(
                tr("{name} stopped sending pictures", name=self._name),
                tr("Check its cable, plug it in again, then start again"),
            )
        return CameraError(
            tr("{name} opens but sends no pictures", name=self._name),
            tr("Close other programs that use the camera, open its shutter, or try another size or USB port"),
        )
