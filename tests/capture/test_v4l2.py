"""Listing cameras, against a kernel that is a folder and a function."""

import errno
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from portrait.capture import v4l2
from portrait.capture.v4l2 import check_device, list_v4l2_cameras

CAPTURE_NODE = v4l2.CAN_CAPTURE
METADATA_NODE = 0x00800000


class FakeKernel:
    """Answers the three requests for devices that are plain files."""

    def __init__(self, root: Path) -> None:
        self.sysfs_dir, self.dev_dir = root / "sys", root / "dev"
        self.sysfs_dir.mkdir()
        self.dev_dir.mkdir()
        self.capabilities: dict[str, int] = {}
        self.formats: dict[str, list[tuple[bytes, list[bytes]]]] = {}
        self.intervals: list[bytes] = []
        self.busy: set[str] = set()

    def add(self, node: str, name: str, capability: int, formats: Any = ()) -> None:
        folder = self.sysfs_dir / node
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text("0\n" if capability == CAPTURE_NODE else "1\n")
        (self.dev_dir / node).touch()
        self.capabilities[node] = capability
        self.formats[node] = list(formats)

    def ioctl(self, file_descriptor: int, request: int, buffer: bytearray) -> None:
        opened = os.fstat(file_descriptor)
        node = next(node.name for node in self.dev_dir.iterdir() if os.path.samestat(node.stat(), opened))
        answer = {
            v4l2.VIDIOC_QUERYCAP: self._answer_capability,
            v4l2.VIDIOC_ENUM_FMT: self._answer_format,
            v4l2.VIDIOC_ENUM_FRAMESIZES: self._answer_size,
            v4l2.VIDIOC_ENUM_FRAMEINTERVALS: self._answer_interval,
            v4l2.VIDIOC_REQBUFS: self._answer_buffers,
        }[request]
        buffer[:] = answer(node, buffer)

    def _answer_capability(self, node: str, buffer: bytearray) -> bytes:
        whole_device = CAPTURE_NODE | METADATA_NODE | v4l2.HAS_DEVICE_CAPABILITIES
        return v4l2.CAPABILITY.pack(b"uvcvideo", b"card", b"usb", 0x60000, whole_device, self.capabilities[node])

    def _answer_format(self, node: str, buffer: bytearray) -> bytes:
        index, buffer_type, *_ = v4l2.FORMAT_DESCRIPTION.unpack(buffer)
        fourcc, _ = self._pick(self.formats[node], index)
        return v4l2.FORMAT_DESCRIPTION.pack(index, buffer_type, 0, b"", int.from_bytes(fourcc, "little"), 0)

    def _answer_size(self, node: str, buffer: bytearray) -> bytes:
        index, pixel_format, *_ = v4l2.FRAME_SIZE.unpack(buffer)
        sizes = dict(self.formats[node])[pixel_format.to_bytes(4, "little")]
        union = self._pick(sizes, index)
        return v4l2.FRAME_SIZE.pack(index, pixel_format, 1 if len(union) == 8 else 3, union)

    def _answer_interval(self, node: str, buffer: bytearray) -> bytes:
        index, *of, _, _ = v4l2.FRAME_INTERVAL.unpack(buffer)
        union = self._pick(self.intervals, index)
        return v4l2.FRAME_INTERVAL.pack(index, *of, 1 if len(union) == 8 else 3, union)

    def _answer_buffers(self, node: str, buffer: bytearray) -> bytes:
        if node in self.busy:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return bytes(buffer)

    def link(self, folder: str, name: str, node: str) -> str:
        """Link a device by its id or its path, as udev does; returns the path of the link."""
        path = self.dev_dir / "v4l" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(f"../../{node}")
        return str(path)

    @staticmethod
    def _pick(items: list[Any], index: int) -> Any:
        if index >= len(items):
            raise OSError(errno.EINVAL, "no more")
        return items[index]


def discrete(width: int, height: int) -> bytes:
    return struct.pack("=II", width, height)


def stepwise(width: int, height: int) -> bytes:
    return struct.pack("=6I", 16, width, 16, 16, height, 16)


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def test_structures_have_the_kernels_size() -> None:
    # The size is part of the request code: _IOC(direction, 'V', number, size).
    assert v4l2.CAPABILITY.size == v4l2.VIDIOC_QUERYCAP >> 16 & 0x3FFF == 104
    assert v4l2.FORMAT_DESCRIPTION.size == v4l2.VIDIOC_ENUM_FMT >> 16 & 0x3FFF == 64
    assert v4l2.FRAME_SIZE.size == v4l2.VIDIOC_ENUM_FRAMESIZES >> 16 & 0x3FFF == 44
    assert v4l2.FRAME_INTERVAL.size == v4l2.VIDIOC_ENUM_FRAMEINTERVALS >> 16 & 0x3FFF == 52
    assert v4l2.BUFFER_REQUEST.size == v4l2.VIDIOC_REQBUFS >> 16 & 0x3FFF == 20


def test_cameras_come_by_name_without_their_metadata_nodes(kernel: FakeKernel) -> None:
    mjpg = (b"MJPG", [discrete(640, 480), discrete(1920, 1080)])
    kernel.add("video10", "Desk camera", CAPTURE_NODE, [(b"YUYV", [stepwise(1280, 720)])])
    kernel.add("video2", "Front camera", CAPTURE_NODE, [(b"YUYV", [discrete(640, 480)]), mjpg])
    kernel.add("video3", "Front camera", METADATA_NODE)
    cameras = list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, kernel.ioctl)
    assert [(camera.id, camera.name, camera.kind) for camera in cameras] == [
        ("2", "Front camera", "camera"),
        ("10", "Desk camera", "camera"),
    ]
    assert cameras[0].formats == ("1920x1080 MJPG", "640x480 MJPG", "640x480 YUYV")
    assert cameras[1].formats == ("1280x720 YUYV",)


def test_frame_rates_are_listed_and_of_a_range_the_fastest(kernel: FakeKernel) -> None:
    kernel.add("video0", "Webcam", CAPTURE_NODE, [(b"MJPG", [discrete(1280, 720)])])
    for intervals, text in (
        ([discrete(1, 30), discrete(1, 60), discrete(2, 15)], "1280x720 MJPG 60/30/7.5 fps"),
        ([struct.pack("=6I", 1, 120, 0, 0, 1, 1)], "1280x720 MJPG 120 fps"),
        ([], "1280x720 MJPG"),
    ):
        kernel.intervals = intervals
        (camera,) = list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, kernel.ioctl)
        assert camera.formats == (text,)


def test_a_camera_keeps_its_id_when_it_comes_back_under_another_number(kernel: FakeKernel) -> None:
    for node in ("video0", "video1", "video4"):
        kernel.add(node, "Webcam", CAPTURE_NODE)
    front = kernel.link("by-id", "usb-Front-index0", "video0")
    twin = kernel.link("by-path", "port-2-index0", "video1")
    kernel.link("by-path", "port-1-index0", "video0")

    def ids() -> list[str]:
        return [camera.id for camera in list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, kernel.ioctl)]

    assert ids() == [front, twin, "4"]
    kernel.link("by-id", "usb-Front-index0", "video4")
    assert ids()[2] == front


def test_a_device_says_why_it_cannot_be_used(kernel: FakeKernel) -> None:
    kernel.add("video0", "Webcam", CAPTURE_NODE)
    device = kernel.dev_dir / "video0"
    assert check_device(device, kernel.ioctl) is None
    kernel.busy.add("video0")
    refusal = check_device(device, kernel.ioctl)
    assert refusal is not None
    assert refusal.errno == errno.EBUSY
    device.unlink()
    refusal = check_device(device, kernel.ioctl)
    assert refusal is not None
    assert refusal.errno == errno.ENOENT


def test_two_of_the_same_are_told_apart(kernel: FakeKernel) -> None:
    kernel.add("video0", "Webcam", CAPTURE_NODE)
    kernel.add("video1", "Webcam", CAPTURE_NODE)
    names = [camera.name for camera in list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, kernel.ioctl)]
    assert names == ["Webcam (video0)", "Webcam (video1)"]


def test_camera_that_may_not_be_asked_is_still_listed(kernel: FakeKernel) -> None:
    kernel.add("video0", "Locked camera", CAPTURE_NODE)
    kernel.add("video1", "Locked camera", METADATA_NODE)

    def refuse(file_descriptor: int, request: int, buffer: bytearray) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    cameras = list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, refuse)
    assert [(camera.id, camera.formats) for camera in cameras] == [("0", ())]


def test_device_node_that_is_gone_is_still_listed_with_its_name(kernel: FakeKernel) -> None:
    kernel.add("video0", "Just unplugged", CAPTURE_NODE)
    (kernel.dev_dir / "video0").unlink()
    assert [camera.name for camera in list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir, kernel.ioctl)] == [
        "Just unplugged"
    ]


def test_machine_without_cameras(tmp_path: Path) -> None:
    assert list_v4l2_cameras(tmp_path / "none", tmp_path) == ()


def test_plain_file_is_no_camera(kernel: FakeKernel) -> None:
    """The real ioctl on a real file: not a device, so only its name is known."""
    kernel.add("video0", "Plain file", CAPTURE_NODE)
    cameras = list_v4l2_cameras(kernel.sysfs_dir, kernel.dev_dir)
    assert [camera.formats for camera in cameras] == [()]
