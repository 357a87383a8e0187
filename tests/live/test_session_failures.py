"""What goes wrong while a session runs: the source, the mask, the listener."""

import threading
from typing import Any

import numpy as np
import pytest

from portrait.capture import CameraLostError, make_source
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.errors import CameraError, ModelError, PortraitError
from portrait.live import LiveProcessor, LiveSession

PATIENCE_S = 20.0


def feed(source: Any, listener: Any, picture: RgbImage, count: int) -> None:
    """One at a time, so that none is dropped."""
    for _ in range(count):
        source.push(picture)
        listener.next_result()


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
    wholly_blurred = scripted_engine.render_live(picture, nobody, session.options)
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


def test_a_camera_that_opens_before_it_sends_is_waited_for(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    session.start()
    source.push(CameraLostError("unplugged"), CameraError("sends no pictures"), CameraLostError("gone again"), picture)
    _, frame = listener.next_result()
    assert frame.index == 0
    assert source.times_opened == 4


def test_a_camera_lost_twenty_times_comes_back_twenty_times(
    session: LiveSession, source: Any, listener: Any, picture: RgbImage
) -> None:
    session.start()
    before = threading.active_count()
    for number in range(20):
        feed(source, listener, picture, 1)
        source.open_errors.append(CameraError("not yet"))
        source.push(CameraLostError("unplugged"), picture)
        _, frame = listener.next_result()
        assert frame.index == 2 * number + 1
        assert listener.interruptions.get_nowait().message == "unplugged"
    assert source.times_opened == 41
    assert threading.active_count() == before


def test_end_listener_that_raises_is_logged(
    source: Any, scripted_engine: Any, listener: Any, caplog: pytest.LogCaptureFixture
) -> None:
    was_told = threading.Event()

    def fail(error: object) -> None:
        was_told.set()
        raise RuntimeError("cannot tell")

    session = LiveSession(source, LiveProcessor(scripted_engine, BlurOptions()), listener.on_result, fail)
    session.start()
    source.push(None)
    assert was_told.wait(PATIENCE_S)
    session.stop(PATIENCE_S)
    assert "cannot tell" in caplog.text


def test_missing_video_is_told(make_session: Any, scripted_engine: Any, listener: Any) -> None:
    session = make_session(make_source("no-such-film.mp4"), scripted_engine)
    session.start()
    error = listener.wait_for_end()
    assert isinstance(error, CameraError)
    assert "no-such-film.mp4" in error.message
    session.stop()
