"""The virtual camera, with processes that stand for the pipeline; tests/pipewire_check.sh tries a real one."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from portrait.errors import SinkError
from portrait.sinks import pipewire
from portrait.sinks.pipewire import PipeWireCamera, pipeline, why_unavailable

PATIENCE_S = 20.0

_READ = """
import sys
with open(sys.argv[1], "ab", buffering=0) as file:
    for _ in range(int(sys.argv[2])):
        frame = sys.stdin.buffer.read(4 * 6 * 2)
        if len(frame) < 48:
            break
        file.write(frame)
"""


class Pipelines:
    """Starts processes that write what they read to a file, and end after so many frames."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frames = [1_000_000]
        self.started: list[subprocess.Popen[bytes]] = []
        self.commands: list[list[str]] = []
        self.has_started = threading.Event()

    def __call__(self, command: list[str]) -> subprocess.Popen[bytes]:
        self.commands.append(command)
        count = self.frames.pop(0) if len(self.frames) > 1 else self.frames[0]
        process = subprocess.Popen(
            [sys.executable, "-c", _READ, str(self.path), str(count)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self.started.append(process)
        self.has_started.set()
        return process

    def lumas(self) -> list[int]:
        content = self.path.read_bytes() if self.path.exists() else b""
        return [content[at] for at in range(0, len(content) // 48 * 48, 48)]


@pytest.fixture
def pipelines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipelines:
    monkeypatch.setattr(pipewire, "_RESTART_PAUSE_S", 0.02)
    return Pipelines(tmp_path / "frames")


@pytest.fixture
def camera(pipelines: Pipelines) -> Iterator[PipeWireCamera]:
    camera = PipeWireCamera(start=pipelines)
    yield camera
    camera.close()
    assert all(process.wait(PATIENCE_S) is not None for process in pipelines.started)
    for process in pipelines.started:
        if process.stdin is not None:
            process.stdin.close()


def write_until(camera: PipeWireCamera, is_done: Callable[[], bool]) -> None:
    """Write ever brighter frames, 4 × 6, until something has happened."""
    paused = threading.Event()
    for index in range(2000):
        camera.write(np.full((4, 6, 3), index % 200, np.uint8))
        if is_done():
            return
        paused.wait(0.01)
    pytest.fail("it did not happen")


def test_frames_reach_the_pipeline_in_order(camera: PipeWireCamera, pipelines: Pipelines) -> None:
    write_until(camera, lambda: len(pipelines.lumas()) >= 20)
    lumas = pipelines.lumas()[:20]
    assert lumas == sorted(lumas)
    assert len(pipelines.started) == 1
    assert "width=6" in pipelines.commands[0]


def test_a_pipeline_that_ends_is_started_anew(camera: PipeWireCamera, pipelines: Pipelines) -> None:
    pipelines.frames = [5, 5, 1_000_000]
    write_until(camera, lambda: len(pipelines.started) >= 3 and len(pipelines.lumas()) >= 15)
    assert pipelines.commands[0] == pipelines.commands[2]


def test_a_pipeline_that_takes_nothing_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pipelines: Pipelines
) -> None:
    """As without a consumer: the newest frame waits, and closing ends the process at once."""

    def start(_: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.PIPE)
        pipelines.started.append(process)
        return process

    camera = PipeWireCamera(start=start)
    for index in range(50):
        camera.write(np.full((400, 600, 3), index, np.uint8))
    write_until(camera, lambda: bool(pipelines.started))
    camera.close()
    (process,) = pipelines.started
    assert process.wait(PATIENCE_S) != 0


def test_a_missing_launcher_is_told_with_what_to_install() -> None:
    def start(_: list[str]) -> subprocess.Popen[bytes]:
        raise FileNotFoundError(2, "No such file or directory")

    camera = PipeWireCamera(start=start)
    with pytest.raises(SinkError, match="cannot be started") as caught:
        write_until(camera, lambda: False)
    assert "apt install" in caught.value.hint
    camera.close()


def test_the_pipeline_states_size_rate_and_a_camera_by_name() -> None:
    words = " ".join(pipeline(720, 1280, 30.0))
    for part in ("format=yuy2 width=1280 height=720 framerate=30000/1000", "media.class=Video/Source", "Portrait"):
        assert part in words
    assert f"blocksize={2 * 720 * 1280}" in words


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the platform itself is the reason")
def test_each_missing_part_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, runtime = tmp_path / "bin", tmp_path / "run"
    programs.mkdir()
    runtime.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def install(name: str, status: int) -> None:
        (programs / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (programs / name).chmod(stat.S_IRWXU)

    def reason() -> str:
        found = why_unavailable({"XDG_RUNTIME_DIR": str(runtime)})
        return "" if found is None else found.message

    assert "gst-launch-1.0 is not installed" in reason()
    install("gst-launch-1.0", 0)
    install("gst-inspect-1.0", 1)
    assert "no pipewiresink" in reason()
    install("gst-inspect-1.0", 0)
    assert "not running" in reason()
    (runtime / "pipewire-0").touch()
    assert reason() == ""
    assert why_unavailable({}) is not None
    assert os.environ["PATH"] == str(programs)


def test_elsewhere_than_on_linux_the_platform_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = why_unavailable({})
    assert found is not None
    assert "Linux" in found.message
