"""Which way to be a camera is taken, and what is said when there is none."""

import shutil
import sys
import threading
from pathlib import Path

import pytest

from portrait.errors import SinkError
from portrait.sinks.camera_kind import CameraKind
from portrait.sinks.frame_sink import MissingSetUpError
from portrait.sinks.pipewire_node import NodeWatch, find_node_state
from portrait.sinks.set_up import install_command
from portrait.sinks.virtual_camera import list_camera_kinds, open_virtual_camera


def kind(name: str, reason: SinkError | None) -> CameraKind:
    return CameraKind(name, lambda: reason, lambda: name)  # type: ignore[arg-type,return-value]


def test_the_first_way_that_is_there_is_taken() -> None:
    kinds = [kind("first", SinkError("not here")), kind("second", None), kind("third", None)]
    assert open_virtual_camera(kinds=kinds) == "second"
    assert [one.is_available for one in kinds] == [False, True, True]


def test_without_any_the_one_that_a_command_sets_up_is_told() -> None:
    kinds = [
        kind("foreign", SinkError("another system", "none")),
        kind("ours", MissingSetUpError("gst is missing", "Install it", "apt install gst")),
    ]
    with pytest.raises(MissingSetUpError, match="can be made here yet: gst is missing") as caught:
        open_virtual_camera(kinds=kinds)
    assert (caught.value.hint, caught.value.command) == ("Install it", "apt install gst")


def test_a_system_without_any_way_says_so() -> None:
    with pytest.raises(MissingSetUpError, match="none is known") as caught:
        open_virtual_camera(kinds=[])
    assert caught.value.command == ""


def test_every_way_says_why_it_is_not_there_or_is_there() -> None:
    kinds = list_camera_kinds()
    assert kinds
    for one in kinds:
        reason = one.why_unavailable()
        assert reason is None or (reason.message and reason.hint)


@pytest.mark.parametrize(("manager", "start"), [("dnf", "sudo dnf install x"), ("none", "sudo apt install y")])
def test_the_command_is_for_the_package_manager_that_is_there(
    monkeypatch: pytest.MonkeyPatch, manager: str, start: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name if name == manager else None)
    assert install_command({"apt-get": "y", "dnf": "x"}) == start


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
@pytest.mark.parametrize(
    ("printed", "state"), [("running", "read"), ("suspended", "waiting"), ("idle", "waiting"), ("error", "open")]
)
def test_the_state_of_a_node_tells_whether_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, state: str
) -> None:
    program = tmp_path / "pw-cli"
    program.write_text(f"#!/bin/sh\necho '*\tstate: \"{printed}\"'\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node_state("portrait-camera") == state


def test_without_the_program_the_state_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node_state("portrait-camera") == "open"


def test_a_node_is_watched_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.sinks.pipewire_node._INTERVAL_S", 0.001)
    asked = threading.Event()
    watch = NodeWatch("any", lambda name: asked.set() or "read")  # type: ignore[func-returns-value]
    assert asked.wait(20.0)
    watch.close()
    assert watch.state == "read"
    assert not [thread for thread in threading.enumerate() if thread.name == "portrait-camera-watch"]
