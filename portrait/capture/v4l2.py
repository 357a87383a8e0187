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

from portrait.capture.camera_address import find_links
from portrait.capture.source import SourceEntry
from portrait.language import tr

_logger = logging.getLogger(__name__)

VIDIOC_QUERYCAP = 0x80685600
VIDIOC_ENUM_FMT = 0xC0405602
VIDIOC_ENUM_FRAMESIZES = 0xC02C564A
VIDIOC_ENUM_FRAMEINTERVALS = 0xC034564B
VIDIOC_REQBUFS = 0xC0145608

CAPABILITY = struct.Struct("=16s32s32sIII12x")
FORMAT_DESCRIPTION = struct.Struct("=III32sII12x")
FRAME_SIZE = struct.Struct("=III24s8x")
FRAME_INTERVAL = struct.Struct("=IIIII24s8x")
BUFFER_REQUEST = struct.Struct("=IIIII")

CAN_CAPTURE = 0x00000001
HAS_DEVICE_CAPABILITIES = 0x80000000
CAPTURE_BUFFER = 1
MEMORY_MAPPED = 1
DISCRETE_SIZE = 1
DISCRETE_INTERVAL = 1
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
    links = find_links(dev_dir)
    cameras = [
        _find_camera(node, dev_dir / node.name, links.get(node.name, ""), ioctl) for node in _list_nodes(sysfs_dir)
    ]
    found = [camera for camera in cameras if camera is not None]
    count_by_name = Counter(camera.name for camera in found)
    return tuple(
        replace(camera, name=f"{camera.name} (video{camera.index})") if count_by_name[camera.name] > 1 else camera
        for camera in found
    )


def read_camera_name(index: int, sysfs_dir: Path = Path("/sys/class/video4linux")) -> str:
    """Name of a camera as its driver tells it; empty where there is none."""
    return _read_text(sysfs_dir / f"video{index}" / "name", "")


def check_device(device: Path, ioctl: Ioctl = kernel_ioctl) -> OSError | None:
    """Try to use a camera's device file: the error, EBUSY where another program streams from it; None if it is free."""
    try:
        file_descriptor = os.open(device, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except OSError as exc:
        return exc
    with closing(os.fdopen(file_descriptor, "rb", buffering=0)):
        try:
            # Freeing no buffers is refused while they are another program's; without such, it changes nothing.
            ioctl(
                file_descriptor, VIDIOC_REQBUFS, bytearray(BUFFER_REQUEST.pack(0, CAPTURE_BUFFER, MEMORY_MAPPED, 0, 0))
            )
        except OSError as exc:
            return exc if exc.errno == errno.EBUSY else None
    return None


def _list_nodes(sysfs_dir: Path) -> list[Path]:
    """The video devices in sysfs, by number."""
    numbered = [node for node in sysfs_dir.glob("video*") if node.name.removeprefix("video").isdecimal()]
    return sorted(numbered, key=lambda node: int(node.name.removeprefix("video")))


def _find_camera(node: Path, device: Path, link: str, ioctl: Ioctl) -> SourceEntry | None:
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
    name = _read_text(node / "name", tr("Camera {n}", n=number))
    return SourceEntry(link or number, name, "camera", reply.formats, int(number))


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
    """Sizes, encodings and frame rates of a device, largest first, such as ``1280x720 MJPG 60/30 fps``."""
    found: list[tuple[int, int, str]] = []
    request = (FORMAT_DESCRIPTION, VIDIOC_ENUM_FMT)
    for reply in _enumerate(file_descriptor, ioctl, *request, lambda index: (index, CAPTURE_BUFFER, 0, b"", 0, 0)):
        pixel_format = int(reply[4])
        fourcc = pixel_format.to_bytes(4, "little").decode("ascii", errors="replace").strip()
        for width, height in _list_sizes(file_descriptor, ioctl, pixel_format):
            rates = _list_rates(file_descriptor, ioctl, (pixel_format, width, height))
            found.append((width, height, " ".join(filter(None, (fourcc, rates)))))
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


def _list_rates(file_descriptor: int, ioctl: Ioctl, of: tuple[int, int, int]) -> str:
    """Frame rates of one pixel format, width and height, such as ``60/30 fps``; of a range the fastest."""
    rates: set[float] = set()
    request = (FRAME_INTERVAL, VIDIOC_ENUM_FRAMEINTERVALS)
    for reply in _enumerate(file_descriptor, ioctl, *request, lambda index: (index, *of, 0, b"")):
        # An interval is a fraction of seconds; a range begins with the shortest.
        numerator, denominator = struct.unpack("=II", bytes(reply[5])[:8])
        if numerator:
            rates.add(denominator / numerator)
        if reply[4] != DISCRETE_INTERVAL:
            break
    return f"{'/'.join(f'{rate:.3g}' for rate in sorted(rates, reverse=True))} fps" if rates else ""


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
