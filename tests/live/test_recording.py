"""The names of a recording: taken at the end, never somebody else's, and what is said where it fails."""

from pathlib import Path

import numpy as np
import pytest

from portrait.errors import PortraitError, SinkError
from portrait.live import recording
from portrait.live.recording import RECORDING_SUFFIXES, Recording
from portrait.sinks.frame_sink import MissingSetUpError
from portrait.sinks.video_encoder import VIDEO_SUFFIXES

IMAGE = np.full((32, 48, 3), 90, np.uint8)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_name_is_taken_once_the_file_is_complete(tmp_path: Path) -> None:
    sink = Recording(tmp_path / "talk.mp4")
    sink.write(IMAGE)
    sink.close()
    assert names(tmp_path) == ["talk.recording.mp4"]
    finished = sink.finish()
    assert names(tmp_path) == ["talk.mp4"]
    assert (finished.path, finished.frames.frames) == (tmp_path / "talk.mp4", 1)
    assert sink.finish() is finished
    assert sink.path.stat().st_size > 0
    assert (sink.state, sink.duration_s) == ("open", 0.0)


def test_what_a_killed_process_left_is_kept(tmp_path: Path) -> None:
    (tmp_path / "talk.recording.mp4").write_bytes(b"earlier")
    sink = Recording(tmp_path / "talk.mp4")
    sink.write(IMAGE)
    sink.finish()
    assert names(tmp_path) == ["talk.mp4", "talk.recording.mp4"]
    assert (tmp_path / "talk.recording.mp4").read_bytes() == b"earlier"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    sink = Recording(tmp_path / "talk.mp4")
    sink.write(IMAGE)
    (tmp_path / "talk.mp4").write_bytes(b"somebody else's")
    with pytest.raises(SinkError, match="appeared meanwhile") as caught:
        sink.finish()
    assert str(tmp_path / "talk.recording.mp4") in caught.value.hint
    assert (tmp_path / "talk.mp4").read_bytes() == b"somebody else's"


def test_without_links_the_file_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    sink = Recording(tmp_path / "new" / "talk.mp4")
    sink.write(IMAGE)
    sink.finish()
    assert names(tmp_path / "new") == ["talk.mp4"]


def test_no_frame_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="no frame came"):
        Recording(tmp_path / "talk.mp4").finish()
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("talk.gif", "not a video file"), ("there.mp4", "there already"), ("there.mp4/a.mp4", "cannot be made")],
)
def test_a_name_that_cannot_be_is_refused_before_the_first_frame(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "there.mp4").touch()
    with pytest.raises(PortraitError, match=message) as caught:
        Recording(tmp_path / name)
    assert caught.value.hint
    assert names(tmp_path) == ["there.mp4"]


def test_a_recording_that_fails_says_where_the_rest_is(tmp_path: Path) -> None:
    class Failing:
        def finish(self) -> None:
            raise SinkError("the disk is full", "Free some space.")

    sink = Recording(tmp_path / "talk.mp4", Failing())  # type: ignore[arg-type]
    (tmp_path / "talk.recording.mp4").touch()
    with pytest.raises(SinkError, match="disk is full") as caught:
        sink.finish()
    assert caught.value.hint == f"Free some space. What was recorded is in {tmp_path / 'talk.recording.mp4'}."


def test_without_pyav_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = MissingSetUpError("PyAV is missing", "Install it", "pip install it")
    monkeypatch.setattr(recording, "why_no_recording", lambda: missing)
    with pytest.raises(MissingSetUpError):
        Recording(tmp_path / "talk.mp4")


def test_the_suffixes_are_those_of_the_encoder() -> None:
    assert set(RECORDING_SUFFIXES) == set(VIDEO_SUFFIXES)
