"""Frames in, portraits out, and how a session is stopped."""

import threading
from typing import Any

import numpy as np
import pytest

from portrait.capture import CameraLostError, make_source
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.live import LiveSession

PATIENCE_S = 20.0


def test_every_frame_becomes_a_portrait(session: LiveSession, source: Any, listener: Any, picture: RgbImage) -> None:
    session.start()
    for index in range(3):
        source.push(picture)
        result, frame = listener.next_result()
        assert frame.index == index
        assert result.has_person
        assert result.image.shape == picture.shape
    session.stop()
    stats = session.stats()
    assert (stats.frames_in, stats.frames_shown, stats.frames_dropped, stats.frames_failed) == (3, 3, 0, 0)
    assert stats.latency_ms_p95 >= stats.latency_ms_p50 > 0.0
    assert set(stats.stage_median_ms) == {"matte", "smooth", "render"}


def test_source_that_ends_is_told_once_and_closed(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    session.start()
    source.push(picture, None)
    assert listener.wait_for_end() is None
    assert not source.is_open
    assert listener.results.qsize() == 1, "the last frame is not lost"
    session.stop()
    assert listener.ends.empty()


def test_slow_engine_gets_the_newest_frame_and_drops_are_counted(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    is_busy, may_go_on = threading.Event(), threading.Event()

    def block(frame: Any) -> None:
        is_busy.set()
        assert may_go_on.wait(PATIENCE_S)

    listener.before_result = block
    session.start()
    source.push(picture)
    assert is_busy.wait(PATIENCE_S)
    source.push(*[picture] * 4)
    source.wait_until_idle()
    source.push(None)
    may_go_on.set()
    assert listener.wait_for_end() is None
    assert [listener.next_result()[1].index for _ in range(2)] == [0, 4]
    stats = session.stats()
    assert (stats.frames_in, stats.frames_shown, stats.frames_dropped) == (5, 2, 3)


def test_options_change_while_running(session: LiveSession, source: Any, listener: Any, picture: RgbImage) -> None:
    session.start()
    source.push(picture)
    blurred, _ = listener.next_result()
    session.options = BlurOptions(blur_radius_fraction=0.0)
    source.push(picture)
    sharp, _ = listener.next_result()
    np.testing.assert_array_equal(sharp.image, picture)
    assert (blurred.image != picture).any()
    assert session.options.blur_radius_fraction == 0.0


def test_stop_during_recovery(make_session: Any, source: Any, scripted_engine: Any, listener: Any) -> None:
    session = make_session(source, scripted_engine, attempts=1000, interval_s=600.0)
    session.start()
    source.push(CameraLostError("unplugged"))
    listener.interruptions.get(timeout=PATIENCE_S)
    session.stop()
    assert listener.ends.empty()


def test_stop_while_a_read_waits_ends_both_threads(session: LiveSession, source: Any, listener: Any) -> None:
    session.start()
    source.wait_until_idle()
    session.stop()
    session.stop()
    assert not source.is_open
    assert listener.ends.empty(), "who stops a session knows that it ended"


def test_frames_left_over_at_a_stop_are_counted(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    is_busy, may_go_on = threading.Event(), threading.Event()

    def block(frame: Any) -> None:
        is_busy.set()
        assert may_go_on.wait(PATIENCE_S)

    listener.before_result = block
    session.start()
    source.push(picture)
    assert is_busy.wait(PATIENCE_S)
    source.push(picture)
    source.wait_until_idle()
    session.stop(timeout_s=0.0)
    may_go_on.set()
    session.stop(PATIENCE_S)
    stats = session.stats()
    assert (stats.frames_in, stats.frames_shown, stats.frames_dropped) == (2, 1, 1)


def test_stop_from_a_listener_does_not_wait_for_itself(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    listener.before_result = lambda frame: session.stop()
    session.start()
    source.push(picture)
    listener.next_result()
    session.stop()
    assert not source.is_open


def test_stop_before_start_does_nothing_and_start_then_opens_no_camera(
    session: LiveSession, source: Any, listener: Any
) -> None:
    session.stop()
    session.start()
    session.stop()
    assert source.times_opened == 0


def test_session_runs_once(session: LiveSession, source: Any) -> None:
    session.start()
    session.stop()
    with pytest.raises(RuntimeError):
        session.start()


def test_driver_that_hangs_does_not_hang_the_stop(
    make_session: Any, source: Any, scripted_engine: Any, listener: Any, caplog: pytest.LogCaptureFixture
) -> None:
    is_hanging, wakes_up = threading.Event(), threading.Event()

    class HangingSource(type(source)):  # type: ignore[misc]
        def read(self) -> None:
            is_hanging.set()
            assert wakes_up.wait(PATIENCE_S)

    session = make_session(HangingSource(), scripted_engine)
    session.start()
    assert is_hanging.wait(PATIENCE_S)
    session.stop(timeout_s=0.01)
    assert "portrait-capture did not end" in caplog.text
    wakes_up.set()
    session.stop(PATIENCE_S)


def test_synthetic_source_runs_through(make_session: Any, scripted_engine: Any, listener: Any) -> None:
    session = make_session(make_source("synthetic", width=64, height=48, paced=False), scripted_engine)
    session.start()
    generations = [listener.next_result()[0].generation for _ in range(5)]
    session.stop()
    assert generations == sorted(set(generations)), "in order, and none twice"
    stats = session.stats()
    assert stats.frames_in == stats.frames_shown + stats.frames_dropped + stats.frames_failed
