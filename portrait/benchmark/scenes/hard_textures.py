"""Backgrounds of fine, high-contrast detail, which a matte takes for hair: a map, chalk letters, lamps, leaves."""

import numpy as np

from portrait.benchmark.scenes.drawing import Color, ellipse, ribbon, smooth_curve
from portrait.benchmark.scenes.painting import Painting, vary
from portrait.benchmark.scenes.place import Place
from portrait.core.arrays import LinearImage

_INK: tuple[Color, ...] = ((46, 42, 40), (150, 54, 44), (60, 86, 130), (96, 70, 48))
_LANDS: tuple[Color, ...] = ((232, 224, 200), (214, 224, 190), (236, 214, 196), (206, 218, 226))
_BLADES: tuple[Color, ...] = ((40, 60, 30), (96, 130, 60), (150, 176, 96), (66, 92, 44))


def draw_map(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a wall map: pale lands, thin roads and rivers, and names in small print."""
    painting = Painting(place, _LANDS[0])
    right_end = place.width / place.height + 0.1
    for _ in range(40):
        center = rng.uniform((-0.1, -0.1), (right_end, 1.1))
        outline = center + rng.uniform(0.08, 0.2) * rng.uniform(0.6, 1.4, (9, 1)) * ellipse((0.0, 0.0), (1.0, 1.0), 9)
        painting.polygon(smooth_curve(outline, closed=True), _LANDS[int(rng.integers(4))])
    for _ in range(90):
        _draw_line(painting, rng.uniform((-0.1, -0.1), (right_end, 1.1)), _INK[int(rng.integers(4))], rng)
    for _ in range(160):
        _draw_word(painting, rng.uniform((-0.1, -0.1), (right_end, 1.1)), 0.012, 0.0018, _INK[0], rng)
    return painting.to_light(rng, grain=0.03, shade=0.05)


def draw_letters(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a blackboard full of chalk letters."""
    painting = Painting(place, (44, 58, 52))
    for y in np.arange(-0.08, 1.1, 0.062):
        x = -0.1 + rng.uniform(0.0, 0.04)
        while x < place.width / place.height + 0.1:
            x += 0.03 + _draw_word(painting, np.array([x, y]), 0.036, 0.0045, vary((226, 226, 216), rng, 0.08), rng)
    return painting.to_light(rng, grain=0.08)


def draw_lamps(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a dim wall with small lamps on dark cables; none of them is brighter than white."""
    painting = Painting(place, (92, 84, 76))
    right_end = place.width / place.height + 0.1
    for y in np.arange(-0.06, 1.1, 0.075):
        sag = rng.uniform(0.01, 0.03)
        x = np.linspace(-0.1, right_end, 60)
        cable = np.stack([x, y + sag * np.sin(9.0 * x + rng.uniform(0.0, 6.0))], axis=1)
        painting.polygon(ribbon(cable, np.full(60, 0.004)), (26, 24, 24))
        for at in range(int(rng.integers(0, 3)), 60, 3):
            radius = rng.uniform(0.004, 0.008)
            below = (float(cable[at, 0]), float(cable[at, 1]) + radius)
            painting.polygon(ellipse(below, (radius, 1.2 * radius), 20), vary((250, 226, 170), rng, 0.04))
    return painting.to_light(rng, grain=0.05)


def draw_blades(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw bamboo leaves: long thin blades in light and shadow, as thin as locks of hair."""
    painting = Painting(place, (28, 38, 24))
    right_end = place.width / place.height + 0.1
    for _ in range(1500):
        start, turn = rng.uniform((-0.1, -0.1), (right_end, 1.1)), rng.normal(1.2, 0.7)
        along = np.linspace(0.0, rng.uniform(0.05, 0.13), 6)
        bend = rng.normal(0.0, 2.0)
        points = start + np.stack([along * np.cos(turn + bend * along), along * np.sin(turn + bend * along)], axis=1)
        widths = rng.uniform(0.004, 0.011) * np.array([0.3, 1.0, 0.9, 0.7, 0.4, 0.1])
        painting.polygon(ribbon(points, widths), vary(_BLADES[int(rng.integers(4))], rng, 0.15, 0.04))
    return painting.to_light(rng, grain=0.08)


def _draw_line(painting: Painting, start: np.ndarray, color: Color, rng: np.random.Generator) -> None:
    """Paint a road: a thin winding line."""
    turns = rng.uniform(0.0, 2.0 * np.pi) + np.cumsum(rng.normal(0.0, 0.5, 8))
    steps = 0.06 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = smooth_curve(start + np.cumsum(steps, axis=0))
    painting.polygon(ribbon(points, np.full(len(points), rng.uniform(0.0018, 0.004))), color)


def _draw_word(
    painting: Painting, start: np.ndarray, size: float, width: float, color: Color, rng: np.random.Generator
) -> float:
    """Paint a word of letters of two or three strokes each, and return its length."""
    letters = int(rng.integers(3, 8))
    for letter in range(letters):
        corner = start + np.array([letter * 0.7 * size, 0.0])
        for _ in range(int(rng.integers(2, 4))):
            corners = corner + size * rng.uniform((0.0, 0.0), (0.55, 1.0), (3, 2))
            points = smooth_curve(corners, steps=6)
            painting.polygon(ribbon(points, np.full(len(points), width)), color)
    return 0.7 * letters * size
