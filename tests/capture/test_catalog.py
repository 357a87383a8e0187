"""Which handler answers, and what an id stands for."""

from pathlib import Path
from typing import Any

import pytest

from portrait.capture import list_sources, make_source
from portrait.capture.catalog import CameraLister, find_camera, probe_cameras
from portrait.capture.source import SourceEntry
from portrait.capture.synthetic import SyntheticSource
from portrait.capture.video_file import VideoFile
from portrait.capture.webcam import Webcam
from portrait.errors import CameraError

LINK = "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0"


def test_first_available_lister_is_asked() -> None:
    camera = SourceEntry("4", "Mine", "camera")
    listers = (
        CameraLister(lambda: False, lambda: (SourceEntry("9", "Not on this system", "camera"),)),
        CameraLister(lambda: True, lambda: (camera,)),
        CameraLister(lambda: True, lambda: (SourceEntry("8", "Too late", "camera"),)),
    )
    assert [entry.id for entry in list_sources(listers)] == ["4", "synthetic"]


def test_synthetic_source_is_always_there() -> None:
    assert list_sources()[-1].id == "synthetic"


def test_probing_finds_what_opens_and_lets_it_go(scripted_capture: Any) -> None:
    captures = [scripted_capture(is_opened=index in (0, 3)) for index in range(5)]
    cameras = probe_cameras(lambda source, backend: captures[int(source)])
    assert [(camera.id, camera.name) for camera in cameras] == [("0", "Camera 0"), ("3", "Camera 3")]
    assert all(capture.is_released for capture in captures)


@pytest.mark.parametrize(
    ("source_id", "kind"),
    [("synthetic", SyntheticSource), ("0", Webcam), ("/dev/video12", Webcam), (LINK, Webcam), ("film.mp4", VideoFile)],
)
def test_id_decides_the_source(source_id: str, kind: type) -> None:
    assert isinstance(make_source(source_id, width=64, height=48), kind)


CAMERAS = (
    SourceEntry(LINK, "HD Pro Webcam C920", "camera", (), 2),
    SourceEntry("0", "Integrated Camera: HD", "camera", (), 0),
    SourceEntry("synthetic", "Demo", "synthetic"),
)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [(LINK, 2), ("2", 2), ("/dev/video2", 2), ("0", 0), ("hd pro webcam c920", 2), ("C920", 2), ("integrated", 0)],
)
def test_a_camera_is_found_by_id_number_or_name(wanted: str, index: int) -> None:
    assert find_camera(wanted, CAMERAS).index == index


@pytest.mark.parametrize(("wanted", "message"), [("HD", "More than one"), ("Demo", "no camera"), ("", "no camera")])
def test_a_camera_that_is_none_or_several_is_told_with_the_names(wanted: str, message: str) -> None:
    with pytest.raises(CameraError, match=message) as caught:
        find_camera(wanted, CAMERAS)
    assert "C920" in caught.value.hint
    with pytest.raises(CameraError, match="no camera") as caught:
        find_camera("front", CAMERAS[2:])
    assert "Plug it in" in caught.value.hint


def test_synthetic_source_has_the_size_asked_for() -> None:
    source = make_source("synthetic", width=64, height=48, paced=False)
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)


def test_file_is_named_by_its_path(tmp_path: Path) -> None:
    assert make_source(str(tmp_path / "holiday.mp4")).name == "holiday.mp4"
