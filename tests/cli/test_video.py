"""``portrait video`` as a user meets it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from portrait.cli.video_progress import BarProgress, LineProgress, open_progress
from portrait.engine import PortraitEngine
from portrait.video.convert import Assembling, ConversionStarted, FrameDone


@pytest.fixture
def video(tmp_path: Path, portrait_scene) -> Path:
    """Eight frames of the synthetic person."""
    path = tmp_path / "eight.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (64, 48))
    for number in range(8):
        writer.write(np.ascontiguousarray(np.roll(portrait_scene(48, 64)[0], number, axis=1)[..., ::-1]))
    writer.release()
    return path


@pytest.fixture
def _heeds_ctrl_c() -> Iterator[None]:
    """Ctrl-C acts, also where a shell started the tests with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_video_becomes_its_portrait(run, video: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    outcome = run("video", video, target, "--f-number", "2.8", "--json")
    assert outcome.status == 0
    (row,) = outcome.rows
    assert row["status"] == "done"
    assert (row["input"], row["output"]) == (str(video), str(target))
    assert (row["width"], row["height"], row["frames"]) == (64, 48, 8)
    assert target.stat().st_size > 0
    assert "eight.mp4: written as H.264" in outcome.err
    assert "[8/8] eight.mp4" in outcome.err
    assert f"{video} -> {target} (64 × 48, 8 frames, H.264" in outcome.err


def test_a_subject_can_be_named(
    run, video: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    def open_engine(model: str | None, **options: object) -> PortraitEngine:
        opened.append((model, options))
        return engine

    monkeypatch.setattr("portrait.engine.open_engine", open_engine)
    words = ("--model", "classes.onnx", "--subject", "dog,cat", "--background", "transparent")
    assert run("video", video, tmp_path / "out.mp4", *words).status == 1
    assert opened == [("classes.onnx", {"subject": ("dog", "cat")})]


def test_its_own_output_is_made_again_and_nothing_else(run, video: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert run("video", video, target).status == 0
    assert run("video", video, target, "--f-number", "8").status == 0, "made here, and unchanged since"
    target.write_bytes(b"theirs")
    outcome = run("video", video, target)
    assert outcome.status == 1
    assert "--overwrite" in outcome.err
    assert target.read_bytes() == b"theirs"
    assert run("video", video, target, "--overwrite").status == 0
    assert target.read_bytes() != b"theirs"


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_stops_in_good_order_and_the_same_command_goes_on(
    run, video: Path, tmp_path: Path, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portrait.video.segments.SEGMENT_FRAMES", 2)
    really_find = ellipse_segmenter.find_probability
    calls = []

    def interrupt(image: np.ndarray, input_size: tuple[int, int] | None = None) -> np.ndarray:
        calls.append(1)
        if len(calls) == 8:
            signal.raise_signal(signal.SIGINT)
        return really_find(image, input_size)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", interrupt)
    target = tmp_path / "out.mp4"
    outcome = run("video", video, target, "--json")
    assert outcome.status == 130
    assert outcome.rows[0]["status"] == "stopped"
    assert "stopped; 4 frames are kept: run the same command again to go on" in outcome.err
    assert "Traceback" not in outcome.err
    assert not target.exists()
    outcome = run("video", video, target, "--json")
    assert outcome.status == 0
    assert (outcome.rows[0]["frames"], outcome.rows[0]["frames_resumed"]) == (8, 4)
    assert "4 frames are done already" in outcome.err


def test_errors_are_told_in_words_and_in_json(run, video: Path, tmp_path: Path) -> None:
    outcome = run("video", tmp_path / "none.mp4", tmp_path / "out.mp4", "--json")
    assert outcome.status == 1
    assert outcome.rows[0]["status"] == "failed"
    assert "none.mp4 does not exist" in outcome.err
    assert "hint:" in outcome.err
    outcome = run("video", video, tmp_path / "out.mp4", "--codec", "h265")
    assert outcome.status == 2
    assert "none of auto, h264" in outcome.err
    assert run("video", video).status == 2


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = (
        ConversionStarted(total=None, resumed=7, codec="VP9", was_reset=False),
        FrameDone(1000),
        ConversionStarted(total=20, resumed=0, codec="VP9", was_reset=True),
        FrameDone(2),
        FrameDone(3),
        Assembling(),
    )
    with open_progress("[red]a.mp4") as progress:
        assert isinstance(progress, LineProgress)
        for event in events:
            progress.show(event)
    assert capsys.readouterr().err.splitlines() == [
        "[red]a.mp4: written as VP9; 7 frames are done already",
        "[1000/?] [red]a.mp4",
        "[red]a.mp4: written as VP9; the source or the settings have changed, so it begins anew",
        "[2/20] [red]a.mp4",
        "[red]a.mp4: putting it together",
    ]
    monkeypatch.setenv("FORCE_COLOR", "1")
    with open_progress("[red]a.mp4") as progress:
        assert isinstance(progress, BarProgress)
        for event in events:
            progress.show(event)
    assert "putting it together" in capsys.readouterr().err
