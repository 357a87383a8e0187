"""Which handler answers, and what an id stands for."""

from pathlib import Path
from typing import Any

import pytest

from portrait.capture import list_sources, make_source
from portrait.capture.catalog import CameraLister, probe_cameras
from portrait.capture.source import SourceEntry
from portrait.capture.synthetic import SyntheticSource
from portrait.capture.video_file import VideoFile
from portrait.capture.webcam import Webcam


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
    [("synthetic", SyntheticSource), ("0", Webcam), ("/dev/video12", Webcam), ("film.mp4", VideoFile)],
)
def test_id_decides_the_source(source_id: str, kind: type) -> None:
    assert isinstance(make_source(source_id, width=64, height=48), kind)


def test_synthetic_source_has_the_size_asked_for() -> None:
    source = make_source("synthetic", width=64, height=48, paced=False)
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)


def test_file_is_named_by_its_path(tmp_path: Path) -> None:
    assert make_source(str(tmp_path / "holiday.mp4")).name == "holiday.mp4"
