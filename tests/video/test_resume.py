"""Whatever stops a conversion, the same call goes on and gives the same file."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.video.convert import Assembling, ConversionEvent, ConversionStarted, FrameDone, VideoReport, convert_video
from portrait.video.options import VideoOptions
from portrait.video.work_folder import JOURNAL_NAME, open_work_folder, remove_work_folder, work_path

from .conftest import SEGMENT_FRAMES, read_packets

MakeClip = Callable[..., Path]
OPTIONS = VideoOptions(BlurOptions(f_number=1.4))


def convert(
    engine: PortraitEngine, source: Path, target: Path, options: VideoOptions = OPTIONS
) -> tuple[ConversionStarted, VideoReport]:
    events = list(convert_video(engine, source, target, options))
    assert isinstance(events[0], ConversionStarted)
    assert isinstance(events[-1], VideoReport)
    return events[0], events[-1]


def stop_at(engine: PortraitEngine, source: Path, target: Path, last: ConversionEvent) -> None:
    """Leave what a process leaves that is killed at an event."""
    events = convert_video(engine, source, target, OPTIONS)
    for event in events:
        if event == last:
            shutil.copytree(work_path(target), target.parent / "left")
            break
    events.close()  # type: ignore[attr-defined]
    shutil.rmtree(work_path(target))
    (target.parent / "left").rename(work_path(target))


@pytest.fixture
def clip(make_clip: MakeClip) -> Path:
    return make_clip(pts=tuple(3600 * number for number in range(14)))


def test_a_killed_conversion_goes_on_with_the_same_result(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    convert(engine, clip, whole)
    moments = ((FrameDone(1), 0), (FrameDone(SEGMENT_FRAMES), SEGMENT_FRAMES), (FrameDone(13), 12), (Assembling(), 14))
    for number, (last, done) in enumerate(moments):
        target = tmp_path / f"{number}.mp4"
        stop_at(engine, clip, target, last)
        assert not target.exists()
        started, report = convert(engine, clip, target)
        assert report.resumed == started.resumed == done
        assert report.frames == 14
        assert target.read_bytes() == whole.read_bytes()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mp4"] * 6


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_what_the_next_goes_on_with(make_clip: MakeClip, tmp_path: Path) -> None:
    clip, target = make_clip(pts=tuple(3600 * number for number in range(10))), tmp_path / "out.mp4"
    program = f"""
import os, signal, sys
from pathlib import Path
from portrait.engine import open_engine
from portrait.video import segments
from portrait.video.convert import FrameDone, convert_video
from portrait.video.options import VideoOptions
segments.SEGMENT_FRAMES = {SEGMENT_FRAMES}
for event in convert_video(open_engine(), Path(sys.argv[1]), Path(sys.argv[2]), VideoOptions()):
    if event == FrameDone({2 * SEGMENT_FRAMES + 1}) and sys.argv[3:]:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""

    def run(target: Path, *words: str) -> int:
        command = [sys.executable, "-c", program, str(clip), str(target), *words]
        return subprocess.run(
            command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False
        ).returncode

    assert run(target, "kill") != 0
    assert not target.exists()
    assert len(list(work_path(target).glob("0*.mkv"))) == 2
    assert run(target) == 0
    assert run(tmp_path / "whole.mp4") == 0
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_what_has_changed_begins_anew(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    stop_at(engine, clip, target, FrameDone(13))
    other = replace(OPTIONS, blur=BlurOptions(f_number=8.0))
    started = next(convert_video(engine, clip, target, other))
    assert isinstance(started, ConversionStarted)
    assert (started.resumed, started.was_reset) == (0, True)


def test_the_user_can_ask_for_a_new_beginning(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    stop_at(engine, clip, target, FrameDone(13))
    started = next(convert_video(engine, clip, target, replace(OPTIONS, restart=True)))
    assert isinstance(started, ConversionStarted)
    assert (started.resumed, started.was_reset) == (0, False)


@pytest.mark.parametrize("damage", ["cut line", "noise", "changed segment", "missing segment"])
def test_what_is_damaged_is_made_anew(engine: PortraitEngine, clip: Path, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "out.mp4"
    stop_at(engine, clip, target, FrameDone(13))
    folder = work_path(target)
    lines = (folder / JOURNAL_NAME).read_bytes().splitlines(keepends=True)
    if damage == "cut line":
        (folder / JOURNAL_NAME).write_bytes(b"".join(lines[:3]) + lines[3][:20])
    elif damage == "noise":
        (folder / JOURNAL_NAME).write_bytes(b"".join(lines[:3]) + b"\x00\xff{]\n" + b"".join(lines[4:]))
    elif damage == "changed segment":
        (folder / "000002.mkv").write_bytes(b"other")
    else:
        (folder / "000002.mkv").unlink()
    started, report = convert(engine, clip, target)
    assert started.resumed == 2 * SEGMENT_FRAMES
    assert report.frames == 14
    assert len(read_packets(target, "video").contents) == 14


def test_only_one_conversion_writes_an_output(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with (
        open_work_folder(target, "theirs"),
        pytest.raises(PortraitError, match=r"out\.mp4 is being made already"),
    ):
        next(convert_video(engine, clip, target, OPTIONS))


def test_what_somebody_put_into_the_work_folder_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with open_work_folder(target, "ours") as folder:
        folder.resume()
    (work_path(target) / "notes.txt").write_text("mine")
    remove_work_folder(target)
    assert [path.name for path in work_path(target).iterdir()] == ["notes.txt"]
