"""Real files: written here, cut here, damaged here. Each test runs with every decoder."""

import struct
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from portrait.capture.decoder_choice import DecoderHandler
from portrait.capture.video_decoder import DecodedFrame, VideoTrack
from portrait.capture.video_file import VideoFile
from portrait.errors import CameraError

WriteVideo = Callable[..., Path]


pytestmark = pytest.mark.usefixtures("decoder")


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
    assert len(read_all(VideoFile(path, paced=False))) == 1
    with pytest.raises(CameraError, match="is a picture, not a video") as caught:
        read_all(VideoFile(path, paced=False, loop=True))
    assert "photo" in caught.value.hint


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


@pytest.mark.parametrize(
    ("name", "codec"), [("whole.avi", "mpeg4"), ("whole.mpg", "mpeg1video"), ("whole.mp4", "libx264")]
)
def test_pictures_held_back_until_the_end_are_part_of_the_file(encode_video: WriteVideo, name: str, codec: str) -> None:
    """The last pictures have no time of their own in AVI and MPEG."""
    pictures = [np.full((96, 128, 3), 3 * index, np.uint8) for index in range(50)]
    frames = read_all(VideoFile(encode_video(name, codec, pictures, options={"bf": "2"}), paced=False))
    assert len(frames) == 50
    assert float(frames[-1].image.mean()) == pytest.approx(147.0, abs=4.0)


def test_one_damaged_packet_costs_a_few_frames_and_no_more(
    encode_video: WriteVideo, card: Any, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"g": "10", "preset": "ultrafast"}
    path = encode_video("bad.mp4", "libx264", [np.roll(card, index, 1) for index in range(100)], options=options)
    damage_packet(path, 40)
    source = VideoFile(path, paced=False)
    frames = read_all(source)
    assert 85 <= len(frames) < 100
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert np.abs(frames[-1].image.astype(int) - np.roll(card, 99, 1)).mean() < 4.0
    assert source.damaged_frames == 1
    assert "bad.mp4: damaged frames left out: 1" in caplog.text


def damage_packet(path: Path, index: int) -> None:
    """Overwrite the first bytes of a packet: its length, in MP4."""
    with av.open(str(path)) as container:
        at = [packet.pos for packet in container.demux(video=0) if packet.size][index]
    content = bytearray(path.read_bytes())
    content[at : at + 4] = b"\xff" * 4
    path.write_bytes(content)


def test_anamorphic_pictures_are_widened(encode_video: WriteVideo, card: Any) -> None:
    def squeeze(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.codec_context.sample_aspect_ratio = Fraction(64, 45)

    path = encode_video("wide.mp4", "libx264", [card] * 3, prepare=squeeze)
    image = read_all(VideoFile(path, paced=False))[0].image
    assert image.shape == (96, 182, 3)
    np.testing.assert_allclose(image[20, 160], card[20, 100], atol=6)


def test_anamorphic_pictures_are_widened_before_they_are_turned(encode_video: WriteVideo, card: Any) -> None:
    def squeeze(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.codec_context.sample_aspect_ratio = Fraction(3, 2)

    path = encode_video("phone.mp4", "libx264", [card] * 3, prepare=squeeze)
    turn_quarter(path)
    image = read_all(VideoFile(path, paced=False))[0].image
    assert image.shape == (192, 96, 3)
    np.testing.assert_allclose(image[10, 85], card[5, 5], atol=6)


@pytest.mark.parametrize("size", [(95, 127), (97, 131)])
def test_odd_sizes(encode_video: WriteVideo, size: tuple[int, int]) -> None:
    picture = np.full((*size, 3), 120, np.uint8)
    frames = read_all(VideoFile(encode_video("odd.mkv", "libx264", [picture] * 3, pixel_format="yuv444p"), paced=False))
    assert frames[0].image.shape == (*size, 3)
    assert frames[0].image.flags.c_contiguous
    np.testing.assert_allclose(frames[0].image, 120, atol=3)


def test_a_change_of_size_loses_no_frame(encode_video: WriteVideo, tmp_path: Path) -> None:
    """PyAV goes on in the new size; OpenCV scales to the first."""
    sizes = [(96, 128), (64, 96)]
    parts = [
        encode_video(f"{height}.h264", "libx264", [np.full((height, width, 3), height, np.uint8)] * 5)
        for height, width in sizes
    ]
    path = tmp_path / "both.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = read_all(VideoFile(path, paced=False))
    assert [round(float(frame.image.mean())) for frame in frames] == pytest.approx([96] * 5 + [64] * 5, abs=2)
    assert {frame.image.shape[:2] for frame in frames} <= set(sizes)


def test_a_name_that_looks_like_a_protocol(
    encode_video: WriteVideo, card: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_video("clip.mp4", "libx264", [card] * 3).rename(tmp_path / "pipe:1")
    monkeypatch.chdir(tmp_path)
    assert len(read_all(VideoFile(Path("pipe:1"), paced=False))) == 3


def test_a_title_that_is_not_utf8(encode_video: WriteVideo, card: Any) -> None:
    path = encode_video("title.mp4", "libx264", [card] * 3)
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"\xff\xfe\xe4\xf6"))
    assert len(read_all(VideoFile(path, paced=False))) == 3


def test_a_close_from_another_thread_ends_a_loop(write_video: WriteVideo, decoder: DecoderHandler) -> None:
    made = decoder.make()
    source = VideoFile(write_video(frames=3), paced=False, loop=True, decoder=made)
    source.open()
    is_looping = threading.Event()

    def close_once_it_loops() -> None:
        assert is_looping.wait(20.0)
        source.close()

    closer = threading.Thread(target=close_once_it_loops)
    closer.start()
    while (frame := source.read()) is not None:
        if frame.index == 10:
            is_looping.set()
    closer.join(20.0)
    assert made.is_closing
    assert source.read() is None


def test_nothing_is_written_to_stderr(encode_video: WriteVideo, card: Any, capfd: pytest.CaptureFixture[str]) -> None:
    path = encode_video("bad.mp4", "libx264", [card] * 30, options={"g": "5"})
    damage_packet(path, 12)
    read_all(VideoFile(path, paced=False))
    assert capfd.readouterr() == ("", "")


class ScriptedDecoder:
    """Frames at these positions, of a file of this length."""

    is_closing, damaged_frames = False, 0

    def __init__(self, positions_s: list[float | None], duration_s: float) -> None:
        self._positions_s = iter(positions_s)
        self._duration_s = duration_s

    def open(self, path: Path) -> VideoTrack:
        return VideoTrack(25.0, self._duration_s)

    def read(self) -> DecodedFrame | None:
        picture = np.zeros((4, 6, 3), np.uint8)
        return next((DecodedFrame(picture, position_s) for position_s in self._positions_s), None)

    def rewind(self) -> None: ...

    def wait(self, pause_s: float) -> bool:
        return False

    def close(self) -> None: ...


@pytest.mark.parametrize("positions_s", [[0.0, 0.04, *[None] * 23], [0.96, 0.0], [0.96, 0.02]])
def test_frames_without_a_time_or_out_of_order_are_no_break(
    write_video: WriteVideo, positions_s: list[float | None]
) -> None:
    frames = read_all(VideoFile(write_video(), paced=False, decoder=ScriptedDecoder(positions_s, duration_s=1.0)))
    assert len(frames) == len(positions_s)
