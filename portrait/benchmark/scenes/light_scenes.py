"""Scenes for the highlights: lamps that shall become bright disks, and sunlit leaves that shall not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from portrait.benchmark.scenes.night import Light, add_lights
from portrait.benchmark.scenes.outdoors import draw_garden
from portrait.benchmark.scenes.place import Place
from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_srgb

_RADIUS_SHARE = 0.025  # of the blur disk, of the height
_ASPECT = 1.25


@dataclass(frozen=True, slots=True, eq=False)
class LightScene:
    """An image of a grey figure before lights.

    Attributes
    ----------
    name
        Of the background.
    image, alpha
        uint8 (H, W, 3) and float32 (H, W).
    radius_px
        Radius of the blur disk.
    """

    name: str
    image: RgbImage
    alpha: AlphaMatte
    radius_px: float


def make_light_scene(name: str, height: int) -> LightScene:
    """Draw one of the scenes of `LIGHT_SCENES` in this height; the same at every run."""
    place = Place(height, round(_ASPECT * height), 0)
    light = _DRAWERS[name](place, np.random.default_rng(15))
    alpha = np.zeros(place.shape, np.float32)
    middle, axes = (place.width // 2, round(0.75 * height)), (round(0.16 * height), round(0.45 * height))
    cv2.ellipse(alpha, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    alpha = np.clip(alpha, 0.0, 1.0)
    share = alpha[..., None]
    image = to_srgb(np.asarray(share * np.float32(0.15) + (1.0 - share) * np.minimum(light, 1.0), np.float32))
    return LightScene(name, image, alpha, _RADIUS_SHARE * height)


def _draw_street_lamps(place: Place, rng: np.random.Generator) -> LinearImage:
    """A dark road with a row of lamps, from half to one and a half times as large as their blur disks."""
    light = _dusk(place, (0.012, 0.014, 0.022))
    lamps = [
        Light(place.px(x), place.px(0.3 - 0.1 * size), place.px(_RADIUS_SHARE * size), 20.0)
        for x, size in ((0.1, 1.5), (0.28, 1.0), (0.4, 0.7), (0.48, 0.5), (0.85, 1.0), (1.12, 1.4))
    ]
    return add_lights(light, place, lamps)


def _draw_stage_lights(place: Place, rng: np.random.Generator) -> LinearImage:
    """Spotlights of a stage in their haze."""
    light = _dusk(place, (0.02, 0.012, 0.03))
    lamps = [
        Light(place.px(x), place.px(y), place.px(1.3 * _RADIUS_SHARE), 30.0, color)
        for x, y, color in (
            (0.15, 0.15, (255.0, 230.0, 200.0)),
            (0.45, 0.12, (190.0, 200.0, 255.0)),
            (0.95, 0.15, (255.0, 236.0, 206.0)),
            (1.15, 0.4, (255.0, 206.0, 140.0)),
        )
    ]
    y, x = np.mgrid[0 : place.height, 0 : place.width].astype(np.float32)
    for lamp in lamps:
        distance = np.hypot(x - lamp.x_px, y - lamp.y_px) / lamp.radius_px
        light += (0.25 * np.exp(-distance / 2.0))[..., None].astype(np.float32)
    return add_lights(light, place, lamps)


def _draw_sunlit_leaves(place: Place, rng: np.random.Generator) -> LinearImage:
    """A hedge in full sun, some of whose leaves and gaps are clipped."""
    light = 1.8 * draw_garden(place, rng)
    glints = rng.random((place.height // 4, place.width // 4)) < 0.02
    large = cv2.resize(glints.astype(np.float32), (place.width, place.height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(light + 4.0 * large[..., None], np.float32)


def _dusk(place: Place, color: tuple[float, float, float]) -> LinearImage:
    return np.tile(np.array(color, np.float32), (place.height, place.width, 1))


_DRAWERS: Mapping[str, Callable[[Place, np.random.Generator], LinearImage]] = {
    "street lamps": _draw_street_lamps,
    "stage lights": _draw_stage_lights,
    "sunlit leaves": _draw_sunlit_leaves,
}

LIGHT_SCENES = tuple(_DRAWERS)
"""Names of the scenes."""
