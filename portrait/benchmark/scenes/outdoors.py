"""Outdoor backgrounds by day: leaves, a street, the sea."""

import numpy as np

from portrait.benchmark.scenes.drawing import Color
from portrait.benchmark.scenes.painting import Painting, vary
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import LinearImage

_GREENS: tuple[Color, ...] = ((66, 96, 44), (82, 114, 52), (56, 82, 42), (104, 134, 66), (76, 92, 50))
_AUTUMN: tuple[Color, ...] = ((168, 100, 46), (184, 136, 62), (142, 76, 46), (120, 88, 50), (196, 156, 88))


def draw_garden(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a hedge in the sun, with sky through its gaps."""
    return _draw_leaves(place, rng, _GREENS, (170, 190, 180))


def draw_autumn(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw autumn leaves."""
    return _draw_leaves(place, rng, _AUTUMN, (96, 70, 46))


def draw_street(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw house fronts with windows and awnings, and a pavement."""
    # Houses side by side, to beyond the right margin.
    painting = Painting(place, (188, 206, 224))
    right_end = place.width / place.height + 0.1
    left = -0.1
    while left < right_end:
        right = left + rng.uniform(0.16, 0.3)
        _draw_house(painting, left, right, rng)
        left = right
    # Pavement with joints.
    painting.box(-0.1, 0.86, right_end, 1.1, (140, 135, 128))
    for y in (0.88, 0.93, 1.0):
        painting.box(-0.1, y, right_end, y + 0.004, (116, 112, 108))
    return painting.to_light(rng)


def draw_sea(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw an evening sky with clouds, glittering water and sand, as bands from top to bottom."""
    # Noise for clouds and ripples.
    _, y = place.grid()
    clouds = np.clip(fractal_noise(place.shape, rng, 1.7, stretch=0.2), -2.0, 2.5)[..., None]
    ripples = fractal_noise(place.shape, rng, 0.9, stretch=0.12, coarsest_px=place.px(0.05))[..., None]
    down = np.clip(y, 0.0, 1.0)[..., None]
    # The three bands.
    sky = np.array([0.22, 0.34, 0.58]) * (1.0 - down) + np.array([0.95, 0.62, 0.36]) * down + 0.07 * clouds
    water = np.array([0.10, 0.17, 0.22]) * np.exp(0.55 * ripples) + 0.12 * np.clip(ripples - 1.2, 0.0, None)
    sand = np.array([0.46, 0.36, 0.25]) * np.exp(0.10 * ripples)
    light = np.where(down < 0.52, sky, np.where(down < 0.80 + 0.006 * clouds, water, sand))
    return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def _draw_leaves(place: Place, rng: np.random.Generator, colors: tuple[Color, ...], behind: Color) -> LinearImage:
    """Dead-leaves texture: leaf shapes of power-law size that occlude one another.

    Lee, Mumford & Huang 2001, doi:10.1023/A:1011109015675.
    """
    painting = Painting(place, behind)
    # Sample place and size of every leaf.
    count = 3600
    reach = place.margin / place.height
    x = rng.uniform(-reach, place.width / place.height + reach, count)
    y = rng.uniform(-reach, 1.0 + reach, count)
    length = np.clip(0.012 * rng.pareto(1.8, count) + 0.012, 0.012, 0.12)
    # Paint them one over the other, each rotated at random, in a varied colour.
    t = np.linspace(0.0, 2.0 * np.pi, 14, endpoint=False)
    for leaf in range(count):
        turn = rng.uniform(0.0, 2.0 * np.pi)
        along, across = np.cos(t), 0.42 * np.sin(t) * (1.0 - 0.5 * np.cos(t))
        outline = np.stack(
            [along * np.cos(turn) - across * np.sin(turn), along * np.sin(turn) + across * np.cos(turn)], 1
        )
        color = vary(colors[int(rng.integers(len(colors)))], rng, 0.16, 0.04)
        painting.polygon(np.array([x[leaf], y[leaf]]) + length[leaf] * outline, color)
    return painting.to_light(rng, grain=0.1, shade=0.3)


def _draw_house(painting: Painting, left: float, right: float, rng: np.random.Generator) -> None:
    """Paint a house front: wall, cornice, rows of windows, ground floor and awning."""
    # Wall and cornice.
    front = vary((168, 148, 130), rng, 0.16, 0.08)
    top = rng.uniform(-0.2, 0.22)
    painting.box(left, top, right, 0.88, front)
    painting.box(left - 0.005, top, right + 0.005, top + 0.012, vary(front, rng, 0.5))
    # Windows: frame, glass and bar.
    columns, storey = int(rng.integers(2, 4)), rng.uniform(0.12, 0.16)
    pitch = (right - left) / columns
    glass = vary((96, 106, 114), rng, 0.2)
    for y in np.arange(top + 0.05, 0.62, storey):
        for column in range(columns):
            x = left + (column + 0.25) * pitch
            painting.box(x - 0.006, y - 0.006, x + 0.5 * pitch + 0.006, y + 0.6 * storey + 0.006, (204, 198, 188))
            painting.box(x, y, x + 0.5 * pitch, y + 0.6 * storey, vary(glass, rng, 0.35))
            painting.box(x + 0.245 * pitch, y, x + 0.26 * pitch, y + 0.6 * storey, (196, 192, 184))
    # Shop front with a striped awning.
    painting.box(left + 0.012, 0.70, right - 0.012, 0.88, vary((92, 86, 82), rng, 0.3))
    stripe, bright = (right - left - 0.02) / 9, vary((150, 84, 76), rng, 0.2, 0.25)
    for index in range(9):
        x = left + 0.01 + index * stripe
        painting.box(x, 0.66, x + stripe, 0.715, bright if index % 2 else (206, 198, 188))
