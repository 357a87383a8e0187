"""Recording: the frames and their times in a real file, and what is said where it cannot be written."""

import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from portrait.errors import SinkError
from portrait.sinks import recording
from portrait.sinks.recording import RecordingSink, why_no_recording
from portrait.sinks.video_encoder import VIDEO_SUFFIXES, VideoEncoder

RED, GREEN = (200, 40, 30), (30, 160, 60)


def flat(color: tuple[int, int, int], height: int = 32, width: int = 48) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def read(path: Path) -> tuple[list[float], list[np.ndarray]]:
    """Times and images of a video file."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(frame.time) for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


class Encoder:
    """Keeps frames; waits before each until it may go on, and fails at a given one."""

    codec = "H.264"

    def __init__(self, fails_at: int = -1) -> None:
        self.fails_at = fails_at
        self.may_go_on = threading.Event()
        self.has_begun = threading.Event()
        self.times: list[float] = []
        self.is_finished = False

    def encode(self, image: np.ndarray, time_s: float) -> None:
        self.has_begun.set()
        self.may_go_on.wait(20.0)
        if len(self.times) == self.fails_at:
            raise SinkError("the disk is full", "free some space")
        self.times.append(time_s)

    def finish(self) -> None:
        self.is_finished = True


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_frames_have_their_colours_and_times_in_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"talk{suffix}"
    times = iter((100.0, 100.04, 100.5))
    sink = RecordingSink(path, clock=lambda: next(times))
    for image in (flat(RED), flat(GREEN), flat(RED, 33, 49)):
        sink.write(image)
    recorded = sink.finish()
    assert (recorded.frames, recorded.frames_left_out, recorded.codec) == (3, 0, "H.264")
    assert recorded.duration_s == pytest.approx(0.5)
    found, images = read(path)
    assert found == pytest.approx([0.0, 0.04, 0.5], abs=0.002)
    for image, color in zip(images, (RED, GREEN, RED), strict=True):
        assert image.shape == (32, 48, 3)
        assert np.abs(image.mean((0, 1)) - color).max() < 6.0


def test_frames_at_one_time_stay_in_order(tmp_path: Path) -> None:
    encoder = VideoEncoder(tmp_path / "a.mkv", 32, 48)
    for _ in range(3):
        encoder.encode(flat(RED), 0.25)
    encoder.finish()
    times, _ = read(tmp_path / "a.mkv")
    assert times == sorted(set(times))
    assert len(times) == 3


def test_a_slow_encoder_slows_nobody_and_frames_are_left_out() -> None:
    encoder = Encoder()
    sink = RecordingSink(Path("a.mp4"), lambda *_: encoder)
    sink.write(flat(RED))
    assert encoder.has_begun.wait(20.0)
    for _ in range(10):
        sink.write(flat(RED))
    encoder.may_go_on.set()
    recorded = sink.finish()
    assert recorded.frames + recorded.frames_left_out == 11
    assert recorded.frames == len(encoder.times) == 5
    assert encoder.is_finished


def test_a_full_disk_is_told_at_the_next_frame_and_at_the_end() -> None:
    encoder = Encoder(fails_at=1)
    encoder.may_go_on.set()
    sink = RecordingSink(Path("a.mp4"), lambda *_: encoder)

    def write_until_it_fails() -> None:
        paused = threading.Event()
        for _ in range(2000):
            sink.write(flat(RED))
            paused.wait(0.01)

    with pytest.raises(SinkError, match="disk is full"):
        write_until_it_fails()
    sink.close()
    assert encoder.is_finished, "what was written before shall play"
    with pytest.raises(SinkError, match="disk is full"):
        sink.finish()


def test_an_error_that_nobody_expected_ends_the_recording_with_words(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: object) -> Encoder:
        raise RuntimeError("odd codec")

    sink = RecordingSink(Path("a.mp4"), refuse)
    sink.write(flat(RED))
    with pytest.raises(SinkError, match="odd codec"):
        sink.finish()
    assert "recording failed" in caplog.text


def test_no_frame_makes_no_file(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "a.mp4")
    assert sink.finish().frames == 0
    sink.write(flat(RED))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a.mp4"
    encoder = VideoEncoder(path, 32, 48)
    with pytest.raises(SinkError, match="cannot be written: No such file") as caught:
        encoder.encode(flat(RED), 0.0)
    assert str(path) in caught.value.message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="stands for a full disk, on Linux")
def test_a_disk_that_is_full_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").symlink_to("/dev/full")
    encoder = VideoEncoder(tmp_path / "a.mkv", 32, 48)
    noise = np.random.default_rng(1).integers(0, 256, (32, 48, 3), np.uint8)

    def record() -> None:
        for index in range(60):
            encoder.encode(np.roll(noise, index, 0), index / 30.0)
        encoder.finish()

    with pytest.raises(SinkError, match="No space left on device"):
        record()


def test_without_pyav_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_no_recording() is None
    monkeypatch.setattr(recording, "find_spec", lambda name: None)
    missing = why_no_recording()
    assert missing is not None
    assert "portrait[video]" in missing.command


_KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from portrait.sinks.video_encoder import VideoEncoder
encoder = VideoEncoder(Path(sys.argv[1]), 32, 48)
noise = np.random.default_rng(1).integers(0, 256, (32, 48, 3), np.uint8)
for index in range(150):
    encoder.encode(np.roll(noise, index, 0), index / 30.0)
os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_what_was_recorded_plays_after_a_kill(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert done.returncode == -9
    times, _ = read(path)
    assert times[-1] > 2.9, "five seconds less about one fragment"


def test_a_finished_mp4_is_an_ordinary_one(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "a.mp4", clock=iter((0.0, 1.0, 2.0, 3.0)).__next__)
    for _ in range(4):
        sink.write(flat(RED))
    assert sink.finish().frames == 4
    content, at, boxes = (tmp_path / "a.mp4").read_bytes(), 0, []
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        boxes.append(kind)
        at += int.from_bytes(content[at + 8 : at + 16]) if size == 1 else size
    assert b"moof" not in boxes, "fragments are for what is not finished"
    assert boxes.count(b"moov") == 1
