"""The image behind the subject of a live view: prepared when it changes, and lit by a room that changes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import Backdrop, Background, Look
from portrait.core.render.picture_backdrop import matching_gain
from portrait.live import LiveProcessor, backdrop
from portrait.live.backdrop import MEASURED_EVERY_FRAMES, LiveBackdrop

NOBODY = np.zeros((48, 64), np.float32)
ROOM = np.full((48, 64, 3), 100, np.uint8)


def look_of(picture: RgbImage, distance_m: float = 2.0, **values: Any) -> Look:
    background = Background("image", picture=picture, backdrop=Backdrop(**values))
    return Look(BlurOptions(1.4, lens=Lens(85.0, distance_m)), background, grain="off")


@pytest.fixture
def picture() -> RgbImage:
    rng = np.random.default_rng(5)
    return rng.integers(60, 200, (96, 160, 3), dtype=np.uint8)


def test_the_image_is_prepared_when_something_changes_and_else_kept(
    picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[tuple[int, int]] = []
    make = backdrop.prepare_picture
    monkeypatch.setattr(backdrop, "prepare_picture", lambda look, *size: prepared.append(size) or make(look, *size))
    live, look = LiveBackdrop(), look_of(picture, distance_m=3.0, scale=2.0)
    blurred = look_of(picture, 2.0, scale=2.0)
    blurred = replace(blurred, background=replace(blurred.background, backdrop=Backdrop(scale=2.0, distance_m=4.0)))
    leant_back = replace(blurred, blur=blurred.blur.focused_at(2.1))
    gone_back = replace(blurred, blur=replace(blurred.blur, lens=Lens(85.0, 4.0)))
    for one in (look, look, blurred, blurred, leant_back, gone_back, gone_back):
        shown = live.prepare(one, ROOM, NOBODY).picture
        assert shown is not None
        assert shown.shape == ROOM.shape
    assert len(prepared) == 3
    live.prepare(gone_back, ROOM[:40], NOBODY[:40])
    live.prepare(look_of(picture[:80]), ROOM[:40], NOBODY[:40])
    assert prepared[3:] == [(40, 64), (40, 64)]


def test_light_follows_the_room_without_a_jump(picture: RgbImage) -> None:
    live, look = LiveBackdrop(), look_of(picture, light="match")
    dim, bright = ROOM, ROOM + np.uint8(40)
    rooms = [dim] * 3 + [bright] * (5 * MEASURED_EVERY_FRAMES)
    shown = [live.prepare(look, room, NOBODY).picture for room in rooms]
    levels = np.array([one.mean() for one in shown if one is not None])
    assert len(levels) == len(rooms)
    assert np.ptp(levels[:3]) == 0.0
    assert np.all(np.diff(levels) >= 0.0)
    whole = levels[-1] - levels[0]
    assert whole > 20.0
    assert np.diff(levels).max() < 0.2 * whole
    plain = live.prepare(look_of(picture), dim, NOBODY).picture
    assert plain is not None
    ratio = float(matching_gain(bright, NOBODY, plain).mean() / matching_gain(dim, NOBODY, plain).mean())
    assert (levels[-1] / levels[0]) ** 2.2 == pytest.approx(ratio, rel=0.15)
    assert live.prepare(look, bright, NOBODY).picture is live.prepare(look, bright, NOBODY).picture


def test_a_session_sets_its_picture_up_as_a_photo_does(scripted_engine: Any, portrait_scene: Any) -> None:
    image = portrait_scene(96, 128)[0]
    look = look_of(image[::-1].copy(), distance_m=1.0, light="match", shadow=0.6, x=0.2, scale=1.7)
    result = LiveProcessor(scripted_engine, look).process(image)
    expected = scripted_engine.render(image, result.matte, look)
    assert np.abs(result.image.astype(int) - expected).mean() < 1.0
