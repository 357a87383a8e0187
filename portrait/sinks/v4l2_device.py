"""Video output devices of Video4Linux2: capabilities, format, frames.

Structures and request codes are those of the kernel's ``linux/videodev2.h``:
https://docs.kernel.org/userspace-api/media/v4l/dev-output.html
"""

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_READ_WRITE, _READ = 3, 2
_POINTER_BYTES = struct.calcsize("P")

CAPABILITY = struct.Struct("=16s32s32sIII12x")
_UNION_OFFSET, _UNION_BYTES = _POINTER_BYTES, 200  # the union holds pointers, which align it
FORMAT_BYTES = _UNION_OFFSET + _UNION_BYTES
PIXEL_FORMAT = struct.Struct("=12I")

CAN_OUTPUT = 0x00000002
HAS_DEVICE_CAPABILITIES = 0x80000000
OUTPUT_BUFFER = 2
PROGRESSIVE = 1
SRGB = 8
YUYV = int.from_bytes(b"YUYV", "little")


def _request(direction: int, number: int, size: int) -> int:
    """Code of an ``ioctl`` of V4L2: direction, size of the structure, the letter V and a number."""
    return direction << 30 | size << 16 | ord("V") << 8 | number


VIDIOC_QUERYCAP = _request(_READ, 0, CAPABILITY.size)
VIDIOC_S_FMT = _request(_READ_WRITE, 5, FORMAT_BYTES)


class DeviceFile(Protocol):
    """An open device file; every method may raise OSError."""

    def ioctl(self, request: int, buffer: bytearray) -> None:
        """Request something with a structure, which is filled in place."""

    def write(self, frame: memoryview) -> int:
        """Write one frame; the number of bytes that were taken."""

    def close(self) -> None:
        """Close it."""


class KernelDeviceFile:
    """A device file of the kernel.

    Raises
    ------
    OSError
        It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR)

    def ioctl(self, request: int, buffer: bytearray) -> None:
        """See `DeviceFile`."""
        if sys.platform == "win32":
            raise OSError("no ioctl on this system")
        import fcntl  # missing on Windows

        fcntl.ioctl(self._descriptor, request, buffer, True)

    def write(self, frame: memoryview) -> int:
        """See `DeviceFile`."""
        return os.write(self._descriptor, frame)

    def close(self) -> None:
        """See `DeviceFile`."""
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class OutputCapability:
    """What a device says of itself: its driver, the name that programs list, whether frames can be written to it."""

    driver: str
    label: str
    can_output: bool


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """Format of the frames: size and row in pixels and bytes, and a code of four characters."""

    height: int
    width: int
    pixel_format: int
    bytes_per_line: int


def query_capability(device: DeviceFile) -> OutputCapability:
    """Ask a device what it is; OSError where it is no video device."""
    buffer = bytearray(CAPABILITY.size)
    device.ioctl(VIDIOC_QUERYCAP, buffer)
    driver, label, _, _, capabilities, device_capabilities = CAPABILITY.unpack(buffer)
    own = device_capabilities if capabilities & HAS_DEVICE_CAPABILITIES else capabilities
    return OutputCapability(_to_text(driver), _to_text(label), bool(own & CAN_OUTPUT))


def set_output_format(device: DeviceFile, height: int, width: int) -> OutputFormat:
    """Ask for progressive YUYV frames of a size; the format that the device takes instead, if it has another.

    Raises
    ------
    OSError
        The device takes no format, EBUSY where another program writes to it.
    """
    buffer = bytearray(FORMAT_BYTES)
    struct.pack_into("=I", buffer, 0, OUTPUT_BUFFER)
    wanted = (width, height, YUYV, PROGRESSIVE, 2 * width, 2 * width * height, SRGB, 0, 0, 0, 0, 0)
    PIXEL_FORMAT.pack_into(buffer, _UNION_OFFSET, *wanted)
    device.ioctl(VIDIOC_S_FMT, buffer)
    taken_width, taken_height, pixel_format, _, bytes_per_line, *_ = PIXEL_FORMAT.unpack_from(buffer, _UNION_OFFSET)
    return OutputFormat(taken_height, taken_width, pixel_format, bytes_per_line or 2 * taken_width)


def _to_text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")
