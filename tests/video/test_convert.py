"""A video becomes its portrait: every frame at its time, sound as it was, shape and colours kept."""

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.files.background_choice import BackgroundChoice
from portrait.video.convert import Assembling, ConversionStarted, FrameDone, VideoReport, convert_video
from portrait.video.options import VideoOptions

from .conftest import SECOND, frame_times_s, read_frames, read_packets

MakeClip = Callable[..., Path]
OPTIONS = VideoOptions(BlurOptions(f_number=1.4))


def convert(engine: PortraitEngine, source: Path, target: Path, options: VideoOptions = OPTIONS) -> VideoReport:
    *_, report = convert_video(engine, source, target, options)
    assert isinstance(report, VideoReport)
    assert report.status == "done"
    return report


def detail(image: Any) -> float:
    """Mean step between neighbouring pixels."""
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_is_copied_bit_by_bit_and_every_frame_keeps_its_time(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path, suffix: str
) -> None:
    source = make_clip(pts=(0, 3600, 9000, 9900, 18_000, 40_500, 45_000))
    target = tmp_path / f"out{suffix}"
    report = convert(engine, source, target)
    before, after = read_packets(source), read_packets(target)
    assert after.contents == before.contents
    assert after.codec == before.codec == "aac"
    begun = frame_times_s(target)[0]
    # Matroska counts in milliseconds and from 0, so that sound which begins earlier shifts everything.
    tolerance_s = 0.001 if suffix == ".mkv" else 0.0
    assert begun == 0 or suffix == ".mkv"
    for one, two in zip(before.times_s, after.times_s, strict=True):
        assert abs(two - begun - one) <= tolerance_s
    for one, two in zip(frame_times_s(source), frame_times_s(target), strict=True):
        assert abs(two - begun - one) <= tolerance_s
    assert report.frames == 7
    assert report.warnings == ()


def test_the_room_is_blurred_and_the_person_is_not(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    source, target = make_clip(size=(96, 128), pts=tuple(range(0, SECOND, SECOND // 5))), tmp_path / "out.mp4"
    convert(engine, source, target)
    for before, after in zip(read_frames(source), read_frames(target), strict=True):
        given, made = before.to_ndarray(format="rgb24"), after.to_ndarray(format="rgb24")
        assert detail(made[:, :24]) < 0.5 * detail(given[:, :24])
        np.testing.assert_allclose(made[40:56, 58:70].astype(int), given[40:56, 58:70].astype(int), atol=12)


def test_events_count_the_frames(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    events = list(convert_video(engine, make_clip(), tmp_path / "out.mp4", OPTIONS))
    assert events[0] == ConversionStarted(total=10, resumed=0, codec="H.264 (x264)", was_reset=False)
    assert events[1:-2] == [FrameDone(number) for number in range(1, 11)]
    assert isinstance(events[-2], Assembling)
    report = events[-1]
    assert isinstance(report, VideoReport)
    assert set(report.to_json_dict()["timings_ms"]) == {"matte", "smooth", "render", "encode", "assemble"}


def test_a_video_held_upright_is_written_upright(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    def turn(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.set_display_rotation(90)

    source, target = make_clip(prepare=turn, size=(96, 128)), tmp_path / "out.mp4"
    report = convert(engine, source, target)
    given, made = read_frames(source)[0], read_frames(target)[0]
    assert (made.width, made.height) == (report.width, report.height) == (96, 128)
    assert made.side_data.get("DISPLAYMATRIX") is None
    upright = np.rot90(given.to_ndarray(format="rgb24"))
    np.testing.assert_allclose(made.to_ndarray(format="rgb24")[60:68, 42:54], upright[60:68, 42:54], atol=14)


@pytest.mark.parametrize("is_turned", [False, True])
def test_pixels_that_are_not_square_stay_so(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path, is_turned: bool
) -> None:
    def stretch(stream: Any, frame: Any) -> None:
        if stream is not None:
            stream.codec_context.sample_aspect_ratio = Fraction(3, 2)
            if is_turned:
                stream.set_display_rotation(90)

    target = tmp_path / "out.mp4"
    convert(engine, make_clip(prepare=stretch, pts=(0, 3600)), target)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert stream.sample_aspect_ratio == (Fraction(2, 3) if is_turned else Fraction(3, 2))
        assert (stream.width, stream.height) == ((48, 64) if is_turned else (64, 48))


@pytest.mark.parametrize("tags", [(1, 1, 1, 2), (6, 6, 6, 1), (9, 9, 14, 1)], ids=["BT.709 full", "BT.601", "BT.2020"])
def test_colours_and_their_tags_are_kept(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path, tags: tuple[int, ...]
) -> None:
    def tag(stream: Any, frame: Any) -> None:
        for target in (frame, stream and stream.codec_context):
            if target is not None:
                target.colorspace, target.color_primaries, target.color_trc, target.color_range = tags
        for plane, level in zip(frame.planes, (120, 100, 150), strict=True):
            plane.update(bytes([level]) * plane.buffer_size)

    target = tmp_path / "out.mp4"
    convert(engine, make_clip(prepare=tag, pts=(0, 3600), size=(64, 64)), target)
    for frame in read_frames(target):
        assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == tags
        levels = [np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
        for plane, level in zip(levels, (120, 100, 150), strict=True):
            np.testing.assert_allclose(plane[:32, :32].astype(int), level, atol=2)


def test_a_clock_that_starts_anywhere_keeps_sound_and_pictures_together(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    source, target = (
        make_clip("tv.ts", pts=tuple(10 * SECOND + 3600 * number for number in range(8))),
        tmp_path / "o.mkv",
    )
    convert(engine, source, target)
    before, after = read_packets(source), read_packets(target)
    assert len(after.contents) == len(before.contents)
    assert before.times_s[0] > 9
    assert after.times_s[0] < 1
    lags_s = [
        one_path[0] - other[0]
        for one_path, other in (
            (frame_times_s(source), before.times_s),
            (frame_times_s(target), after.times_s),
        )
    ]
    assert abs(lags_s[0] - lags_s[1]) <= Fraction(1, 500)


def test_title_and_language_are_kept(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    convert(engine, make_clip(pts=(0, 3600)), target)
    with av.open(str(target)) as container:
        assert container.metadata["title"] == "Ein Fünfzeiler"
        assert container.streams.audio[0].metadata["language"] == "deu"


def test_lost_bits_are_told(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    deep = make_clip("deep.mkv", pixel_format="yuv420p10le", sound=None, pts=(0, 3600))
    assert convert(engine, deep, tmp_path / "a.mp4").warnings == ("10 bits a channel were reduced to 8",)


def test_hdr_becomes_standard_range_and_that_is_told(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tag(stream: Any, frame: Any) -> None:
        for target in (frame, stream and stream.codec_context):
            if target is not None:
                target.colorspace, target.color_primaries, target.color_trc = 9, 9, 16

    # The tone mapping itself, which takes seconds to set up, has tests of its own in tests/capture.
    monkeypatch.setattr("portrait.capture.pyav_frames._tone_mapping", lambda frame: {})
    hdr, target = (
        make_clip("hdr.mkv", pixel_format="yuv420p10le", sound=None, pts=(0,), prepare=tag),
        tmp_path / "b.mp4",
    )
    assert convert(engine, hdr, target).warnings == ("HDR was tone-mapped to standard range",)
    (frame,) = read_frames(target)
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 13, 1)


def test_odd_sizes_are_kept(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("odd.mkv", size=(49, 65), codec="ffv1", sound=None, pts=(0, 3600))
    report = convert(engine, source, tmp_path / "out.mp4")
    assert (report.width, report.height, report.codec) == (65, 49, "VP9")
    assert [(frame.width, frame.height) for frame in read_frames(tmp_path / "out.mp4")] == [(65, 49)] * 2


def test_frames_without_a_person_are_blurred_whole_and_counted(
    nobody_engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    source, target = make_clip(pts=(0, 3600, 7200), size=(96, 128)), tmp_path / "out.mp4"
    report = convert(nobody_engine, source, target, VideoOptions(BlurOptions(f_number=16.0)))
    assert report.warnings == ("frames in which nobody was found, blurred whole: 3",)
    for before, after in zip(read_frames(source), read_frames(target), strict=True):
        assert detail(after.to_ndarray(format="rgb24")) < 0.4 * detail(before.to_ndarray(format="rgb24"))


def test_another_background_stands_behind_the_person(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    convert(engine, make_clip(pts=(0, 3600)), target, VideoOptions(background=BackgroundChoice.parse("color:#00B140")))
    image = read_frames(target)[1].to_ndarray(format="rgb24")
    np.testing.assert_allclose(image[:8, :8].reshape(-1, 3).astype(int), [[0, 177, 64]] * 64, atol=10)


def test_a_file_that_breaks_off_is_converted_as_far_as_it_goes(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    source = make_clip("clip.mkv", codec="ffv1", sound=None, pts=tuple(SECOND * number // 4 for number in range(20)))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    report = convert(engine, source, tmp_path / "out.mp4")
    assert 0 < report.frames < 20
    assert any("breaks off after" in warning for warning in report.warnings)


def test_a_stop_keeps_whole_segments_and_no_output(engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path) -> None:
    cancel, target = threading.Event(), tmp_path / "out.mp4"
    for event in convert_video(engine, make_clip(), target, OPTIONS, cancel=cancel):
        if event == FrameDone(6):
            cancel.set()
    assert isinstance(event, VideoReport)
    assert (event.status, event.frames) == ("stopped", 4)
    assert not target.exists()
    assert sorted(path.name for path in (tmp_path / ".out.mp4.portrait").iterdir()) == ["000000.mkv", "journal.jsonl"]
