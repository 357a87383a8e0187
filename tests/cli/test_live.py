import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from portrait.capture import SourceEntry
from portrait.cli.live import _Ending
from portrait.engine import PortraitEngine
from portrait.errors import SinkError
from portrait.settings.live_start import LiveStart
from portrait.sinks.raw_video import RawVideoSink
from tests.photo.pets import PetSegmenter


@pytest.fixture
def video(tmp_path: Path, portrait_scene) -> Path:
    """Five frames of the synthetic person."""
    path = tmp_path / "five.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (128, 96))
    frame = np.ascontiguousarray(portrait_scene(96, 128)[0][..., ::-1])
    for _ in range(5):
        writer.write(frame)
    writer.release()
    return path


def test_a_video_file_is_run_to_its_end(run, video: Path) -> None:
    outcome = run("live", "--headless", "--source", video, "--json")
    assert outcome.status == 0
    (stats,) = outcome.rows
    assert stats["frames_in"] == 5
    assert stats["frames_shown"] + stats["frames_dropped"] == 5
    assert stats["frames_failed"] == 0
    assert {"throughput_fps", "latency_ms_p50", "latency_ms_p95", "stage_median_ms"} <= set(stats)
    assert "fps" in outcome.err


def test_the_subject_reaches_the_network(run, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pets = PetSegmenter()
    monkeypatch.setattr("portrait.engine.open_engine", lambda model: PortraitEngine(pets))
    outcome = run("live", "--headless", "--source", video, "--subject", "dog, person", "--json")
    assert (outcome.status, outcome.rows[0]["frames_failed"]) == (0, 0)
    assert pets.asked == [("dog", "person")]
    assert run("live", "--headless", "--source", video, "--subject", "unicorn").status == 1


def test_it_stops_after_the_seconds_asked_for(run) -> None:
    words = ("--source", "synthetic", "--size", "160x120", "--seconds", "0")
    outcome = run("live", "--headless", *words, "--json")
    assert outcome.status == 0
    assert len(outcome.rows) == 1


def test_ctrl_c_prints_what_was_measured(run, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("portrait.cli.live._Ending.wait", interrupt)
    outcome = run("live", "--headless", "--source", video, "--json")
    assert outcome.status == 130
    assert "frames_shown" in outcome.rows[0]
    assert outcome.err.endswith("Stopped.\n")


def test_a_missing_source_is_named(run, tmp_path: Path) -> None:
    outcome = run("live", "--headless", "--source", tmp_path / "none.mp4")
    assert outcome.status == 1
    assert "error: " in outcome.err
    assert "none.mp4" in outcome.err


def test_no_camera_says_what_to_do(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.capture.list_sources", lambda: (SourceEntry("synthetic", "Synthetic", "synthetic"),))
    outcome = run("live", "--headless")
    assert outcome.status == 1
    assert "--source synthetic" in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ["--headless", "--size", "large"],
        ["--headless", "--size", "0x10"],
        ["--headless", "--size", "9x90"],
        ["--headless", "--size", "99999x99999"],
        ["--headless", "--seconds", "-1"],
        ["--seconds", "5"],
        ["--json"],
    ],
)
def test_wrong_options_are_usage_errors(run, words: list[str]) -> None:
    assert run("live", *words).status == 2


def test_a_size_out_of_range_names_the_option_and_the_side(run) -> None:
    complaint = " ".join(run("live", "--headless", "--size", "640x9").err.split())
    assert "--size: the height cannot be 9 px; it takes 120..4320" in complaint


def test_cameras_are_listed(run, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = SourceEntry("0", "Front camera", "camera", ("1280x720 MJPG",))
    monkeypatch.setattr("portrait.capture.list_sources", lambda: (camera,))
    outcome = run("cameras")
    assert (outcome.status, outcome.err) == (0, "")
    assert all(text in outcome.out for text in ("0", "Front camera", "1280x720 MJPG"))
    expected = {"id": "0", "name": "Front camera", "kind": "camera", "formats": ["1280x720 MJPG"]}
    assert run("cameras", "--json").rows == [expected]


def test_a_camera_is_chosen_by_name(run, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = SourceEntry("/dev/v4l/by-id/usb-Front", "Front camera", "camera", (), 63)
    monkeypatch.setattr("portrait.capture.list_sources", lambda: (camera,))
    outcome = run("live", "--headless", "--camera", "front")
    assert outcome.status == 1
    assert "usb-Front is not there" in outcome.err
    assert "Front camera" in run("live", "--headless", "--camera", "back").err
    assert run("live", "--camera", "front", "--source", "synthetic").status == 2


def test_no_camera_is_said_in_the_list(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.capture.list_sources", lambda: ())
    outcome = run("cameras")
    assert outcome.status == 0
    assert "No camera" in outcome.err


def test_without_a_frame_there_are_no_figures_for_the_eye(run, tmp_path: Path) -> None:
    outcome = run("live", "--headless", "--source", tmp_path / "none.mp4", "--json")
    assert outcome.rows[0]["frames_in"] == 0
    assert "no frame came" in outcome.err
    assert "latency" not in outcome.err


def test_frames_are_written_to_a_stream(run, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    monkeypatch.setattr("portrait.sinks.raw_video.open_stdout", lambda layout: RawVideoSink(stream, layout))
    outcome = run("live", "--headless", "--source", video, "--output", "-", "--output-format", "rgb24")
    assert outcome.status == 0
    assert "to the rgb24 stream" in outcome.err
    assert outcome.out == ""
    frames, rest = divmod(len(stream.getvalue()), 96 * 128 * 3)
    assert rest == 0
    assert 1 <= frames <= 5


def test_a_reader_that_leaves_ends_it_with_a_reason(run, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.BytesIO()
    closed.close()
    monkeypatch.setattr("portrait.sinks.raw_video.open_stdout", lambda layout: RawVideoSink(closed, layout))
    outcome = run("live", "--headless", "--source", video, "--output", "-")
    assert outcome.status == 1
    assert "cannot be written" in outcome.err
    assert "start both again" in outcome.err


def test_a_camera_that_cannot_be_is_told_with_what_to_install(run, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = SinkError("gst-launch-1.0 is not installed", "apt install it")
    monkeypatch.setattr("portrait.sinks.pipewire.why_unavailable", lambda: reason)
    monkeypatch.setattr("portrait.sinks.v4l2_loopback.why_unavailable", lambda: reason)
    outcome = run("live", "--headless", "--source", "synthetic", "--virtual-camera")
    assert outcome.status == 1
    assert "gst-launch-1.0" in outcome.err


def test_a_device_that_is_not_there_is_named(run, tmp_path: Path) -> None:
    missing = tmp_path / "video9"
    outcome = run("live", "--headless", "--source", "synthetic", "--virtual-camera", missing)
    assert outcome.status == 1
    assert f"{missing} is not there" in outcome.err
    assert "modprobe v4l2loopback" in outcome.err


def test_the_window_is_told_what_to_begin_with(run, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, LiveStart]] = []
    monkeypatch.setattr("portrait.app._open_live_window", lambda chosen, start: told.append((chosen, start)) or 0)
    assert run("live", "--virtual-camera", "/dev/video9", "--source", "synthetic").status == 0
    assert run("live").status == 0
    assert told == [({"live_source": "synthetic"}, LiveStart(True, str(Path("/dev/video9")))), ({}, LiveStart())]
    told.clear()
    run("live", "--record", "a.mp4", "--minimized")
    for words in (("--auto-frame",), ("--subject", "dog,cat")):
        run("live", *words)
    assert told == [
        ({}, LiveStart(record=Path("a.mp4"), is_minimized=True)),
        ({"live_auto_frame": "on"}, LiveStart()),
        ({"live_subject": "dog,cat"}, LiveStart()),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--output", "out.y4m"), "standard output"),
        (("--output", "-", "--json"), "neither"),
        (("--output", "-", "--virtual-camera"), "neither"),
        (("--output", "-", "no-headless"), "--headless"),
        (("/dev/video9",), "--virtual-camera"),
        (("--minimized",), "--headless"),
    ],
)
def test_outputs_that_do_not_go_together_are_usage_errors(run, words: tuple[str, ...], said: str) -> None:
    headless = () if "no-headless" in words else ("--headless",)
    outcome = run("live", *headless, "--source", "synthetic", *(word for word in words if word != "no-headless"))
    assert outcome.status == 2
    assert said in " ".join(outcome.err.split())


def test_a_recording_is_finished_and_named_with_what_it_holds(run, video: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    outcome = run("live", "--headless", "--source", video, "--record", target, "--json")
    assert outcome.status == 0
    assert f"to the recording {target}" in outcome.err
    assert f"{target}: " in outcome.err
    with av.open(str(target)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == outcome.rows[0]["frames_shown"]


def test_a_recording_is_finished_at_ctrl_c(run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = _Ending.wait

    def interrupt(self: _Ending, seconds: float | None) -> None:
        waited(self, seconds)
        raise KeyboardInterrupt

    monkeypatch.setattr(_Ending, "wait", interrupt)
    assert run("live", "--headless", "--source", video, "--record", tmp_path / "out.mp4").status == 130
    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_a_name_that_is_taken_is_refused_and_what_else_was_asked_for_is_let_go(run, video: Path) -> None:
    before = video.read_bytes()
    outcome = run("live", "--headless", "--source", "synthetic", "--record", video.with_suffix(".mp4").name + "x")
    assert outcome.status == 1
    assert "not a video file" in outcome.err
    assert video.read_bytes() == before


def test_a_recording_that_fails_ends_it_with_the_reason(
    run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, height: int, width: int) -> None:
        raise SinkError("the disk is full", "Free some space.")

    monkeypatch.setattr("portrait.sinks.recording._open_encoder", refuse)
    outcome = run("live", "--headless", "--source", video, "--record", tmp_path / "out.mp4")
    assert outcome.status == 1
    assert "the disk is full" in outcome.err
    assert not (tmp_path / "out.mp4").exists()
