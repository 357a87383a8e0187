"""A video in, its portrait out: what will be made, how far it is, and what went wrong."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from portrait.gui.video.video_page import VideoPage
from portrait.video.convert import FrameDone, VideoReport, convert_video
from portrait.video.options import VideoOptions
from tests.gui.video.conftest import plan, run

pytestmark = pytest.mark.slow

MakeClip = Callable[..., Path]


def test_a_dropped_video_tells_what_will_be_made_of_it(under_test, page: VideoPage, make_clip: MakeClip, drag) -> None:
    clip = make_clip("talk.mp4", sound="aac")
    assert page.body.currentWidget() is page.empty_state
    assert not page.start_button.isEnabled()
    with under_test.qtbot.waitSignal(under_test.shell.bridge.video.frame_made):
        assert drag(page, clip)
    assert page.form.target == clip.with_name("talk-portrait.mp4")
    assert page.job.facts.text() == "96 × 64 · 25 frames a second · 0:00 · 10 frames"
    assert page.job.outcome.text() == "H.264 (x264) · sound copied (aac)"
    assert not page.show_button.isEnabled()
    assert page.start_button.isEnabled()
    assert sorted(clip.parent.glob("talk*")) == [clip], "nothing is written before Start"


def test_a_conversion_makes_the_video_and_counts_its_frames(
    under_test, page: VideoPage, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, shown, opened = make_clip(), [], []
    plan(under_test, page, clip)
    under_test.shell.bridge.video.event_received.connect(lambda event: shown.append(page.job.status.text()))
    monkeypatch.setattr("portrait.gui.widgets.other_programs.QDesktopServices.openUrl", opened.append)
    run(under_test, page)
    assert page.banner.kind == "done"
    assert any(text.startswith("4 of 10 frames") for text in shown)
    assert any("left" in text and "frames a second" in text for text in shown)
    assert page.job.status.text() == "10 frames are done"
    assert page.job.progress.value() == page.job.progress.maximum() == 10
    with av.open(str(page.form.target)) as container:
        assert len(list(container.decode(video=0))) == 10
    page.show_button.click()
    assert opened[0].toLocalFile() == str(clip.parent)
    # Once more: what the app made itself is replaced.
    run(under_test, page)
    assert page.banner.kind == "done"


def test_a_cancelled_conversion_goes_on_where_it_was(under_test, page: VideoPage, make_clip: MakeClip) -> None:
    clip = make_clip(frames=14)
    plan(under_test, page, clip)
    stopping = under_test.shell.bridge.video.event_received.connect(
        lambda event: page.cancel() if event == FrameDone(5) else None
    )
    run(under_test, page)
    under_test.shell.bridge.video.event_received.disconnect(stopping)
    assert page.banner.text.startswith("The conversion was stopped;")
    assert not page.form.target.exists()
    kept = page.job.progress.value()
    assert kept in range(4, 14, 4)
    assert page.form.restart_box.isEnabled()
    # The same video chosen again knows of it.
    with under_test.qtbot.waitSignal(under_test.shell.bridge.video.planned):
        page.set_video(clip)
    assert page.job.status.text().startswith(f"{kept} frames are done already")
    assert page.form.restart_box.isEnabled()
    reports = []
    under_test.shell.bridge.video.event_received.connect(reports.append)
    run(under_test, page)
    assert isinstance(reports[-1], VideoReport)
    assert (reports[-1].resumed, reports[-1].frames) == (kept, 14)


def test_what_cannot_be_is_told_before_the_start(
    under_test, page: VideoPage, make_clip: MakeClip, photo_path: Path
) -> None:
    service = under_test.shell.bridge.video
    for path, words in ((photo_path, "is a picture, not a video"), (photo_path.with_name("none.mp4"), "none.mp4")):
        with under_test.qtbot.waitSignal(service.plan_failed):
            page.set_video(path)
        assert words in page.banner.text
        assert "\n" in page.banner.text, "no hint"
        assert not page.start_button.isEnabled()
    plan(under_test, page, make_clip())
    assert page.banner.kind is None
    theirs = page.form.target.with_name("theirs.mp4")
    theirs.write_bytes(b"theirs")
    with under_test.qtbot.waitSignal(service.plan_failed):
        page.form.target_row.set_path(theirs)
    assert "theirs.mp4" in page.banner.text
    assert not page.start_button.isEnabled()
    with under_test.qtbot.waitSignal(service.planned):
        page.form.target_row.chosen.emit(theirs)  # the dialog has asked whether it may be replaced
    assert page.start_button.isEnabled()


def test_sound_that_mp4_cannot_hold_unchanged_gets_a_name_that_can(
    under_test, page: VideoPage, make_clip: MakeClip
) -> None:
    plan(under_test, page, make_clip("talk.avi", sound="pcm_u8"))
    assert page.form.target.name == "talk-portrait.mkv"
    assert "sound copied (pcm_u8)" in page.job.outcome.text()


def test_the_look_is_shown_before_the_start_and_kept_to_the_end(
    under_test, page: VideoPage, make_clip: MakeClip
) -> None:
    service = under_test.shell.bridge.video
    plan(under_test, page, make_clip())
    shown = []
    service.frame_made.connect(shown.append)
    with under_test.qtbot.waitSignal(service.frame_made):
        under_test.shell.model.set_value("background", "color:#00ff00")
    portrait = shown[-1].portrait.astype(int)
    assert (abs(portrait[:4] - (0, 255, 0)) <= 1).all(), "the room is green"
    assert not (abs(portrait[32, 48] - (0, 255, 0)) <= 8).all(), "the person is not"
    with under_test.qtbot.waitSignal(service.plan_failed):
        under_test.shell.model.set_value("background", "transparent")
    assert "cannot be transparent" in page.banner.text
    assert page.body.currentWidget() is page.job


def test_a_failure_on_the_way_is_told_and_can_be_tried_again(
    under_test, page: VideoPage, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(under_test, page, make_clip())

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("portrait.video.segments.sync_file", fail)
        run(under_test, page)
    assert page.banner.text.startswith("The disk is full")
    assert page.start_button.isEnabled()
    run(under_test, page)
    assert page.banner.kind == "done"


def test_closing_the_window_stops_a_conversion_and_keeps_what_is_done(
    under_test, page: VideoPage, make_clip: MakeClip, engine
) -> None:
    clip = make_clip(frames=40)
    plan(under_test, page, clip)
    target, window = page.form.target, under_test.window
    under_test.shell.bridge.video.event_received.connect(
        lambda event: window.close() if event == FrameDone(6) else None
    )
    page.start()
    assert window.rail.button(3).accessibleName() == "Video, running"
    under_test.wait(lambda: not window.isVisible())
    assert not target.exists()
    options = VideoOptions(under_test.shell.model.settings.blur)
    under_test.shell.bridge.video.stop()
    *_, report = convert_video(engine, clip, target, options)
    assert report.resumed >= 4
