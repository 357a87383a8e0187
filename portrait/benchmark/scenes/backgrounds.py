"""Drawn backgrounds by name, in linear light, with a margin beyond the frame for the blur."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from portrait.benchmark.scenes.drawing import Color, linear
from portrait.benchmark.scenes.hard_textures import draw_blades, draw_lamps, draw_letters, draw_map
from portrait.benchmark.scenes.night import Light, draw_bulbs, draw_city
from portrait.benchmark.scenes.outdoors import draw_autumn, draw_garden, draw_sea, draw_street
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.rooms import draw_bricks, draw_shelves, draw_tiles, draw_window, draw_wood
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import LinearImage

BackgroundKind = Literal[
    "garden",
    "autumn",
    "sea",
    "street",
    "bricks",
    "tiles",
    "wood",
    "shelves",
    "window",
    "map",
    "letters",
    "lamps",
    "blades",
    "city",
    "bulbs",
    "skin",
    "plain",
]

_BY_DAY = {
    "garden": draw_garden,
    "autumn": draw_autumn,
    "sea": draw_sea,
    "street": draw_street,
    "bricks": draw_bricks,
    "tiles": draw_tiles,
    "wood": draw_wood,
    "shelves": draw_shelves,
    "window": draw_window,
    "map": draw_map,
    "letters": draw_letters,
    "lamps": draw_lamps,
    "blades": draw_blades,
}
_BY_NIGHT = {"city": draw_city, "bulbs": draw_bulbs}


def draw_background(
    kind: BackgroundKind, place: Place, color: Color, lights: Sequence[Light], rng: np.random.Generator
) -> LinearImage:
    """Draw a background in linear light, its margin included.

    Parameters
    ----------
    kind
        Name of the background.
    place
        Size of the image and its margin.
    color
        Colour of the wall of ``plain``, an even one, and of ``skin``, one with uneven plaster.
    lights
        Lamps to add to a background at night.

    Returns
    -------
    LinearImage
        float32, the size of ``place``; lights and bright skies are above 1.
    """
    if kind in _BY_NIGHT:
        return _BY_NIGHT[kind](place, lights, rng)
    if kind in _BY_DAY:
        return _BY_DAY[kind](place, rng)
    wall = np.broadcast_to(linear(color), (*place.shape, 3)).astype(np.float32)
    if kind == "skin":
        wall = wall * np.exp(0.05 * fractal_noise(place.shape, rng, 1.2))[..., None]
    return np.asarray(np.clip(wall, 0.0, 1.0), dtype=np.float32)
