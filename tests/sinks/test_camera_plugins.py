"""Cameras that installed packages add; that of Windows and macOS before a module that stands for pyvirtualcam."""

import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from portrait.errors import SinkError
from portrait.sinks import virtual_camera
from portrait.sinks.camera_kind import CameraKind
from portrait.sinks.frame_sink import MissingSetUpError
from portrait.sinks.pyvirtualcam_camera import KIND, PyVirtualCamera
from portrait.sinks.virtual_camera import PLUGIN_GROUP, list_camera_kinds, why_no_virtual_camera

ROOT = Path(__file__).parents[2]


class FakeCamera:
    device = "OBS Virtual Camera"

    def __init__(self, width: int, height: int, fps: float) -> None:
        if width == 2:
            raise RuntimeError("'obs' backend: camera cannot be started")
        self.size = width, height
        self.frames: list[np.ndarray] = []
        self.is_closed = False

    def send(self, frame: np.ndarray) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeCamera]:
    """The cameras that the package made."""
    cameras: list[FakeCamera] = []

    def make(**arguments: float) -> FakeCamera:
        cameras.append(FakeCamera(**arguments))  # type: ignore[arg-type]
        return cameras[-1]

    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=make))  # type: ignore[arg-type]
    return cameras


def offer(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Let these modules be the installed plug-ins."""
    found = tuple(EntryPoint(name, value, PLUGIN_GROUP) for name, value in values.items())
    monkeypatch.setattr(virtual_camera, "entry_points", lambda group: found if group == PLUGIN_GROUP else ())


def test_plugins_come_last_and_a_broken_one_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][PLUGIN_GROUP]
    offer(monkeypatch, missing="portrait.sinks.none:KIND", wrong="portrait.sinks.raw_video:open_stdout", **ours)
    assert [kind.name for kind in list_camera_kinds()] == ["v4l2loopback", "PipeWire", "pyvirtualcam"]
    assert "missing" in caplog.text
    assert "wrong" in caplog.text


def test_the_package_under_the_gpl_is_required_nowhere() -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        assert not [line for line in lines if line.strip(' "').lower().startswith("pyvirtualcam>")]
        assert not [line for line in lines if "pyvirtualcam==" in line]


def test_elsewhere_than_on_linux_the_package_is_the_one_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("portrait.sinks.pyvirtualcam_camera.find_spec", lambda name: None)
    offer(monkeypatch, pyvirtualcam="portrait.sinks.pyvirtualcam_camera:KIND")
    reason = why_no_virtual_camera()
    assert isinstance(reason, MissingSetUpError)
    assert reason.command == "pip install pyvirtualcam"
    assert "GPL" in reason.hint
    monkeypatch.setattr("portrait.sinks.pyvirtualcam_camera.find_spec", lambda name: object())
    assert KIND.is_available
    assert why_no_virtual_camera() is None


def test_frames_go_to_the_camera_of_the_package(made: list[FakeCamera]) -> None:
    camera = PyVirtualCamera()
    assert made == [], "its size is that of the first frame"
    assert camera.label == "OBS Virtual Camera"
    image = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    camera.write(image)
    camera.write(np.zeros((20, 20, 3), np.uint8))
    assert made[0].size == (8, 6)
    np.testing.assert_array_equal(made[0].frames[0], image)
    assert made[0].frames[1].shape == (6, 8, 3)
    assert camera.state == "open"
    assert "OBS" in camera.name
    camera.close()
    camera.write(image)
    assert made[0].is_closed
    assert len(made[0].frames) == 2


def test_what_the_package_cannot_is_told(made: list[FakeCamera]) -> None:
    camera = PyVirtualCamera()
    with pytest.raises(SinkError, match="cannot be started") as caught:
        camera.write(np.zeros((2, 2, 3), np.uint8))
    assert "OBS Studio" in caught.value.hint
    camera.close()


def test_the_advised_way_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(name: str, *, is_advised: bool) -> CameraKind:
        reason = MissingSetUpError(f"{name} is missing", "Install it", f"install {name}")
        return CameraKind(name, lambda: reason, lambda: name, is_advised)  # type: ignore[arg-type,return-value]

    kinds = (kind("first", is_advised=False), kind("second", is_advised=True))
    monkeypatch.setattr(virtual_camera, "list_camera_kinds", lambda: kinds)
    reason = why_no_virtual_camera()
    assert isinstance(reason, MissingSetUpError)
    assert reason.command == "install second"
