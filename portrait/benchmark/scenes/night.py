"""Backgrounds at night, with high dynamic range: lights far brighter than white."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portrait.benchmark.scenes.drawing import Color, linear
from portrait.benchmark.scenes.outdoors import draw_garden
from portrait.benchmark.scenes.painting import Painting, vary
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import LinearImage

BRIGHTEST = 50.0
"""Radiance of the brightest light, in units of white."""

_WARM: Color = (255.0, 206.0, 140.0)
_LAMPS: tuple[Color, ...] = (
    _WARM,
    (255.0, 236.0, 206.0),
    (255.0, 74.0, 56.0),
    (120.0, 240.0, 190.0),
    (190.0, 214.0, 255.0),
)


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp: a small evenly bright disk.

    Attributes
    ----------
    x_px, y_px, radius_px
        Centre and radius in image pixels.
    radiance
        Radiance of its brightest colour channel, in units of white.
    color
        Hue in sRGB; scaled so that its brightest channel has the radiance.
    """

    x_px: float
    y_px: float
    radius_px: float
    radiance: float
    color: Color = _WARM


def draw_city(place: Place, lights: Sequence[Light], rng: np.random.Generator) -> LinearImage:
    """Draw towers with lit windows under a night sky, street lamps and their reflections on a wet road."""
    # Paint towers and road.
    painting = Painting(place, (14, 17, 30))
    right_end = place.width / place.height + 0.1
    for _ in range(16):
        left, top = rng.uniform(-0.15, right_end), rng.uniform(0.16, 0.5)
        _draw_tower(painting, left, left + rng.uniform(0.09, 0.2), top, rng)
    painting.box(-0.1, 0.80, right_end, 1.1, (20, 20, 24))
    light = painting.to_light(rng, grain=0.1)
    # Add lamps, their reflections, and the lights to be measured.
    lamps = _sample_lamps(place, lights, rng, 70, (0.30, 0.80))
    light += _reflect(place, lamps, rng)
    return add_lights(light, place, [*lamps, *lights])


def draw_bulbs(place: Place, lights: Sequence[Light], rng: np.random.Generator) -> LinearImage:
    """Draw strings of bulbs before dark leaves."""
    # Darken a garden, and hang the bulbs on sagging strings.
    dusk = draw_garden(place, rng) * np.array([0.05, 0.05, 0.10], np.float32)
    lamps = []
    for string in range(4):
        x = np.linspace(-0.1, place.width / place.height + 0.1, 14) + rng.normal(0.0, 0.008, 14)
        sag = 0.27 + 0.16 * string + 0.10 * (x - 0.4) ** 2 + 0.02 * rng.normal()
        lamps += [
            Light(float(place.px(share)), float(place.px(down)), place.px(0.0028), float(rng.uniform(4.0, 20.0)))
            for share, down in zip(x, sag, strict=True)
        ]
    # Composite them, and the lights to be measured.
    return add_lights(dusk, place, [*(lamp for lamp in lamps if _is_clear_of(lamp, lights)), *lights])


def _draw_tower(painting: Painting, left: float, right: float, top: float, rng: np.random.Generator) -> None:
    """Paint a dark tower with a random part of its windows lit."""
    painting.box(left, top, right, 0.82, vary((26, 27, 36), rng, 0.3))
    for y in np.arange(top + 0.015, 0.78, 0.024):
        for x in np.arange(left + 0.008, right - 0.012, 0.016):
            if rng.uniform() < 0.22:
                painting.box(x, y, x + 0.009, y + 0.014, vary((204, 162, 104), rng, 0.3, 0.05))


def _sample_lamps(
    place: Place, lights: Sequence[Light], rng: np.random.Generator, count: int, rows: tuple[float, float]
) -> list[Light]:
    """Sample ``count`` lamps between two rows, of Pareto-distributed radiance; none near the measured lights."""
    lamps = []
    for _ in range(count):
        radiance = float(np.clip(2.0 * (1.0 + rng.pareto(0.9)), 2.0, BRIGHTEST))
        x, y = rng.uniform(-0.05, place.width / place.height + 0.05), rng.uniform(*rows)
        radius_px = place.px(float(rng.uniform(0.0012, 0.005)))
        color = _LAMPS[int(rng.choice(5, p=[0.4, 0.25, 0.15, 0.1, 0.1]))]
        lamps.append(Light(float(place.px(x)), float(place.px(y)), radius_px, radiance, color))
    return [lamp for lamp in lamps if _is_clear_of(lamp, lights)]


def _is_clear_of(lamp: Light, lights: Sequence[Light]) -> bool:
    """Whether a lamp is so far from the measured lights that their blur disks do not overlap."""
    return all(np.hypot(lamp.x_px - light.x_px, lamp.y_px - light.y_px) > 18.0 * light.radius_px for light in lights)


def _reflect(place: Place, lamps: Sequence[Light], rng: np.random.Generator) -> LinearImage:
    """Light of the lamps' reflections: vertical streaks on the road, broken by ripples and fading downwards."""
    x, y = place.grid()
    ripples = np.exp(0.7 * fractal_noise(place.shape, rng, 0.8, stretch=0.1, coarsest_px=place.px(0.03)))
    fade = np.where(y > 0.80, np.exp(-(y - 0.80) / 0.12), 0.0)
    streaks = np.zeros((place.shape[1], 3), np.float32)
    for lamp in lamps:
        streak = np.exp(-(((x[0] - lamp.x_px / place.height) / 0.006) ** 2))
        streaks += 0.004 * lamp.radiance * streak[:, None] * linear(lamp.color)
    return np.asarray((fade * ripples)[..., None] * streaks, dtype=np.float32)


def add_lights(light: LinearImage, place: Place, lamps: Sequence[Light]) -> LinearImage:
    """Composite anti-aliased lamps over a background: they occlude it, their light is not added to its own."""
    lit = light.copy()
    y, x = np.mgrid[0 : place.shape[0], 0 : place.shape[1]].astype(np.float32)
    for lamp in lamps:
        # Only the pixels around the lamp change.
        center_x, center_y = lamp.x_px + place.margin, lamp.y_px + place.margin
        reach = int(np.ceil(lamp.radius_px + 2.0))
        rows = slice(max(0, int(center_y) - reach), max(0, int(center_y) + reach + 2))
        columns = slice(max(0, int(center_x) - reach), max(0, int(center_x) + reach + 2))
        distance = np.hypot(x[rows, columns] - center_x, y[rows, columns] - center_y)
        # Coverage falls linearly over the pixel at the disk's edge.
        covered = np.clip(lamp.radius_px + 0.5 - distance, 0.0, 1.0)[..., None]
        color = linear(lamp.color)
        lit[rows, columns] = covered * lamp.radiance * color / color.max() + (1.0 - covered) * lit[rows, columns]
    return lit
