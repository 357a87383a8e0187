"""Backgrounds of live pictures: what is seen when the mask is lost."""

from typing import Any

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens import BlurOptions
from portrait.core.look import Background, Look
from portrait.errors import PortraitError
from portrait.live import LiveProcessor

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
