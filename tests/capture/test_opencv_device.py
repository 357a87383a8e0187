"""The device that may be closed from any thread."""

import os
import threading
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.capture.opencv_device import OpenCvDevice, configure_opencv, to_rgb

BLUE_BGR = np.zeros((2, 3, 3), np.uint8)
BLUE_BGR[..., 0] = 255


def test_pictures_leave_as_contiguous_rgb(scripted_capture: Any) -> None:
    device = OpenCvDevice(lambda source, backend: scripted_capture([BLUE_BGR]))
    assert device.open(0, cv2.CAP_ANY)
    image = device.read()
    assert image is not None
    assert image.flags.c_contiguous
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image[0, 0], (0, 0, 255))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1)])
def test_grey_pictures_become_rgb(shape: tuple[int, ...]) -> None:
    image = to_rgb(np.full(shape, 7, np.uint8))
    assert image.shape == (2, 3, 3)
    assert (image == 7).all()


def test_device_that_does_not_open_is_released(scripted_capture: Any) -> None:
    capture = scripted_capture(is_opened=False)
    device = OpenCvDevice(lambda source, backend: capture)
    assert not device.open(0, cv2.CAP_ANY)
    assert capture.is_released
    assert device.read() is None
    assert device.get(cv2.CAP_PROP_FPS) == 0.0
    assert not device.set(cv2.CAP_PROP_FPS, 30)


@pytest.mark.parametrize("step", [None, np.zeros((0, 0, 3), np.uint8), cv2.error("damaged JPEG")])
def test_unreadable_frame_is_none(scripted_capture: Any, step: object) -> None:
    device = OpenCvDevice(lambda source, backend: scripted_capture([step]))
    device.open(0, cv2.CAP_ANY)
    assert device.read() is None


def test_opening_again_releases_the_device_before(scripted_capture: Any) -> None:
    captures = [scripted_capture([BLUE_BGR]), scripted_capture([BLUE_BGR])]
    upcoming = iter(captures)
    device = OpenCvDevice(lambda source, backend: next(upcoming))
    device.open(0, cv2.CAP_ANY)
    device.open(0, cv2.CAP_ANY)
    assert [capture.is_released for capture in captures] == [True, False]
    assert device.read() is not None


def test_close_during_a_read_neither_blocks_nor_releases_under_it(scripted_capture: Any) -> None:
    is_reading, may_finish = threading.Event(), threading.Event()

    def block() -> None:
        is_reading.set()
        assert may_finish.wait(10.0)
        assert not capture.is_released

    capture = scripted_capture([BLUE_BGR], on_read=block)
    device = OpenCvDevice(lambda source, backend: capture)
    device.open(0, cv2.CAP_ANY)
    reader = threading.Thread(target=device.read)
    reader.start()
    assert is_reading.wait(10.0)
    device.close()
    assert not capture.is_released
    may_finish.set()
    reader.join(10.0)
    assert not reader.is_alive()
    assert capture.is_released


def test_close_ends_a_wait_and_later_reads(scripted_capture: Any) -> None:
    device = OpenCvDevice(lambda source, backend: scripted_capture([BLUE_BGR]))
    device.open(0, cv2.CAP_ANY)
    device.close()
    device.close()
    assert device.wait(60.0)
    assert device.read() is None


def test_environment_set_by_the_user_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "7")
    monkeypatch.delenv("OPENCV_FFMPEG_LOGLEVEL", raising=False)
    configure_opencv()
    assert os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "7"
    assert os.environ["OPENCV_FFMPEG_LOGLEVEL"] == "-8"
