"""What a conversion is going to make is known before, and the still looks as the frames will."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.photo.outputs import Outputs
from portrait.video.convert import FrameDone, convert_video
from portrait.video.options import VideoOptions
from portrait.video.plan import VideoStill, plan_video, propose_targets

from .conftest import SEGMENT_FRAMES

MakeClip = Callable[..., Path]
OPTIONS = VideoOptions(BlurOptions(f_number=1.4))


def test_a_plan_says_what_becomes_of_the_pictures_and_the_sound(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    clip = make_clip("deep.mkv", pixel_format="yuv420p10le", pts=(0, 3600))
    plan = plan_video(engine, clip, tmp_path / "out.mp4", OPTIONS)
    assert (plan.sound, plan.remarks, plan.frames_done) == (("aac",), ("10 bits a channel become 8",), 0)
    assert (plan.facts.width, plan.facts.height) == plan.first_image.shape[1::-1] == (64, 48)
    assert [path.name for path in tmp_path.iterdir()] == ["deep.mkv"]


def test_a_plan_knows_the_frames_of_a_stopped_conversion_of_the_same_look(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    clip, target = make_clip(), tmp_path / "out.mp4"
    for event in convert_video(engine, clip, target, OPTIONS):
        if event == FrameDone(SEGMENT_FRAMES + 1):
            break
    assert plan_video(engine, clip, target, OPTIONS).frames_done == SEGMENT_FRAMES
    assert plan_video(engine, clip, target, VideoOptions(BlurOptions(f_number=8.0))).frames_done == 0


def test_a_still_looks_as_the_frames_of_a_video_in_which_nothing_moves(
    engine: PortraitEngine, make_clip: MakeClip, tmp_path: Path
) -> None:
    clip, target = make_clip(pts=(0,)), tmp_path / "out.mp4"
    still = VideoStill(engine, plan_video(engine, clip, target, OPTIONS)).render(OPTIONS)
    (portrait,) = (event.portrait for event in convert_video(engine, clip, target, OPTIONS) if event == FrameDone(1))
    assert portrait is not None
    assert np.abs(still.astype(int) - portrait).mean() < 1.0


def test_proposed_names_are_free_or_our_own(tmp_path: Path) -> None:
    source = tmp_path / "talk.avi"
    (tmp_path / "talk-portrait.mp4").touch()
    names = [path.name for path in propose_targets(source, Outputs())]
    assert names == ["talk-portrait-2.mp4", "talk-portrait.mkv"]
    assert next(propose_targets(source, Outputs(may_replace=lambda path: True))).name == "talk-portrait.mp4"
