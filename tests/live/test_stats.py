"""What the figures mean."""

import json

import pytest

from portrait.live.stats import RECENT_S, LiveStats, StatsRecorder


def test_nothing_shown_yet_is_all_zero() -> None:
    recorder = StatsRecorder()
    recorder.count_in(1.0)
    assert recorder.to_stats(0) == LiveStats(frames_in=1)
    assert recorder.to_stats(0, RECENT_S).lost_fraction == 0.0


def test_figures_of_a_steady_run() -> None:
    recorder = StatsRecorder()
    for index in range(101):
        latency_s = 0.001 * index
        shown_at_s = 50.0 + index / 25.0
        recorder.count_in(50.0 + index / 30.0)
        timings_ms = {"matte": 10.0 + index, "render": 5.0}
        recorder.count_shown(shown_at_s - latency_s, shown_at_s, timings_ms, is_masked=index != 7)
    recorder.count_failed()
    stats = recorder.to_stats(3)
    assert (stats.frames_in, stats.frames_shown, stats.frames_dropped, stats.frames_failed) == (101, 101, 3, 1)
    assert stats.frames_unmasked == 1
    assert stats.throughput_fps == pytest.approx(25.0)
    assert stats.captured_fps == pytest.approx(30.0)
    assert stats.lost_fraction == pytest.approx(1.0 / 6.0)
    assert stats.latency_ms_p50 == pytest.approx(50.0)
    assert stats.latency_ms_p95 == pytest.approx(95.0)
    assert stats.stage_median_ms == {"matte": 60.0, "render": 5.0}


def test_times_are_of_the_window_and_counts_of_the_whole_run() -> None:
    recorder = StatsRecorder(window_frames=10)
    for index in range(1000):
        latency_s = 9.0 if index < 990 else 0.02
        recorder.count_shown(index - latency_s, float(index), {"render": latency_s}, is_masked=True)
    stats = recorder.to_stats(0)
    assert stats.frames_shown == 1000
    assert stats.latency_ms_p95 == pytest.approx(20.0)
    assert stats.stage_median_ms == {"render": 0.02}


def run_at(recorder: StatsRecorder, start_s: float, seconds: float, shown_fps: float, latency_s: float) -> float:
    """A camera of 30 fps of which so many frames are shown; when it ended."""
    for index in range(round(30.0 * seconds)):
        recorder.count_in(start_s + index / 30.0)
    for index in range(round(shown_fps * seconds)):
        shown_at_s = start_s + index / shown_fps
        recorder.count_shown(shown_at_s - latency_s, shown_at_s, {"matte": 1000.0 * latency_s}, is_masked=True)
    return start_s + seconds


@pytest.mark.parametrize(("before_fps", "after_fps"), [(30.0, 5.0), (5.0, 30.0), (30.0, 30.0)])
def test_recent_figures_are_those_of_the_load_of_now(before_fps: float, after_fps: float) -> None:
    recorder = StatsRecorder()
    changed_at_s = run_at(recorder, 100.0, 15.0, before_fps, 1.0 / before_fps)
    run_at(recorder, changed_at_s, 2.5, after_fps, 1.0 / after_fps)
    stats = recorder.to_stats(0, RECENT_S)
    assert stats.throughput_fps == pytest.approx(after_fps)
    assert stats.latency_ms_p50 == stats.latency_ms_p95 == pytest.approx(1000.0 / after_fps)
    assert stats.stage_median_ms["matte"] == pytest.approx(1000.0 / after_fps)
    assert stats.lost_fraction == pytest.approx(1.0 - after_fps / 30.0, abs=1e-6)
    assert stats.frames_shown == round(15.0 * before_fps) + round(2.5 * after_fps), "counts are of the whole run"


def test_frames_rarer_than_the_window_still_have_a_rate() -> None:
    recorder = StatsRecorder()
    run_at(recorder, 100.0, 60.0, 0.2, 0.5)
    assert recorder.to_stats(0, RECENT_S).throughput_fps == pytest.approx(0.2)


def test_one_frame_has_no_rate() -> None:
    recorder = StatsRecorder()
    recorder.count_shown(1.0, 1.5, {}, is_masked=True)
    assert recorder.to_stats(0).throughput_fps == 0.0


def test_json_has_every_figure() -> None:
    stats = LiveStats(5, 4, 1, 0, 24.5, 31.0, 44.0, {"matte": 12.0})
    assert json.loads(json.dumps(stats.to_json_dict())) == {
        "frames_in": 5,
        "frames_shown": 4,
        "frames_dropped": 1,
        "frames_failed": 0,
        "frames_spared": 0,
        "economy": {"matte_resolution": 1.0, "frame_divisor": 1},
        "frames_unmasked": 0,
        "captured_fps": 0.0,
        "throughput_fps": 24.5,
        "latency_ms_p50": 31.0,
        "latency_ms_p95": 44.0,
        "stage_median_ms": {"matte": 12.0},
    }
