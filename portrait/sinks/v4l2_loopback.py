"""A virtual camera of the kernel module v4l2loopback, which every program on Linux sees; loading it needs root."""

import errno
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.language import mark, tr
from portrait.sinks.frame_sink import FixedSize, MissingSetUpError, SinkState
from portrait.sinks.raw_video import to_yuy2
from portrait.sinks.set_up import install_command
from portrait.sinks.v4l2_device import (
    YUYV,
    DeviceFile,
    KernelDeviceFile,
    OutputCapability,
    OutputFormat,
    query_capability,
    set_output_format,
)

_DRIVER = "v4l2 loopback"
_PACKAGES = {
    "apt-get": "v4l2loopback-dkms",
    "dnf": "v4l2loopback",
    "pacman": "v4l2loopback-dkms",
    "zypper": "v4l2loopback-kmp-default",
}
_LOAD_COMMAND = "sudo modprobe v4l2loopback video_nr=9 card_label=Portrait exclusive_caps=1"  # not shown
_PERMISSION_COMMAND = "sudo usermod -aG video $USER"  # not shown
_BUSY_HINT = mark("Close the other program that writes to it, or load the module with one more device.")

OpenDevice = Callable[[Path], DeviceFile]


class LoopbackCamera:
    """Writes frames to a loopback device as YUYV; whoever opens the device as a camera gets the newest one.

    Parameters
    ----------
    path
        Such as ``/dev/video9``.
    open_device
        For tests: opens the device file.

    Raises
    ------
    SinkError
        The device cannot be opened, or is none that frames can be written to.
    """

    def __init__(self, path: Path, open_device: OpenDevice = KernelDeviceFile) -> None:
        self._path = path
        self._device, capability = _open(path, open_device)
        self._label = capability.label
        self._format: OutputFormat | None = None
        self._size = FixedSize()
        self._is_closed = False
        self._lock = threading.Lock()  # else a frame could go to a file that has taken the number of the closed one

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the virtual camera {label} ({path})", label=self._label, path=self._path)

    @property
    def label(self) -> str:
        """See `CameraSink`: the card label that the module was loaded with."""
        return self._label

    @property
    def state(self) -> SinkState:
        """See `FrameSink`; the device does not tell who reads it."""
        return "open"

    def write(self, image: RgbImage) -> None:
        """See `FrameSink`. Does not wait for readers."""
        with self._lock:
            if self._is_closed:
                return
            try:
                if self._format is None:
                    self._agree(image)
                frame = _padded(to_yuy2(self._size.fit(image)), self._format)
                taken = self._device.write(frame)
            except OSError as exc:
                raise self._explain(exc) from exc
        if taken != len(frame):
            raise SinkError(
                tr("{path} took {taken} of {size} bytes of a frame", path=self._path, taken=taken, size=len(frame)),
                tr(_BUSY_HINT),
            )

    def close(self) -> None:
        """See `FrameSink`."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._device.close()

    def _agree(self, image: RgbImage) -> None:
        """Settle the format by the first frame; a device that is being read keeps its own size."""
        height, width = max(2, image.shape[0] & ~1), max(2, image.shape[1] & ~1)
        taken = set_output_format(self._device, height, width)
        if taken.pixel_format != YUYV or taken.width % 2 or taken.bytes_per_line < 2 * taken.width:
            code = taken.pixel_format.to_bytes(4, "little").decode(errors="replace")
            raise SinkError(
                tr(
                    "{path} takes {width} × {height} {code} only, not YUYV",
                    path=self._path,
                    width=taken.width,
                    height=taken.height,
                    code=code,
                ),
                tr("Close the programs that use it, or load the module v4l2loopback anew."),
            )
        self._format, self._size = taken, FixedSize((taken.height, taken.width))

    def _explain(self, exc: OSError) -> SinkError:
        if exc.errno == errno.EBUSY:
            return SinkError(tr("{path} is used by another program", path=self._path), tr(_BUSY_HINT))
        return SinkError(
            tr("{path} cannot be written: {reason}", path=self._path, reason=exc.strerror or exc),
            tr("Load the module v4l2loopback anew."),
        )


def find_loopback_devices(
    dev_dir: Path = Path("/dev"), open_device: OpenDevice = KernelDeviceFile
) -> tuple[list[Path], SinkError | None]:
    """The loopback devices that can be written to, by number, and why one that is there cannot."""
    numbered = [path for path in dev_dir.glob("video*") if path.name.removeprefix("video").isdecimal()]
    found: list[Path] = []
    refusal: SinkError | None = None
    for path in sorted(numbered, key=lambda path: int(path.name.removeprefix("video"))):
        try:
            device, capability = _open(path, open_device)
        except SinkError as exc:
            refusal = exc if isinstance(exc, MissingSetUpError) else refusal
            continue
        device.close()
        if capability.driver == _DRIVER:
            found.append(path)
    return found, refusal


def why_unavailable() -> SinkError | None:
    """What is missing for a loopback camera on this machine; None where nothing is."""
    if not sys.platform.startswith("linux"):
        return SinkError(tr("v4l2loopback is there on Linux only"), tr("Use another kind of virtual camera."))
    devices, refusal = find_loopback_devices()
    return None if devices else refusal or _no_device()


def open_first_loopback() -> LoopbackCamera:
    """The first loopback device as a camera; raises `SinkError` where there is none."""
    devices, refusal = find_loopback_devices()
    if not devices:
        raise refusal or _no_device()
    return LoopbackCamera(devices[0])


def _no_device() -> MissingSetUpError:
    command = f"{install_command(_PACKAGES)} && {_LOAD_COMMAND}"
    return MissingSetUpError(
        tr("there is no v4l2loopback device"), tr("Install and load the module: {command}", command=command), command
    )


def _open(path: Path, open_device: OpenDevice) -> tuple[DeviceFile, OutputCapability]:
    """Open a device and check that frames can be written to it."""
    try:
        device = open_device(path)
    except FileNotFoundError as exc:
        missing = _no_device()
        raise MissingSetUpError(tr("{path} is not there", path=path), missing.hint, missing.command) from exc
    except PermissionError as exc:
        hint = tr("Allow it and log in anew: {command}", command=_PERMISSION_COMMAND)
        raise MissingSetUpError(tr("no permission for {path}", path=path), hint, _PERMISSION_COMMAND) from exc
    except OSError as exc:
        raise SinkError(
            tr("{path} cannot be opened: {reason}", path=path, reason=exc.strerror or exc), tr(_BUSY_HINT)
        ) from exc
    try:
        capability = query_capability(device)
    except OSError as exc:
        device.close()
        raise SinkError(tr("{path} is no video device", path=path), tr("Name one such as /dev/video9.")) from exc
    if not capability.can_output:
        device.close()
        hint = tr(
            "If it is a loopback device, another program writes to it. A new one: {command}",
            command=_LOAD_COMMAND,
        )
        raise SinkError(tr("{path} ({label}) gives frames and takes none", path=path, label=capability.label), hint)
    return device, capability


def _padded(frame: np.ndarray, taken: OutputFormat | None) -> memoryview:
    """The bytes of a YUY2 frame, (H, W, 2), with rows as long as the device wants them."""
    height, width = frame.shape[:2]
    if taken is None or taken.bytes_per_line == 2 * width:
        return np.ascontiguousarray(frame).data.cast("B")
    rows = np.zeros((height, taken.bytes_per_line), np.uint8)
    rows[:, : 2 * width] = frame.reshape(height, 2 * width)
    return rows.data.cast("B")
