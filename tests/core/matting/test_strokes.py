"""Strokes as data, and what they cover at any size."""

import math

import numpy as np
import pytest

from portrait.core.boxes import Box
from portrait.core.matting.strokes import PartEdit, Stroke, rasterize

SHAPE = (60, 80)
DIAGONAL_PX = math.hypot(*SHAPE)


def test_a_dot_covers_a_disk_of_its_radius() -> None:
    stroke = Stroke("add", ((0.5, 0.5),), 20 / DIAGONAL_PX, hardness=1.0)
    core = rasterize(stroke, SHAPE, stroke.box(SHAPE)).core
    assert core.sum() == pytest.approx(math.pi * 20**2, rel=0.03)
    assert stroke.box(SHAPE).grown(0, SHAPE) == Box(9, 19, 51, 61)


def test_the_core_of_a_soft_brush_is_smaller_and_its_influence_ends_at_its_radius() -> None:
    soft = Stroke("add", ((0.25, 0.5), (0.75, 0.5)), 12 / DIAGONAL_PX, hardness=0.0)
    covered = rasterize(soft, SHAPE, Box(0, 0, *SHAPE))
    rows = np.abs(np.arange(60) - 30)
    assert (covered.core[rows > 0.35 * 12 + 1, 40] == 0.0).all()
    assert (covered.core[rows < 0.3 * 12 - 1, 40] == 1.0).all()
    assert (covered.share[rows > 13, 40] == 0.0).all()
    assert (covered.share[rows < 9, 40] == 1.0).all()


def test_a_pressed_pen_draws_wider() -> None:
    points = tuple((0.1 + 0.08 * n, 0.5) for n in range(11))
    pressures = tuple(n / 10 for n in range(11))
    stroke = Stroke("add", points, 16 / DIAGONAL_PX, hardness=1.0, pressures=pressures)
    widths = rasterize(stroke, SHAPE, Box(0, 0, *SHAPE)).core.sum(axis=0)
    assert 0.0 < widths[14] < widths[40] < widths[70]
    assert widths[70] == pytest.approx(32, abs=3)


def test_a_stroke_beyond_the_border_covers_what_lies_inside() -> None:
    stroke = Stroke("remove", ((-0.1, 0.5), (0.2, 0.5)), 10 / DIAGONAL_PX, hardness=1.0)
    box = stroke.box(SHAPE)
    assert box.left < 0
    core = rasterize(stroke, SHAPE, box).core
    inside = box.grown(0, SHAPE).within(box)
    assert inside.crop(core)[:, 0].sum() == pytest.approx(20, abs=2)


@pytest.mark.parametrize("part", [Box(10, 20, 30, 40), Box(0, 60, 60, 80), Box(4, 30, 16, 44)])
@pytest.mark.parametrize("hardness", [0.0, 1.0])
def test_what_is_near_a_part_decides_it_to_the_bit(part: Box, hardness: float) -> None:
    x = np.linspace(-0.1, 1.1, 30)
    points = tuple(zip(x.tolist(), (0.5 + 0.45 * np.sin(9.0 * x)).tolist(), strict=True))
    stroke = Stroke("add", points, 5 / DIAGONAL_PX, hardness, tuple((0.5 + 0.5 * np.cos(x)).tolist()))
    whole, near = stroke.box(SHAPE), stroke.box_for(SHAPE, part)
    assert near.area_px < 0.75 * whole.area_px
    once, again = rasterize(stroke, SHAPE, whole), rasterize(stroke, SHAPE, near)
    for name in ("core", "share", "depth"):
        expected = part.within(whole).crop(getattr(once, name))
        np.testing.assert_array_equal(part.within(near).crop(getattr(again, name)), expected)
        assert expected.any()


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "erase"},
        {"points": ()},
        {"points": ((math.nan, 0.0),)},
        {"radius_fraction": 0.0},
        {"hardness": 1.5},
        {"pressures": (0.5, 0.5)},
    ],
)
def test_a_stroke_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    allowed = {"kind": "add", "points": ((0.5, 0.5),), "radius_fraction": 0.1}
    with pytest.raises(ValueError, match=r"must|needs"):
        Stroke(**{**allowed, **values})


def test_a_part_is_filled_or_dropped() -> None:
    with pytest.raises(ValueError, match="must be one of"):
        PartEdit("add", (0.5, 0.5))
