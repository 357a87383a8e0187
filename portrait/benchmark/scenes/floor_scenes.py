"""Synthetic scenes with known depth: a person stands on a floor, with objects behind and in front."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.backgrounds import draw_background
from portrait.benchmark.scenes.drawing import Layer, Points, ellipse, fill_alpha, linear, ribbon, stack
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.reference_lens import crop_margin, disk_weights
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import AlphaMatte, DefocusMap, LinearImage, RgbImage
from portrait.core.color import to_srgb

FloorSceneKind = Literal["street", "pillars", "fence"]
"""``street``: a floor up to the horizon. ``pillars``: a floor up to a brick wall, and pillars before the wall.
``fence``: as ``pillars``, with posts in front of the subject.
"""

_TRUTH_SLICES = 40  # slices of depth in which the floor is blurred
# Rows and columns in shares of the image's height.
_HORIZON, _FEET = 0.16, 0.93  # rows
_WALL = 0.34  # row where the wall meets the floor
_PILLARS = ((0.16, 0.62), (0.66, 0.48))  # column, and row of the foot
_POSTS = ((0.27, -0.55), (0.6, -0.35))  # column, and defocus


@dataclass(frozen=True, slots=True, eq=False)
class FloorScene:
    """An all-in-focus image with the depth of every pixel and the image that a thin lens would record.

    Attributes
    ----------
    radius_px
        Radius of the blur disk at infinity.
    image
        The scene with everything in focus: uint8 (H, W, 3).
    alpha
        Visible part of the subject, less what objects in front occlude: float32 (H, W).
    defocus_map
        Defocus of the nearest object other than the subject: float32 (H, W), −1 … 1.
    truth
        The defocused scene, uint8 (H, W, 3): complete layers, occluded parts included, are blurred in linear light and
        composited from back to front.
    """

    radius_px: float
    image: RgbImage
    alpha: AlphaMatte
    defocus_map: DefocusMap
    truth: RgbImage


@dataclass(frozen=True, slots=True, eq=False)
class _Plane:
    """A fronto-parallel plane: an upright object at one depth, drawn with the margin, and its defocus."""

    layer: Layer
    defocus: float


def make_floor_scene(kind: FloorSceneKind, height: int = 450, radius_px: float = 12.0) -> FloorScene:
    """Render a scene and its reference defocus blur; the result is the same at every run."""
    # Draw the ground and the upright objects, from back to front.
    rng = np.random.default_rng(len(kind))
    place = Place(height, round(0.8 * height), disk_weights(radius_px).shape[0] // 2)
    ground, depth = _draw_ground(place, wall=None if kind == "street" else _WALL, rng=rng)
    behind = [] if kind == "street" else [_draw_pillar(place, column, foot, rng) for column, foot in _PILLARS]
    before = [_draw_post(place, column, defocus, rng) for column, defocus in _POSTS] if kind == "fence" else []
    person = _Plane(_draw_person(place, rng), 0.0)
    planes = [*sorted(behind, key=lambda plane: -plane.defocus), person, *before]
    # Composite the planes over the ground, sharp and blurred; keep the subject's alpha and the visible depth.
    sharp, true = ground, _blur_surface(ground, depth, radius_px)
    alpha = np.zeros(place.shape, np.float32)
    for plane in planes:
        share = plane.layer.alpha[..., None]
        sharp = share * plane.layer.light + (1.0 - share) * sharp
        blurred = _blur(np.dstack([share * plane.layer.light, share]), abs(plane.defocus) * radius_px)
        true = blurred[..., :3] + (1.0 - blurred[..., 3:]) * true
        if plane is person:
            alpha = plane.layer.alpha
        else:
            depth = np.where(plane.layer.alpha > 0.5, np.float32(plane.defocus), depth)
            alpha = alpha * (1.0 - plane.layer.alpha)
    # Cut off the margin, which only supplied light to the blur at the frame's edges.
    parts = [crop_margin(np.asarray(part, np.float32), place.margin) for part in (sharp, alpha, depth, true)]
    return FloorScene(radius_px, to_srgb(parts[0]), parts[1], parts[2], to_srgb(parts[3]))


def _draw_ground(place: Place, wall: float | None, rng: np.random.Generator) -> tuple[LinearImage, DefocusMap]:
    """Draw paving in perspective up to the horizon or a wall, and its defocus map."""
    # Perspective: distance and lateral position on the floor go with 1 / (rows below the horizon).
    x, y = place.grid()
    end = _HORIZON if wall is None else wall
    below = np.maximum(y - _HORIZON, 1e-3)
    far, aside = 0.5 / below, (x - 0.4) / below
    # Texture the paving: stones with darker joints.
    joint = np.minimum(np.abs((far * 3.0) % 1.0 - 0.5), np.abs((aside * 3.0) % 1.0 - 0.5)) * 2.0
    stone = fractal_noise(place.shape, rng, 1.0, coarsest_px=0.05 * place.height)
    tiles = (
        linear((150.0, 142.0, 132.0)) * np.exp(0.25 * stone + 0.5 * np.clip(6.0 * joint - 1.0, -1.0, 0.0))[..., None]
    )
    # Above the floor's end comes the scenery. Defocus is linear in the row on the floor, constant on the wall.
    scenery = draw_background("garden" if wall is None else "bricks", place, (0.0, 0.0, 0.0), (), rng)
    light = np.where((y > end)[..., None], tiles, np.minimum(scenery, 1.0))
    depth = np.clip((_FEET - np.maximum(y, end)) / (_FEET - _HORIZON), -1.0, 1.0)
    return np.clip(light, 0.0, 1.0).astype(np.float32), depth.astype(np.float32)


def _draw_person(place: Place, rng: np.random.Generator) -> Layer:
    """Draw a standing person from head to foot, of simple textured shapes."""
    skin, coat, trousers, shoes = (190, 140, 112), (140, 44, 40), (44, 52, 84), (30, 26, 26)
    legs = [np.array([[side * 0.05, 0.5], [side * 0.06, 0.7], [side * 0.075, 0.9]]) for side in (-1.0, 1.0)]
    arms = [np.array([[side * 0.1, 0.3], [side * 0.15, 0.42], [side * 0.145, 0.55]]) for side in (-1.0, 1.0)]
    feet = [np.array([[side * 0.075, 0.905], [side * 0.1, 0.92]]) for side in (-1.0, 1.0)]
    parts = [
        _textured_layer([ribbon(leg, np.array([0.1, 0.085, 0.06])) for leg in legs], trousers, place, rng),
        _textured_layer([ribbon(foot, np.array([0.045, 0.04])) for foot in feet], shoes, place, rng),
        _textured_layer([ribbon(arm, np.array([0.065, 0.06, 0.045])) for arm in arms], coat, place, rng),
        _textured_layer([ellipse((0.0, 0.41), (0.115, 0.17))], coat, place, rng),
        _textured_layer([ellipse((0.0, 0.18), (0.055, 0.078))], skin, place, rng),
    ]
    return stack(parts)


def _draw_pillar(place: Place, column: float, foot: float, rng: np.random.Generator) -> _Plane:
    """Draw a pillar that stands on the floor at row ``foot``; its width follows the perspective."""
    width = 0.09 * (foot - _HORIZON) / (_FEET - _HORIZON) * 2.0
    outline = _box(column - 0.4 - width / 2, -0.2, column - 0.4 + width / 2, foot)
    layer = _textured_layer([outline], (198, 186, 150), place, rng)
    return _Plane(layer, (_FEET - foot) / (_FEET - _HORIZON))


def _draw_post(place: Place, column: float, defocus: float, rng: np.random.Generator) -> _Plane:
    """Draw a post in front of the subject that leaves the frame at the bottom."""
    outline = _box(column - 0.4 - 0.035, 0.6, column - 0.4 + 0.035, 1.3)
    return _Plane(_textured_layer([outline], (70, 110, 60), place, rng), defocus)


def _textured_layer(
    outlines: list[Points], color: tuple[int, int, int], place: Place, rng: np.random.Generator
) -> Layer:
    """Fill outlines with one textured colour. Coordinates are shares of the height, x from the image's centre."""
    placed = [outline * place.height + (place.margin + 0.4 * place.height, place.margin) for outline in outlines]
    texture = fractal_noise(place.shape, rng, 0.8, coarsest_px=0.04 * place.height)
    light = linear((float(color[0]), float(color[1]), float(color[2]))) * np.exp(0.3 * texture)[..., None]
    return Layer(np.clip(light, 0.0, 1.0).astype(np.float32), fill_alpha(placed, *place.shape))


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _blur_surface(light: LinearImage, depth: DefocusMap, radius_px: float) -> LinearImage:
    """Spatially varying defocus blur of a continuous surface: each point's light is spread by its own disk.

    The surface is split into slices of similar defocus with linear weights; the blurred slices are added up and
    normalised.
    """
    radii = np.linspace(0.0, 1.0, _TRUTH_SLICES)
    total = np.zeros((*light.shape[:2], 4), np.float32)
    for radius in radii:
        share = np.clip(1.0 - np.abs(np.abs(depth) - radius) * (_TRUTH_SLICES - 1), 0.0, 1.0)
        if share.any():
            total += _blur(np.dstack([light * share[..., None], share]).astype(np.float32), float(radius) * radius_px)
    return np.asarray(total[..., :3] / np.maximum(total[..., 3:], 1e-6), dtype=np.float32)


def _blur(channels: NDArray[np.float32], radius_px: float) -> NDArray[np.float32]:
    """Convolve every channel with a disk."""
    weights = disk_weights(radius_px)
    return np.asarray(cv2.filter2D(channels, -1, weights, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
