"""Backgrounds of live pictures: what is seen when the mask is lost."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Background, Look
from portrait.errors import PortraitError
from portrait.live import LiveProcessor
from portrait.live.processor import COVER_RADIUS_FRACTION

GREEN = Background("color", color=(0, 177, 64))
LENS = BlurOptions(blur_radius_fraction=0.05)


def lose_mask(image: RgbImage) -> Any:
    raise RuntimeError("no mask")


def test_a_look_is_rendered(scripted_engine: Any, picture: RgbImage) -> None:
    result = LiveProcessor(scripted_engine, Look(LENS, GREEN, "off")).process(picture)
    room = result.image[result.matte == 0.0]
    np.testing.assert_allclose(room, np.broadcast_to((0, 177, 64), room.shape), atol=1)


def test_without_a_mask_a_background_that_hides_the_room_is_shown_alone(
    scripted_engine: Any, picture: RgbImage
) -> None:
    scripted_engine.replaced_matte = lose_mask
    result = LiveProcessor(scripted_engine, Look(LENS, GREEN, "off")).process(picture)
    np.testing.assert_allclose(result.image, np.broadcast_to((0, 177, 64), picture.shape), atol=1)


def test_without_a_mask_grey_is_no_cover(scripted_engine: Any, picture: RgbImage) -> None:
    scripted_engine.replaced_matte = lose_mask
    result = LiveProcessor(scripted_engine, Look(LENS, Background("mono"), "off")).process(picture)
    nobody = np.zeros(picture.shape[:2], np.float32)
    np.testing.assert_array_equal(result.image, scripted_engine.render_live(picture, nobody, LENS))


def test_transparent_is_refused_at_once_and_later(scripted_engine: Any) -> None:
    transparent = Look(background=Background("transparent"))
    with pytest.raises(PortraitError, match="transparent") as caught:
        LiveProcessor(scripted_engine, transparent)
    assert caught.value.hint
    processor = LiveProcessor(scripted_engine, LENS)
    with pytest.raises(PortraitError, match="transparent"):
        processor.options = transparent
    assert processor.options is LENS


@pytest.mark.parametrize("is_seen", [True, False])
@pytest.mark.parametrize("chosen", [0.0, 0.05])
def test_a_covered_room_is_blurred_as_chosen_or_more(
    scripted_engine: Any, picture: RgbImage, is_seen: bool, chosen: float
) -> None:
    scripted_engine.replaced_matte = None if is_seen else lose_mask
    processor = LiveProcessor(scripted_engine, Look(LENS, GREEN, "off"))
    blur = BlurOptions(blur_radius_fraction=chosen, highlight_boost=1.0)
    processor.cover_room(blur)
    assert processor.options is blur
    result = processor.process(picture)
    wanted = replace(blur, blur_radius_fraction=max(chosen, COVER_RADIUS_FRACTION))
    np.testing.assert_array_equal(result.image, scripted_engine.render_live(picture, result.matte, wanted))


def test_a_cover_ends_with_the_next_look(scripted_engine: Any, picture: RgbImage) -> None:
    processor = LiveProcessor(scripted_engine, LENS)
    processor.cover_room(LENS)
    processor.options = BlurOptions(blur_radius_fraction=0.0)
    np.testing.assert_array_equal(processor.process(picture).image, picture)


def test_a_refused_look_does_not_uncover_the_room(scripted_engine: Any, picture: RgbImage) -> None:
    processor = LiveProcessor(scripted_engine, LENS)
    processor.cover_room(BlurOptions(blur_radius_fraction=0.0))
    covered = processor.process(picture).image
    with pytest.raises(PortraitError):
        processor.options = Look(background=Background("transparent"))
    np.testing.assert_array_equal(processor.process(picture).image, covered)
    assert np.abs(covered.astype(int) - picture).mean() > 1.0
