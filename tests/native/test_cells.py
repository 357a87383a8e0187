"""Cells: what the native passes leave out because it is all background or all subject comes to the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.guided_filter import apply_coefficients
from portrait.core.matting.matte_memory import MatteMemory
from portrait.core.matting.temporal import Motion, TemporalSmoother, find_thumbnail, follow, measure_motion
from portrait.core.render.live import render_live
from portrait.native.cells import CelledMatte
from portrait.native.shared_library import without_library
from tests.native.test_agreement import FEW, LOOKS, SEEDS, SIDES, assert_followed_alike, draw_scene

CELL_PX = 8


def kinds_of(alpha: AlphaMatte) -> NDArray[np.uint8]:
    """The kinds of a matte's cells, one by one."""
    rows, columns = range(0, alpha.shape[0], CELL_PX), range(0, alpha.shape[1], CELL_PX)
    cells = [[alpha[y : y + CELL_PX, x : x + CELL_PX] for x in columns] for y in rows]
    return np.array([[1 if not c.any() else 2 if (c == 1.0).all() else 4 for c in row] for row in cells], np.uint8)


def draw_frame(height: int, width: int, factor: int, seed: int) -> tuple[RgbImage, NDArray[np.float32]]:
    """An image, and coefficients of large areas of background and of subject, with slopes here and there."""
    rng = np.random.default_rng(seed)
    image, alpha = draw_scene(height, width, seed)
    coefficients = np.zeros((4, -(-height // factor), -(-width // factor)), np.float32)
    coefficients[3] = 1.4 * alpha[::factor, ::factor] - 0.2
    is_sloping = rng.random(coefficients.shape[1:]) < 0.05
    coefficients[:3, is_sloping] = rng.normal(0.0, 0.5, (3, int(is_sloping.sum())))
    return image, coefficients


@FEW
@given(SIDES, SIDES, SEEDS)
def test_cells_are_classified(height: int, width: int, seed: int) -> None:
    _, alpha = draw_scene(height, width, seed)
    np.testing.assert_array_equal(CelledMatte.of(alpha).cells, kinds_of(alpha))


@FEW
@given(SIDES, SIDES, st.integers(1, 9), SEEDS)
def test_coefficients_are_followed_alike_from_frame_to_frame(height: int, width: int, factor: int, seed: int) -> None:
    """Only the last matte is held, so that the memory of the others is written again."""
    smoother = TemporalSmoother()
    for index in range(5):
        image, coefficients = draw_frame(height, width, factor, seed + index % 3)
        thumbnail, before, last = find_thumbnail(image), smoother._smoothed, smoother._thumbnail
        with without_library():
            alpha = apply_coefficients(coefficients, image)
            motion = None if last is None else measure_motion(last, thumbnail)
            is_followed = before is not None and motion is not None and motion.mean() <= 0.7
            expected = follow(before, alpha, motion) if is_followed else alpha
        shown = smoother.refine(image, coefficients, thumbnail)
        assert_followed_alike(shown, expected)
        if smoother.celled is not None:
            np.testing.assert_array_equal(smoother.celled.cells, kinds_of(shown))


def test_motion_that_is_known_is_not_measured_again() -> None:
    image, coefficients = draw_frame(64, 96, 8, 3)
    known, unknown = TemporalSmoother(), TemporalSmoother()
    thumbnail = find_thumbnail(image)
    for smoother in (known, unknown):
        smoother.refine(image, coefficients, thumbnail)
    nothing_moved = np.zeros(thumbnail.shape[:2], np.float32)
    another, other = draw_frame(64, 96, 8, 4)
    held = known.refine(another, other, find_thumbnail(another), Motion(thumbnail, nothing_moved))
    taken = unknown.refine(another, other, find_thumbnail(another), Motion(thumbnail.copy(), nothing_moved))
    assert np.abs(held - taken).max() > 0.1  # the second motion is since another frame


def test_a_matte_that_is_held_is_left_alone() -> None:
    memory = MatteMemory()
    first = memory.take((20, 30))
    first.alpha[:] = 0.5
    part, address = first.alpha[3:9, 4:7], first.alpha.__array_interface__["data"]
    del first
    assert memory.take((20, 30)).alpha.__array_interface__["data"] != address
    assert (part == 0.5).all()
    del part
    again = {memory.take((20, 30)).alpha.__array_interface__["data"] for _ in range(3)}
    assert address in again


def test_a_matte_of_another_size_has_memory_of_its_own() -> None:
    memory = MatteMemory()
    memory.take((20, 30)).alpha[:] = 1.0
    other = memory.take((30, 20))
    assert other.alpha.shape == (30, 20)
    assert not other.cells.any()  # what it holds is unknown


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_known_cells_change_nothing(look: object) -> None:
    image, alpha = draw_scene(61, 93, seed=8)
    expected = render_live(image, alpha, look)  # type: ignore[arg-type]
    np.testing.assert_array_equal(render_live(image, alpha, look, celled=CelledMatte.of(alpha)), expected)  # type: ignore[arg-type]
    of_another = CelledMatte.of(np.zeros_like(alpha))
    np.testing.assert_array_equal(render_live(image, alpha, look, celled=of_another), expected)  # type: ignore[arg-type]
