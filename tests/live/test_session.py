"""Two threads, one mailbox, and every way to end."""

import threading
from typing import Any

import numpy as np
import pytest

from portrait.capture import CameraLostError, make_source
from portrait.core.arrays import RgbImage
from portrait.core.lens import BlurOptions
from portrait.errors import CameraError, ModelError, PortraitError
from portrait.live import LiveProcessor, LiveSession, RecoveryPolicy

OPTIONS = BlurOptions(blur_radius_fraction=0.05)
PATIENCE_S = 20.0


def make_session(source: Any, engine: Any, listener: Any, attempts: int = 3, interval_s: float = 0.0) -> LiveSession:
    return LiveSession(
        source,
        LiveProcessor(engine, OPTIONS),
        listener.on_result,
        listener.ends.put,
        on_interrupted=listener.interruptions.put,
        recovery=RecoveryPolicy(attempts, interval_s),
    )


@pytest.fixture
def session(source: Any, scripted_engine: Any, listener: Any) -> Any:
    session = make_session(source, scripted_engine, listener)
    yield session
    session.stop()


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


def test_listener_that_raises_costs_one_frame(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage, caplog: pytest.LogCaptureFixture
) -> None:
    has_failed = threading.Event()

    def fail_first(frame: Any) -> None:
        if frame.index == 0:
            has_failed.set()
            raise RuntimeError("listener broke")

    listener.before_result = fail_first
    session.start()
    source.push(picture)
    assert has_failed.wait(PATIENCE_S)
    source.push(picture, None)
    assert listener.wait_for_end() is None
    stats = session.stats()
    assert (stats.frames_shown, stats.frames_failed) == (1, 1)
    assert "listener broke" in caplog.text


def feed(source: Any, listener: Any, picture: RgbImage, count: int) -> None:
    """One at a time, so that none is dropped."""
    for _ in range(count):
        source.push(picture)
        listener.next_result()


def test_ten_failures_in_a_row_end_the_session(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    seen = threading.Semaphore(0)

    def fail(frame: Any) -> None:
        seen.release()
        raise RuntimeError("always")

    listener.before_result = fail
    session.start()
    for _ in range(10):
        source.push(picture)
        assert seen.acquire(timeout=PATIENCE_S)
    error = listener.wait_for_end()
    assert isinstance(error, PortraitError)
    assert "10 frames in a row" in error.message
    assert error.hint
    assert isinstance(error.__cause__, RuntimeError)
    assert session.stats().frames_failed == 10
    assert not source.is_open


def test_good_frame_in_between_starts_the_count_again(
    session: LiveSession, source: Any, scripted_engine: Any, listener: Any, picture: RgbImage
) -> None:
    def fail(image: RgbImage) -> Any:
        raise ModelError("no mask")

    session.start()
    for _ in range(3):
        scripted_engine.replaced_matte = fail
        feed(source, listener, picture, 9)
        scripted_engine.replaced_matte = None
        feed(source, listener, picture, 1)
    source.push(None)
    assert listener.wait_for_end() is None
    stats = session.stats()
    assert (stats.frames_shown, stats.frames_unmasked, stats.frames_failed) == (30, 27, 0)


def test_lasting_mask_failure_shows_blurred_frames_and_then_ends(
    session: LiveSession, source: Any, scripted_engine: Any, listener: Any, picture: RgbImage
) -> None:
    def fail(image: RgbImage) -> Any:
        raise ModelError("the network broke", "choose another model")

    scripted_engine.replaced_matte = fail
    nobody = np.zeros(picture.shape[:2], np.float32)
    wholly_blurred = scripted_engine.render(picture, nobody, OPTIONS)
    session.start()
    for _ in range(10):
        source.push(picture)
        np.testing.assert_array_equal(listener.next_result()[0].image, wholly_blurred)
    error = listener.wait_for_end()
    assert error is not None
    assert "the network broke" in error.message
    assert error.hint == "choose another model"


def test_bug_in_the_matte_step_ends_the_session_with_a_message(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("portrait.live.processor.TemporalSmoother.smooth", fail)
    session.start()
    source.push(picture)
    error = listener.wait_for_end()
    assert error is not None
    assert "a bug" in error.message
    assert not source.is_open


def test_empty_room_is_blurred_for_as_long_as_it_takes(
    session: LiveSession, source: Any, scripted_engine: Any, listener: Any, picture: RgbImage
) -> None:
    scripted_engine.replaced_matte = lambda image: np.zeros(image.shape[:2], np.float32)
    session.start()
    feed(source, listener, picture, 25)
    source.push(None)
    assert listener.wait_for_end() is None
    assert session.stats().frames_unmasked == 25


def test_camera_that_does_not_open_is_told(session: LiveSession, source: Any, listener: Any) -> None:
    source.open_errors.append(CameraError("in use", "close the other program"))
    session.start()
    error = listener.wait_for_end()
    assert isinstance(error, CameraError)
    assert error.hint == "close the other program"
    assert source.times_opened == 1, "only a camera that was lost is tried again"


def test_source_with_a_bug_is_told_and_logged(
    session: LiveSession, source: Any, listener: Any, caplog: pytest.LogCaptureFixture
) -> None:
    source.push(ZeroDivisionError("a bug"))
    session.start()
    error = listener.wait_for_end()
    assert isinstance(error, CameraError)
    assert "a bug" in error.message
    assert "ZeroDivisionError" in caplog.text


def test_lost_camera_is_opened_again_and_goes_on(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    session.start()
    feed(source, listener, picture, 1)
    source.open_errors.append(CameraError("not yet"))
    source.push(CameraLostError("unplugged"), picture)
    _, frame = listener.next_result()
    assert frame.index == 1
    assert source.times_opened == 3
    assert listener.interruptions.get_nowait().message == "unplugged"


def test_camera_that_stays_away_ends_the_session(session: LiveSession, source: Any, listener: Any) -> None:
    session.start()
    source.wait_until_idle()
    source.open_errors.extend(CameraError("still missing") for _ in range(3))
    source.push(CameraLostError("unplugged", "plug it in"))
    error = listener.wait_for_end()
    assert isinstance(error, CameraLostError)
    assert error.hint == "plug it in"
    assert source.times_opened == 4


def test_stop_during_recovery(source: Any, scripted_engine: Any, listener: Any) -> None:
    session = make_session(source, scripted_engine, listener, attempts=1000, interval_s=600.0)
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
    source: Any, scripted_engine: Any, listener: Any, caplog: pytest.LogCaptureFixture
) -> None:
    is_hanging, wakes_up = threading.Event(), threading.Event()

    class HangingSource(type(source)):  # type: ignore[misc]
        def read(self) -> None:
            is_hanging.set()
            assert wakes_up.wait(PATIENCE_S)

    session = make_session(HangingSource(), scripted_engine, listener)
    session.start()
    assert is_hanging.wait(PATIENCE_S)
    session.stop(timeout_s=0.01)
    assert "portrait-capture did not end" in caplog.text
    wakes_up.set()
    session.stop(PATIENCE_S)


def test_end_listener_that_raises_is_logged(
    source: Any, scripted_engine: Any, listener: Any, caplog: pytest.LogCaptureFixture
) -> None:
    was_told = threading.Event()

    def fail(error: object) -> None:
        was_told.set()
        raise RuntimeError("cannot tell")

    session = LiveSession(source, LiveProcessor(scripted_engine, OPTIONS), listener.on_result, fail)
    session.start()
    source.push(None)
    assert was_told.wait(PATIENCE_S)
    session.stop(PATIENCE_S)
    assert "cannot tell" in caplog.text


def test_synthetic_source_runs_through(scripted_engine: Any, listener: Any) -> None:
    session = make_session(make_source("synthetic", width=64, height=48, paced=False), scripted_engine, listener)
    session.start()
    generations = [listener.next_result()[0].generation for _ in range(5)]
    session.stop()
    assert generations == sorted(set(generations)), "in order, and none twice"
    stats = session.stats()
    assert stats.frames_in == stats.frames_shown + stats.frames_dropped + stats.frames_failed


def test_missing_video_is_told(scripted_engine: Any, listener: Any) -> None:
    session = make_session(make_source("no-such-film.mp4"), scripted_engine, listener)
    session.start()
    error = listener.wait_for_end()
    assert isinstance(error, CameraError)
    assert "no-such-film.mp4" in error.message
    session.stop()
