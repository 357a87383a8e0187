"""Video4Linux2: list the cameras of a Linux machine with names and formats, without starting them.

Structures and request codes are those of the kernel's ``linux/videodev2.h``:
https://docs.kernel.org/userspace-api/media/v4l/user-func.html
"""

import errno
import logging
import os
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from portrait.capture.source import SourceEntry
from portrait.language import tr

_logger = logging.getLogger(__name__)

VIDIOC_QUERYCAP = 0x80685600
VIDIOC_ENUM_FMT = 0xC0405602
VIDIOC_ENUM_FRAMESIZES = 0xC02C564A

CAPABILITY = struct.Struct("=16s32s32sIII12x")
FORMAT_DESCRIPTION = struct.Struct("=III32sII12x")
FRAME_SIZE = struct.Struct("=III24s8x")

CAN_CAPTURE = 0x00000001
HAS_DEVICE_CAPABILITIES = 0x80000000
CAPTURE_BUFFER = 1
DISCRETE_SIZE = 1
_ENUMERATION_MAX = 64

Ioctl = Callable[[int, int, bytearray], None]
"""``ioctl`` of a file descriptor, a request code and a buffer, which it fills in place; raises OSError."""


@dataclass(frozen=True, slots=True)
class _DeviceReply:
    can_capture: bool
    formats: tuple[str, ...] = ()


def kernel_ioctl(file_descriptor: int, request: int, buffer: bytearray) -> None:
    """Call ``ioctl(2)``; OSError where the device does not know the request."""
    if sys.platform == "win32":
        raise OSError(errno.ENOSYS, "no ioctl on this system")
    import fcntl  # missing on Windows

    fcntl.ioctl(file_descriptor, request, buffer, True)


def list_v4l2_cameras(
    sysfs_dir: Path = Path("/sys/class/video4linux"), dev_dir: Path = Path("/dev"), ioctl: Ioctl = kernel_ioctl
) -> tuple[SourceEntry, ...]:
    """List every device that captures video, by number. Nodes for metadata or output alone are left out.

    Parameters
    ----------
    sysfs_dir, dev_dir, ioctl
        Where the kernel lists the devices, and how to query them; tests pass others.
    """
    cameras = [_find_camera(node, dev_dir / node.name, ioctl) for node in _list_nodes(sysfs_dir)]
    found = [camera for camera in cameras if camera is not None]
    count_by_name = Counter(camera.name for camera in found)
    return tuple(
        replace(camera, name=f"{camera.name} (video{camera.id})") if count_by_name[camera.name] > 1 else camera
        for camera in found
    )


def _list_nodes(sysfs_dir: Path) -> list[Path]:
    """The video devices in sysfs, by number."""
    numbered = [node for node in sysfs_dir.glob("video*") if node.name.removeprefix("video").isdecimal()]
    return sorted(numbered, key=lambda node: int(node.name.removeprefix("video")))


def _find_camera(node: Path, device: Path, ioctl: Ioctl) -> SourceEntry | None:
    """Query one device: its entry, or None if it does not capture video."""
    number = node.name.removeprefix("video")
    try:
        reply = _query_device(device, ioctl)
    except OSError as exc:
        _logger.info("%s does not answer: %s", device, exc)
        # No permission to query. The first node of a device captures: list it, and opening it explains what to do.
        reply = _DeviceReply(can_capture=_read_text(node / "index", "0") == "0")
    if not reply.can_capture:
        return None
    return SourceEntry(number, _read_text(node / "name", tr("Camera {n}", n=number)), "camera", reply.formats)


def _read_text(path: Path, default: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or default
    except OSError:
        return default  # unplugged this moment, or a driver that leaves it out


def _query_device(device: Path, ioctl: Ioctl) -> _DeviceReply:
    """Ask a device whether it captures video, and in which formats."""
    file_descriptor = os.open(device, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    with closing(os.fdopen(file_descriptor, "rb", buffering=0)):
        buffer = bytearray(CAPABILITY.size)
        ioctl(file_descriptor, VIDIOC_QUERYCAP, buffer)
        *_, capabilities, device_capabilities = CAPABILITY.unpack(buffer)
        own = device_capabilities if capabilities & HAS_DEVICE_CAPABILITIES else capabilities
        if not own & CAN_CAPTURE:
            return _DeviceReply(can_capture=False)
        return _DeviceReply(can_capture=True, formats=_list_formats(file_descriptor, ioctl))


def _list_formats(file_descriptor: int, ioctl: Ioctl) -> tuple[str, ...]:
    """Sizes and encodings of a device, largest first, such as ``1280x720 MJPG``."""
    found: list[tuple[int, int, str]] = []
    request = (FORMAT_DESCRIPTION, VIDIOC_ENUM_FMT)
    for reply in _enumerate(file_descriptor, ioctl, *request, lambda index: (index, CAPTURE_BUFFER, 0, b"", 0, 0)):
        pixel_format = int(reply[4])
        fourcc = pixel_format.to_bytes(4, "little").decode("ascii", errors="replace").strip()
        found += [(*size, fourcc) for size in _list_sizes(file_descriptor, ioctl, pixel_format)]
    largest_first = sorted(set(found), key=lambda size: (-size[0] * size[1], size[2]))
    return tuple(f"{width}x{height} {fourcc}" for width, height, fourcc in largest_first)


def _list_sizes(file_descriptor: int, ioctl: Ioctl, pixel_format: int) -> list[tuple[int, int]]:
    """Frame sizes of one pixel format; of a range the largest."""
    sizes: list[tuple[int, int]] = []
    request = (FRAME_SIZE, VIDIOC_ENUM_FRAMESIZES)
    for reply in _enumerate(file_descriptor, ioctl, *request, lambda index: (index, pixel_format, 0, b"")):
        kind, union = int(reply[2]), bytes(reply[3])
        # A range is given as smallest width, largest width, step, and the same for the height.
        width, height = struct.unpack("=II", union[:8]) if kind == DISCRETE_SIZE else struct.unpack("=4xI8xI4x", union)
        sizes.append((width, height))
        if kind != DISCRETE_SIZE:
            break
    return sizes


def _enumerate(
    file_descriptor: int,
    ioctl: Ioctl,
    layout: struct.Struct,
    request: int,
    make_fields: Callable[[int], tuple[int | bytes, ...]],
) -> Iterator[tuple[int | bytes, ...]]:
    """Enumerate: request item 0, 1, 2 … until the device has no more."""
    for index in range(_ENUMERATION_MAX):
        buffer = bytearray(layout.pack(*make_fields(index)))
        try:
            ioctl(file_descriptor, request, buffer)
        except OSError as exc:
            if exc.errno in (errno.EINVAL, errno.ENOTTY):
                return
            raise
        yield layout.unpack(buffer)
