"""Calm over time, and never a sharp room by accident."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import ModelError
from portrait.live import LiveProcessor, live_processor
from portrait.live.processor import COVER_RADIUS_FRACTION

OPTIONS = BlurOptions(blur_radius_fraction=0.05)


def assert_wholly_blurred(image: RgbImage, engine: PortraitEngine, original: RgbImage) -> None:
    nobody = np.zeros(original.shape[:2], np.float32)
    np.testing.assert_array_equal(image, engine.render_live(original, nobody, OPTIONS))
    assert find_detail(image) < 0.5 * find_detail(original)


def find_detail(image: RgbImage) -> float:
    return float(np.square(np.diff(image.astype(np.float32), axis=1)).mean())


def raise_model_error(image: RgbImage) -> Any:
    raise ModelError("the network broke", "choose another")


def find_sliver(image: RgbImage) -> Any:
    matte = np.zeros(image.shape[:2], np.float32)
    matte[0, 0] = 1.0
    return matte


def test_person_stays_sharp_and_the_room_does_not(scripted_engine: Any, picture: RgbImage) -> None:
    result = live_processor(scripted_engine, OPTIONS).process(picture)
    is_person, is_room = result.matte > 0.99, result.matte < 0.01
    change = np.abs(result.image.astype(int) - picture).mean(axis=2)
    assert change[is_person].mean() < 0.5
    assert change[is_room].mean() > 5.0


def test_results_are_numbered_and_timed_by_stage(scripted_engine: Any, picture: RgbImage) -> None:
    processor = live_processor(scripted_engine, OPTIONS)
    results = [processor.process(picture) for _ in range(3)]
    assert [result.generation for result in results] == [1, 2, 3]
    assert list(results[0].timings_ms) == ["matte", "smooth", "render"]
    assert all(value >= 0.0 for value in results[0].timings_ms.values())


MASK_FAILURES: dict[str, Callable[[RgbImage], Any]] = {
    "raises": raise_model_error,
    "not a number": lambda image: np.full(image.shape[:2], np.nan, np.float32),
    "wrong size": lambda image: np.ones((3, 3), np.float32),
    "out of range": lambda image: np.full(image.shape[:2], 1.5, np.float32),
    "wrong type": lambda image: np.ones(image.shape[:2], np.float64),
    "nothing": lambda image: None,
}
NOBODY_FOUND: dict[str, Callable[[RgbImage], Any]] = {
    "empty": lambda image: np.zeros(image.shape[:2], np.float32),
    "a sliver": find_sliver,
}


@pytest.mark.parametrize("find", MASK_FAILURES.values(), ids=MASK_FAILURES.keys())
def test_failed_mask_blurs_the_whole_picture(
    scripted_engine: Any, picture: RgbImage, find: Callable[[RgbImage], Any]
) -> None:
    processor = LiveProcessor(scripted_engine, OPTIONS)
    processor.process(picture)
    scripted_engine.replaced_matte = find
    result = processor.process(picture)
    assert_wholly_blurred(result.image, scripted_engine, picture)
    assert processor.find_matte(picture).error is not None
    assert not result.has_person


@pytest.mark.parametrize("find", NOBODY_FOUND.values(), ids=NOBODY_FOUND.keys())
def test_nobody_found_blurs_the_whole_picture(
    scripted_engine: Any, picture: RgbImage, find: Callable[[RgbImage], Any]
) -> None:
    processor = LiveProcessor(scripted_engine, OPTIONS)
    processor.process(picture)
    scripted_engine.replaced_matte = find
    result = processor.process(picture)
    assert_wholly_blurred(result.image, scripted_engine, picture)
    assert processor.find_matte(picture).error is None, "the network worked"


def test_a_small_aperture_does_not_uncover_the_room(scripted_engine: Any, picture: RgbImage) -> None:
    scripted_engine.replaced_matte = NOBODY_FOUND["empty"]
    sharpest = LiveProcessor(scripted_engine, BlurOptions(blur_radius_fraction=0.0)).process(picture).image
    least = BlurOptions(blur_radius_fraction=COVER_RADIUS_FRACTION)
    nobody = np.zeros(picture.shape[:2], np.float32)
    np.testing.assert_array_equal(sharpest, scripted_engine.render_live(picture, nobody, least))


def test_first_frame_without_a_person_is_blurred_too(scripted_engine: Any, picture: RgbImage) -> None:
    scripted_engine.replaced_matte = NOBODY_FOUND["empty"]
    assert_wholly_blurred(live_processor(scripted_engine, OPTIONS).process(picture).image, scripted_engine, picture)


def test_mask_that_comes_back_is_used_at_once(scripted_engine: Any, picture: RgbImage) -> None:
    processor = LiveProcessor(scripted_engine, OPTIONS)
    wanted = processor.process(picture).matte
    scripted_engine.replaced_matte = raise_model_error
    processor.process(picture)
    scripted_engine.replaced_matte = None
    result = processor.process(picture)
    np.testing.assert_array_equal(result.matte, wanted)
    assert processor.find_matte(picture).error is None


def test_flickering_mask_is_calmed(scripted_engine: Any, picture: RgbImage) -> None:
    rng = np.random.default_rng(2)
    given: list[Any] = []

    def flicker(image: RgbImage) -> Any:
        given.append(np.clip(0.5 + rng.normal(0.0, 0.2, image.shape[:2]), 0.0, 1.0).astype(np.float32))
        return given[-1]

    scripted_engine.replaced_matte = flicker
    processor = LiveProcessor(scripted_engine, OPTIONS)
    shown = [processor.process(picture).matte for _ in range(10)]
    assert np.abs(np.diff(shown[4:], axis=0)).mean() < 0.5 * np.abs(np.diff(given[4:], axis=0)).mean()


def test_reset_forgets_the_frames_before(scripted_engine: Any, picture: RgbImage) -> None:
    processor = LiveProcessor(scripted_engine, OPTIONS)
    processor.process(picture)
    full = np.ones(picture.shape[:2], np.float32)
    scripted_engine.replaced_matte = lambda image: full
    processor.reset()
    np.testing.assert_array_equal(processor.process(picture).matte, full)


def test_options_hold_from_the_next_frame(scripted_engine: Any, picture: RgbImage) -> None:
    processor = live_processor(scripted_engine, OPTIONS)
    blurred = processor.process(picture).image
    processor.options = BlurOptions(blur_radius_fraction=0.0)
    sharp = processor.process(picture).image
    np.testing.assert_array_equal(sharp, picture)
    assert find_detail(blurred) < find_detail(sharp)


def test_failed_rendering_is_the_callers(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **more: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(type(scripted_engine), "render_live", fail)
    with pytest.raises(MemoryError):
        live_processor(scripted_engine, OPTIONS).process(picture)


@pytest.mark.parametrize("find", [raise_model_error, NOBODY_FOUND["empty"]])
def test_who_comes_back_elsewhere_does_not_show_where_they_were(
    scripted_engine: Any, picture: RgbImage, find: Callable[[RgbImage], Any]
) -> None:
    """A still room uncovers nothing of an old matte, once somebody was out of sight."""
    before, after = (np.zeros(picture.shape[:2], np.float32) for _ in range(2))
    before[:, :40], after[:, -40:] = 1.0, 1.0
    processor = LiveProcessor(scripted_engine, OPTIONS)
    for matte in (before, before, None, after):
        scripted_engine.replaced_matte = find if matte is None else (lambda image, matte=matte: matte)
        result = processor.process(picture)
    np.testing.assert_array_equal(result.matte, after)
