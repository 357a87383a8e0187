"""The loopback camera before a device file that answers as the kernel module does."""

import errno
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from portrait.errors import SinkError
from portrait.sinks import v4l2_device, v4l2_loopback
from portrait.sinks.frame_sink import MissingSetUpError
from portrait.sinks.raw_video import to_yuy2
from portrait.sinks.v4l2_device import VIDIOC_QUERYCAP, VIDIOC_S_FMT, KernelDeviceFile
from portrait.sinks.v4l2_loopback import LoopbackCamera, find_loopback_devices, open_first_loopback, why_unavailable

PATH = Path("/dev/video9")
OUTPUT, CAPTURE = 2, 1


class FakeDevice:
    """Takes frames of a size of its own where it has one, in rows of its own length."""

    def __init__(self, driver: bytes = b"v4l2 loopback", can: int = OUTPUT) -> None:
        self.driver, self.can = driver, can
        self.size: tuple[int, int] | None = None  # width, height
        self.code, self.row_padding = b"YUYV", 0
        self.error: OSError | None = None
        self.frames: list[bytes] = []
        self.takes = 1.0
        self.is_closed = False

    def ioctl(self, request: int, buffer: bytearray) -> None:
        if self.error is not None:
            raise self.error
        if request == VIDIOC_QUERYCAP:
            name = b"My camera".ljust(32, b"\0")
            bus = b"platform:v4l2loopback-009".ljust(32, b"\0")
            device_caps = 0x80000000 | 3
            buffer[:] = struct.pack(
                "=16s32s32sIII12x", self.driver.ljust(16, b"\0"), name, bus, 0, device_caps, self.can
            )
            return
        assert request == VIDIOC_S_FMT
        assert struct.unpack_from("=I", buffer)[0] == 2, "a buffer for output"
        offset = struct.calcsize("P")
        width, height, code, field = struct.unpack_from("=4I", buffer, offset)
        assert (code.to_bytes(4, "little"), field) == (b"YUYV", 1)
        width, height = self.size or (width, height)
        row = 2 * width + self.row_padding
        struct.pack_into("=6I", buffer, offset, width, height, int.from_bytes(self.code, "little"), 1, row, 0)

    def write(self, frame: memoryview) -> int:
        if self.error is not None:
            raise self.error
        assert not self.is_closed
        self.frames.append(bytes(frame))
        return round(self.takes * len(frame))

    def close(self) -> None:
        self.is_closed = True


def camera_on(device: FakeDevice) -> LoopbackCamera:
    return LoopbackCamera(PATH, lambda path: device)


def test_the_requests_are_those_of_the_kernel() -> None:
    assert VIDIOC_QUERYCAP == 0x80685600
    if struct.calcsize("P") == 8:
        assert VIDIOC_S_FMT == 0xC0D05605


def test_frames_arrive_as_yuyv_in_the_size_of_the_first() -> None:
    device = FakeDevice()
    camera = camera_on(device)
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    camera.write(image)
    camera.write(np.zeros((10, 20, 3), np.uint8))
    assert device.frames[0] == to_yuy2(np.ascontiguousarray(image[:4, :6])).tobytes()
    assert len(device.frames[1]) == len(device.frames[0])
    assert (camera.label, camera.state) == ("My camera", "open")
    assert str(PATH) in camera.name


def test_a_device_that_is_read_keeps_its_size_and_rows() -> None:
    device = FakeDevice()
    device.size, device.row_padding = (8, 6), 4
    camera_on(device).write(np.full((60, 80, 3), 255, np.uint8))
    rows = np.frombuffer(device.frames[0], np.uint8).reshape(6, 20)
    assert (rows[:, 16:] == 0).all()
    assert (rows[:, 0:16:2] == 235).all()


def test_once_closed_nothing_is_written() -> None:
    device = FakeDevice()
    camera = camera_on(device)
    camera.close()
    camera.close()
    camera.write(np.zeros((4, 4, 3), np.uint8))
    assert device.is_closed
    assert device.frames == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": b"NV12"}, "NV12 only"),
        ({"error": OSError(errno.EBUSY, "Device or resource busy")}, "used by another program"),
        ({"error": OSError(errno.ENODEV, "No such device")}, "cannot be written: No such device"),
        ({"takes": 0.5}, "of a frame"),
    ],
)
def test_what_a_device_refuses_is_told(change: dict[str, object], message: str) -> None:
    device = FakeDevice()
    camera = camera_on(device)
    for name, value in change.items():
        setattr(device, name, value)
    with pytest.raises(SinkError, match=message) as caught:
        camera.write(np.zeros((4, 4, 3), np.uint8))
    assert caught.value.hint


def refuse(error: OSError):
    def open_device(path: Path) -> FakeDevice:
        raise error

    return open_device


@pytest.mark.parametrize(
    ("error", "message", "command"),
    [
        (FileNotFoundError(2, "No such file"), "is not there", "modprobe v4l2loopback"),
        (PermissionError(13, "Permission denied"), "no permission", "usermod -aG video"),
        (OSError(errno.EBUSY, "busy"), "cannot be opened: busy", ""),
    ],
)
def test_a_device_that_does_not_open_says_what_to_do(error: OSError, message: str, command: str) -> None:
    with pytest.raises(SinkError, match=message) as caught:
        LoopbackCamera(PATH, refuse(error))
    assert caught.value.hint
    assert command in getattr(caught.value, "command", "")


def test_a_webcam_and_a_file_are_refused_and_closed() -> None:
    webcam, file = FakeDevice(b"uvcvideo", CAPTURE), FakeDevice()
    file.error = OSError(errno.ENOTTY, "Inappropriate ioctl for device")
    for device, message in ((webcam, "gives frames and takes none"), (file, "no video device")):
        with pytest.raises(SinkError, match=message):
            camera_on(device)
        assert device.is_closed


def test_loopback_devices_are_found_by_their_driver_in_order(tmp_path: Path) -> None:
    devices = {
        "video10": FakeDevice(),
        "video9": FakeDevice(),
        "video0": FakeDevice(b"uvcvideo", CAPTURE),
        "video2": FakeDevice(b"bcm2835-codec"),
    }
    for name in (*devices, "video-dec", "media0"):
        (tmp_path / name).touch()
    found, refusal = find_loopback_devices(tmp_path, lambda path: devices[path.name])
    assert [path.name for path in found] == ["video9", "video10"]
    assert refusal is None
    assert all(device.is_closed for device in devices.values())


def test_a_device_without_permission_is_the_reason(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    found, refusal = find_loopback_devices(tmp_path, refuse(PermissionError(13, "Permission denied")))
    assert found == []
    assert isinstance(refusal, MissingSetUpError)


def test_without_a_device_the_module_is_to_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(v4l2_loopback, "find_loopback_devices", lambda: ([], None))
    reason = why_unavailable()
    assert isinstance(reason, MissingSetUpError)
    assert "modprobe v4l2loopback" in reason.command
    with pytest.raises(MissingSetUpError, match="no v4l2loopback device"):
        open_first_loopback()
    monkeypatch.setattr(v4l2_loopback, "find_loopback_devices", lambda: ([PATH], None))
    monkeypatch.setattr(v4l2_loopback, "LoopbackCamera", lambda path: path)
    assert why_unavailable() is None
    assert open_first_loopback() == PATH
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux only" in getattr(why_unavailable(), "message", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ioctl")
def test_a_file_of_the_kernel_is_asked_written_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "video9"
    path.touch()
    device = KernelDeviceFile(path)
    with pytest.raises(OSError, match="ioctl"):
        v4l2_device.query_capability(device)
    assert device.write(memoryview(b"abc")) == 3
    device.close()
    assert path.read_bytes() == b"abc"
