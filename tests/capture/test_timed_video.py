"""Every frame has its own time, and what a file says of its picture is known before the long work."""

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from portrait.capture.timed_video import ColorTags, FrameTime, TimedVideo, VideoFacts
from portrait.errors import CameraError

EncodeVideo = Callable[..., Path]


def read(path: Path) -> tuple[VideoFacts, list[FrameTime], TimedVideo]:
    with closing(TimedVideo(path)) as video:
        return video.facts, [frame.time for frame in video.frames()], video


def facts_of(path: Path) -> VideoFacts:
    return read(path)[0]


def at_times(*pts: int) -> Callable[[Any, Any], None]:
    """Give the frames these times, in units of 1/90 s."""
    times = iter(pts)

    def prepare(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 90)
        frame.pts, frame.time_base = next(times), Fraction(1, 90)

    return prepare


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_times_of_a_variable_frame_rate_are_those_of_the_file(
    encode_video: EncodeVideo, card: Any, suffix: str
) -> None:
    wanted = (9, 12, 21, 23, 50)
    path = encode_video(f"phone{suffix}", "libx264", [card] * 5, prepare=at_times(*wanted))
    facts, times, video = read(path)
    assert [time.index for time in times] == [0, 1, 2, 3, 4]
    assert [round(float(90 * time.pts * facts.time_base)) for time in times] == list(wanted)
    assert all(time.duration > 0 for time in times)
    assert video.mended_times == 0


def test_a_clock_that_starts_anywhere_starts_at_the_files_beginning(encode_video: EncodeVideo, card: Any) -> None:
    facts, times, _ = read(encode_video("tv.ts", "libx264", [card] * 4, prepare=at_times(900, 903, 906, 909)))
    assert facts.origin_s > 1
    assert [time.pts * facts.time_base for time in times] == [Fraction(k, 30) for k in range(4)]


def test_frames_without_times_follow_each_other_at_the_usual_rate(encode_video: EncodeVideo, card: Any) -> None:
    facts, times, video = read(encode_video("raw.h264", "libx264", [card] * 5))
    steps = {(after.pts - before.pts) * facts.time_base for before, after in pairwise(times)}
    assert len(times) == 5
    assert steps == {Fraction(1, 25)}
    assert video.mended_times == 5


def test_times_that_do_not_increase_are_mended_and_counted(
    encode_video: EncodeVideo, card: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = iter((0, 40, 40, 30, 160))
    monkeypatch.setattr("portrait.capture.timed_video._pts_of", lambda frame, facts: next(stuck))
    _, times, video = read(encode_video("bad.mkv", "libx264", [card] * 5))
    assert [time.pts for time in times] == [0, 40, 41, 42, 160]
    assert video.mended_times == 2


def test_a_turned_video_has_the_size_as_it_is_shown(encode_video: EncodeVideo, card: Any) -> None:
    def prepare(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.set_display_rotation(90)
            stream.codec_context.sample_aspect_ratio = Fraction(3, 2)

    with closing(TimedVideo(encode_video("phone.mp4", "libx264", [card] * 2, prepare=prepare))) as video:
        facts = video.facts
        image = video.to_rgb(next(video.frames()))
    assert (facts.width, facts.height) == (96, 128)
    assert facts.pixel_aspect == Fraction(2, 3)
    assert facts.frame_count == 2
    assert image.shape[:2] == facts.shown_size_px == (192, 96)
    # A turn by a quarter counterclockwise brings the corner at the top right to the top left.
    np.testing.assert_allclose(image[20, 10].astype(int), card[20, -20].astype(int), atol=8)


@pytest.mark.parametrize(
    ("size", "tags", "expected"),
    [
        ((96, 128), (2, 2, 2, 0), ColorTags(6, 2, 2, is_full_range=False)),
        ((720, 64), (2, 2, 2, 1), ColorTags(1, 2, 2, is_full_range=False)),
        ((96, 128), (1, 1, 1, 2), ColorTags(1, 1, 1, is_full_range=True)),
        ((96, 128), (9, 9, 14, 1), ColorTags(9, 9, 14, is_full_range=False)),
        ((96, 128), (9, 9, 16, 1), ColorTags(1, 1, 13, is_full_range=False)),
    ],
    ids=["SD without tags", "HD without tags", "full range", "BT.2020", "HDR"],
)
def test_colours_to_write(encode_video: EncodeVideo, size: Any, tags: Any, expected: ColorTags) -> None:
    def tag(stream: Any, frame: Any) -> None:
        for target in (frame, stream and stream.codec_context):
            if target is not None:
                target.colorspace, target.color_primaries, target.color_trc, target.color_range = tags

    facts = facts_of(encode_video("c.mkv", "libx264", [np.zeros((*size, 3), np.uint8)], prepare=tag))
    assert facts.colors == expected
    assert facts.is_hdr == (tags[2] == 16)


def test_bits_and_transparency_are_told(encode_video: EncodeVideo, card: Any) -> None:
    assert facts_of(encode_video("ten.mkv", "libx264", [card], pixel_format="yuv420p10le")).bits == 10
    clear = facts_of(encode_video("clear.mov", "qtrle", [card], pixel_format="argb"))
    assert clear.has_alpha
    assert clear.bits == 8


def test_interlaced_frames_are_told_and_keep_their_times(encode_video: EncodeVideo, card: Any) -> None:
    path = encode_video("tv.mkv", "libx264", [card] * 5, options={"x264-params": "tff=1"})
    facts, times, _ = read(path)
    assert facts.is_interlaced
    assert [time.pts for time in times] == [0, 40, 80, 120, 160]


def test_a_file_that_breaks_off_is_told(encode_video: EncodeVideo) -> None:
    rng = np.random.default_rng(0)
    path = encode_video("clip.mkv", "libx264", list(rng.integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)), fps=5)
    assert read(path)[2].find_break() is None
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "breaks off after" in str(read(path)[2].find_break())


def test_a_photo_is_refused(tmp_path: Path, card: Any) -> None:
    for suffix in (".png", ".jpg"):
        path = tmp_path / f"photo{suffix}"
        path.write_bytes(cv2.imencode(suffix, card)[1].tobytes())
        with pytest.raises(CameraError, match="is a picture, not a video"):
            TimedVideo(path)


@pytest.mark.parametrize("content", [None, b"", b"no video" * 40])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CameraError) as caught:
        TimedVideo(path)
    assert caught.value.hint
