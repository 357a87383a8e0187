"""What cannot be done is said, before the work where it can be known, and leaves nothing behind."""

import errno
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from portrait.capture.timed_video import TimedVideo
from portrait.engine import PortraitEngine
from portrait.errors import CameraError, ImageFileError, PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.video.convert import FrameDone, VideoReport, convert_video
from portrait.video.encoders import ENCODERS, choose_encoder
from portrait.video.options import VideoOptions
from portrait.video.segments import _SegmentWriter
from portrait.video.work_folder import work_path

from .conftest import read_packets, write_tone

MakeClip = Callable[..., Path]


@pytest.fixture
def clip(make_clip: MakeClip) -> Path:
    return make_clip(pts=(0, 3600))


def refuse(
    engine: PortraitEngine, source: Path, target: Path, options: VideoOptions | None = None, match: str | None = None
) -> PortraitError:
    """The error of a conversion that does not even begin."""
    with pytest.raises(PortraitError, match=match) as caught:
        next(convert_video(engine, source, target, options or VideoOptions()))
    assert caught.value.hint
    assert not work_path(target).exists()
    return caught.value


def convert(engine: PortraitEngine, source: Path, target: Path, at: FrameDone, act: Callable[[], object]) -> None:
    """Convert, and do something at an event."""
    for event in convert_video(engine, source, target, VideoOptions()):
        if event == at:
            act()


def test_a_name_that_stands_for_no_video(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    for name in ("out", "out.avi", "out.jpg"):
        assert ".mp4" in refuse(engine, clip, tmp_path / name, match="not the name of a video").hint


def test_the_source_is_never_the_output(engine: PortraitEngine, clip: Path) -> None:
    before = clip.read_bytes()
    refuse(engine, clip, clip)
    assert clip.read_bytes() == before


def test_what_somebody_made_stays(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"theirs")
    refuse(engine, clip, target, match=r"out\.mp4")
    assert target.read_bytes() == b"theirs"


def test_what_appears_in_the_meantime_stays_and_the_work_is_kept(
    engine: PortraitEngine, clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    with pytest.raises(ImageFileError, match=r"out\.mp4"):
        convert(engine, clip, target, FrameDone(2), lambda: target.write_bytes(b"theirs"))
    assert target.read_bytes() == b"theirs"
    target.unlink()
    *_, report = convert_video(engine, clip, target, VideoOptions())
    assert isinstance(report, VideoReport)
    assert report.resumed == 2


def test_a_folder_that_is_not_there_is_made_unless_a_file_is_in_its_place(
    engine: PortraitEngine, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    refuse(engine, clip, tmp_path / "taken" / "out.mp4", match="cannot be made")
    *_, report = convert_video(engine, clip, tmp_path / "a" / "b" / "out.mp4", VideoOptions())
    assert report.output.is_file()


def test_a_transparent_background(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    options = VideoOptions(background=BackgroundChoice.parse("transparent"))
    assert "color:" in refuse(engine, clip, tmp_path / "out.mp4", options, "cannot be transparent").hint


def test_a_blur_that_does_not_fit(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    refuse(engine, clip, tmp_path / "out.mp4", VideoOptions(blur_radius_px=5000.0), "too large for 64 × 48")


def test_sound_that_the_format_cannot_hold(
    engine: PortraitEngine, clip: Path, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    options = VideoOptions(codec="vp9")
    error = refuse(engine, clip, tmp_path / "out.webm", options, r"cannot hold the sound of clip\.mp4 \(aac\)")
    assert ".mkv" in error.hint
    other = make_clip("other.mov", sound="adpcm_ima_qt")
    error = refuse(engine, other, tmp_path / "out.mkv", match=r"cannot hold the sound of other\.mov \(adpcm_ima_qt\)")
    assert ".mov" in error.hint
    other = make_clip("other.avi", sound="adpcm_ms")
    assert "AAC" in refuse(engine, other, tmp_path / "out.mkv", match="cannot hold the sound").hint


def test_pictures_that_the_format_cannot_hold(engine: PortraitEngine, clip: Path, tmp_path: Path) -> None:
    refuse(engine, clip, tmp_path / "out.webm", VideoOptions(codec="h264"), r"\.webm cannot hold H\.264")


def test_a_source_that_is_none(engine: PortraitEngine, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_bytes(b"no video" * 99)
    for name in ("none.mp4", "empty.mp4", "text.mp4", "."):
        assert isinstance(refuse(engine, tmp_path / name, tmp_path / "out.mp4"), CameraError)


def test_a_piece_of_music(engine: PortraitEngine, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "song.mka"), "w") as container:
        write_tone(container, container.add_stream("aac", rate=48_000), 0.1)
    refuse(engine, tmp_path / "song.mka", tmp_path / "out.mp4", match="no pictures")


def test_without_pyav(engine: PortraitEngine, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert "portrait[video]" in refuse(engine, clip, tmp_path / "out.mp4", match="needs PyAV").hint


@pytest.mark.parametrize("error", [av.FFmpegError(errno.ENOSPC, "No space left"), OSError(errno.ENOSPC, "No space")])
def test_a_full_disk_is_told_and_what_is_done_is_kept(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    clip, target = make_clip(pts=tuple(3600 * number for number in range(7))), tmp_path / "out.mp4"

    def fail(self: Any, packets: Any) -> None:
        raise error

    with pytest.raises(ImageFileError, match=r"The disk is full: .*out\.mp4"):
        convert(engine, clip, target, FrameDone(5), lambda: monkeypatch.setattr(_SegmentWriter, "_mux", fail))
    assert [path.name for path in sorted(work_path(target).iterdir())] == ["000000.mkv", "journal.jsonl"]
    assert not target.exists()


def test_a_disk_that_fills_up_while_the_file_is_assembled(
    engine: PortraitEngine, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise av.FFmpegError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("portrait.video.assembly._merge", fail)
    with pytest.raises(ImageFileError, match=r"The disk is full: .*out\.mp4"):
        list(convert_video(engine, clip, tmp_path / "out.mp4", VideoOptions()))
    assert not (tmp_path / "out.mp4").exists()


def test_the_first_encoder_that_works_is_taken(clip: Path) -> None:
    video = TimedVideo(clip)
    video.close()
    mpeg4 = ENCODERS[-1]
    assert choose_encoder("auto", video.facts, encoders=(replace(mpeg4, name="not there"), mpeg4))[0] == mpeg4
    assert choose_encoder("libvpx-vp9", video.facts)[0].family == "vp9"
    with pytest.raises(PortraitError, match="Nothing here encodes h264 at 64 × 48"):
        choose_encoder("h264", video.facts, encoders=ENCODERS[-1:])


def test_a_codec_that_the_output_can_hold_is_chosen(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    source, target = make_clip("clip.mkv", sound="libopus", pts=(0, 3600)), tmp_path / "out.webm"
    list(convert_video(engine, source, target, VideoOptions()))
    assert "vp9" in read_packets(target, "video").codec
    assert read_packets(target).contents == read_packets(source).contents


@pytest.mark.parametrize("codec", ["mpeg4", "av1"])
def test_other_codecs_on_request(engine: PortraitEngine, clip: Path, tmp_path: Path, codec: str) -> None:
    target = tmp_path / "out.mkv"
    list(convert_video(engine, clip, target, VideoOptions(codec=codec)))
    assert read_packets(target, "video").codec in {"mpeg4": ("mpeg4",), "av1": ("av1", "libdav1d")}[codec]
