"""Real files: written here, cut here, damaged here."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.capture.video_file import VideoFile
from portrait.errors import CameraError

WriteVideo = Callable[..., Path]


def read_all(source: VideoFile) -> list[Any]:
    source.open()
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def test_every_frame_comes_once_and_in_order(write_video: WriteVideo) -> None:
    frames = read_all(VideoFile(write_video(frames=12), paced=False))
    assert [frame.index for frame in frames] == list(range(12))
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)
    assert [float(frame.image.mean()) for frame in frames] == pytest.approx([5.0 * i for i in range(12)], abs=3.0)


def test_delivery_is_paced_like_a_camera(write_video: WriteVideo, clock: Any) -> None:
    source = VideoFile(write_video(frames=5, fps=20.0), clock=clock, wait=clock.wait)
    frames = read_all(source)
    assert source.frame_rate_fps == 20.0
    assert np.diff([frame.captured_at_s for frame in frames]) == pytest.approx([0.05] * 4)


def test_loop_begins_again_and_counts_on(write_video: WriteVideo) -> None:
    source = VideoFile(write_video(frames=6), paced=False, loop=True)
    source.open()
    frames = [source.read() for _ in range(15)]
    source.close()
    indices = [frame.index for frame in frames if frame is not None]
    assert indices == list(range(15))
    assert frames[0] is not None
    assert frames[6] is not None
    np.testing.assert_array_equal(frames[0].image, frames[6].image)


def test_close_ends_the_reading(write_video: WriteVideo) -> None:
    source = VideoFile(write_video(frames=6))
    source.open()
    assert source.read() is not None
    source.close()
    assert source.read() is None


def test_orientation_tag_turns_the_picture(write_video: WriteVideo) -> None:
    path = write_video("phone.mp4", frames=5)
    turn_quarter(path)
    frames = read_all(VideoFile(path, paced=False))
    assert frames[0].image.shape == (64, 48, 3)


def turn_quarter(path: Path) -> None:
    """Write a rotation of 90° into the track header's matrix, as a phone held upright does (ISO 14496-12, 8.3.2)."""
    content = bytearray(path.read_bytes())
    matrix_at = content.index(b"tkhd") + 4 + 40
    one = 1 << 16
    identity = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    assert content[matrix_at : matrix_at + 36] == identity
    content[matrix_at : matrix_at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="does not exist"):
        VideoFile(tmp_path / "none.mp4").open()


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="folder"):
        VideoFile(tmp_path).open()


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(CameraError, match="empty"):
        VideoFile(path).open()


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CameraError, match="Permission denied") as caught:
        VideoFile(tmp_path / "locked.mp4").open()
    assert isinstance(caught.value.__cause__, PermissionError)


@pytest.mark.parametrize("content", [b"not a video" * 50, b"\x00" * 4096, b"\xff\xd8\xff\xe0" + b"\x01" * 500])
def test_no_video(tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes) -> None:
    path = tmp_path / "noise.avi"
    path.write_bytes(content)
    with pytest.raises(CameraError) as caught:
        read_all(VideoFile(path, paced=False))
    assert "noise.avi" in caught.value.message
    assert caught.value.hint
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_a_picture_is_told_from_a_video(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(cv2.imencode(suffix, np.full((48, 64, 3), 90, np.uint8))[1].tobytes())
    with pytest.raises(CameraError, match="is a picture, not a video") as caught:
        read_all(VideoFile(path, paced=False, loop=True))
    assert "photo" in caught.value.hint


@pytest.mark.parametrize("name", ["none.mp4", "."])
def test_hints_are_right_in_the_window_too(tmp_path: Path, name: str) -> None:
    with pytest.raises(CameraError) as caught:
        VideoFile(tmp_path / name).open()
    assert caught.value.hint
    assert "`" not in caught.value.hint, "no commands to type"
    assert not {"path", "number"} & set(caught.value.hint.split()), "nobody types them there"


def test_mp4_cut_short_does_not_open(write_video: WriteVideo) -> None:
    path = write_video("cut.mp4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(CameraError, match="not a video that can be read"):
        VideoFile(path).open()


@pytest.mark.parametrize("loop", [False, True])
def test_avi_cut_short_is_told_after_what_there_is(write_video: WriteVideo, loop: bool) -> None:
    path = write_video("cut.avi", frames=40, fps=20.0, size=(640, 480))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    source = VideoFile(path, paced=False, loop=loop)
    with pytest.raises(CameraError, match=r"breaks off after [01]\.\d s of 2\.0 s"):
        read_all(source)


def test_name_is_the_files(tmp_path: Path) -> None:
    assert VideoFile(tmp_path / "a.mp4").name == "a.mp4"
