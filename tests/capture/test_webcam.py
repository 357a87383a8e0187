"""The camera's logic, on a camera made of a script."""

import errno
import os
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.capture.camera_address import CameraAddress
from portrait.capture.source import CameraLostError
from portrait.capture.webcam import MJPG, Webcam
from portrait.errors import CameraError

PICTURE = np.full((4, 6, 3), 9, np.uint8)


def make_webcam(capture: Any, clock: Any, **options: Any) -> Webcam:
    return Webcam(3, open_capture=lambda source, backend: capture, clock=clock, **options)


def test_frames_are_numbered_and_timed(scripted_capture: Any, clock: Any) -> None:
    webcam = make_webcam(scripted_capture([PICTURE, PICTURE]), clock)
    webcam.open()
    first = webcam.read()
    clock.now_s += 0.5
    second = webcam.read()
    assert first is not None
    assert second is not None
    assert (first.index, second.index) == (0, 1)
    assert (first.captured_at_s, second.captured_at_s) == (100.0, 100.5)
    assert first.image.shape == (4, 6, 3)


def test_720p_is_asked_for_as_mjpg_before_the_size(scripted_capture: Any, clock: Any) -> None:
    capture = scripted_capture([PICTURE])
    make_webcam(capture, clock, width=1280, height=720).open()
    assert capture.settings == [
        (cv2.CAP_PROP_FOURCC, MJPG),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_small_size_keeps_the_cameras_encoding(scripted_capture: Any, clock: Any) -> None:
    capture = scripted_capture([PICTURE])
    make_webcam(capture, clock, width=640, height=480).open()
    assert cv2.CAP_PROP_FOURCC not in dict(capture.settings)


def test_without_a_size_only_the_queue_is_set(scripted_capture: Any, clock: Any) -> None:
    capture = scripted_capture([PICTURE])
    make_webcam(capture, clock).open()
    assert capture.settings == [(cv2.CAP_PROP_BUFFERSIZE, 1)]


@pytest.mark.parametrize(("promised", "expected"), [(25.0, 25.0), (0.0, 30.0), (-1.0, 30.0)])
def test_frame_rate_is_the_cameras_where_it_says(
    scripted_capture: Any, clock: Any, promised: float, expected: float
) -> None:
    capture = scripted_capture([PICTURE])
    capture.properties[cv2.CAP_PROP_FPS] = promised
    webcam = make_webcam(capture, clock)
    webcam.open()
    assert webcam.frame_rate_fps == expected


def test_a_few_bad_reads_are_ridden_out(scripted_capture: Any, clock: Any) -> None:
    webcam = make_webcam(scripted_capture([PICTURE, None, cv2.error("damaged"), PICTURE]), clock)
    webcam.open()
    webcam.read()
    frame = webcam.read()
    assert frame is not None
    assert frame.index == 1


def test_unplugged_camera_is_noticed_within_two_seconds(scripted_capture: Any, clock: Any) -> None:
    reads = iter([0.0, 1.0, 1.0, 1.0, 1.0])

    def pass_time() -> None:  # OpenCV gives up on a silent camera after one second
        clock.now_s += next(reads)

    webcam = make_webcam(scripted_capture([PICTURE], on_read=pass_time), clock, name="Front camera")
    webcam.open()
    webcam.read()
    start_s = clock()
    with pytest.raises(CameraLostError, match="Front camera stopped") as caught:
        webcam.read()
    assert clock() - start_s <= 2.0
    assert "plug it in" in caught.value.hint


def test_camera_that_never_delivers_is_given_time_to_warm_up(scripted_capture: Any, clock: Any) -> None:
    def pass_time() -> None:
        clock.now_s += 1.0

    webcam = make_webcam(scripted_capture(on_read=pass_time), clock)
    webcam.open()
    with pytest.raises(CameraError, match="sends no pictures") as caught:
        webcam.read()
    assert not isinstance(caught.value, CameraLostError)
    assert clock() >= 105.0


def test_numbers_go_on_after_reopening(scripted_capture: Any, clock: Any) -> None:
    captures = iter([scripted_capture([PICTURE]), scripted_capture([PICTURE])])
    webcam = Webcam(0, open_capture=lambda source, backend: next(captures), clock=clock)
    webcam.open()
    webcam.read()
    webcam.open()
    frame = webcam.read()
    assert frame is not None
    assert frame.index == 1


def test_a_camera_that_comes_back_under_another_number_is_opened_there(
    scripted_capture: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, link = [], "/dev/v4l/by-id/usb-Front-index0"
    node = {link: "/dev/video0"}
    monkeypatch.setattr("portrait.capture.camera_address.os.path.realpath", node.get)

    def open_capture(source: int | str, backend: int) -> Any:
        opened.append(source)
        return scripted_capture([PICTURE])

    webcam = Webcam(CameraAddress(link), open_capture=open_capture, clock=clock)
    webcam.open()
    node[link] = link  # unplugged
    with pytest.raises(CameraError, match="is not there") as caught:
        webcam.open()
    assert "Plug it in" in caught.value.hint
    node[link] = "/dev/video2"
    webcam.open()
    assert opened == [0, 2]


def test_closed_camera_ends(scripted_capture: Any, clock: Any) -> None:
    webcam = make_webcam(scripted_capture([PICTURE]), clock)
    webcam.open()
    webcam.close()
    assert webcam.read() is None


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (errno.ENOENT, "is not there", "another camera"),
        (errno.ENODEV, "is not there", "Plug it in"),
        (errno.EACCES, "may not be used", "usermod -aG video"),
        (errno.EBUSY, "in use by another program", "fuser /dev/video3"),
        (None, "cannot be opened", "privacy settings"),
    ],
)
def test_refusal_says_what_to_do(scripted_capture: Any, clock: Any, code: int | None, message: str, hint: str) -> None:
    refusal = None if code is None else OSError(code, os.strerror(code))
    webcam = make_webcam(scripted_capture(is_opened=False), clock, check_node=lambda index: refusal)
    with pytest.raises(CameraError, match=message) as caught:
        webcam.open()
    assert hint in caught.value.hint


@pytest.mark.parametrize("index", [63, 99_999_999_999, 10**30])
def test_real_opencv_refuses_a_camera_that_is_not_there(capfd: pytest.CaptureFixture[str], index: int) -> None:
    with pytest.raises(CameraError, match=f"Camera {index} ") as caught:
        Webcam(index).open()
    assert caught.value.hint
    assert "VIDEOIO" not in capfd.readouterr().err, "OpenCV's own log must not reach the user"
