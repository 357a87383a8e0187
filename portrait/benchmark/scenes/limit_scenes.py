"""Drawn scenes of what the networks are known to get wrong, one of each kind, with exact alpha."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from portrait.benchmark.scenes.backgrounds import BackgroundKind, draw_background
from portrait.benchmark.scenes.cast import CAST
from portrait.benchmark.scenes.drawing import Canvas, Color, Layer, Points, ellipse, fill_alpha, ribbon, smooth_curve
from portrait.benchmark.scenes.materials import cloth, relief
from portrait.benchmark.scenes.people import draw_person, pose_of
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.pose import Pose
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_srgb

_ASPECT = 0.8
_STANDING = replace(CAST["cropped hair"], arms=("down", "down"), head_px_share=0.085, y_share=0.2)
_VEIL_ALPHA = 0.4
_BLACK: Color = (26.0, 24.0, 24.0)
_LEATHER: Color = (122.0, 70.0, 40.0)


@dataclass(frozen=True, slots=True, eq=False)
class LimitScene:
    """An image and its truth.

    Attributes
    ----------
    image
        uint8 (H, W, 3) sRGB.
    alpha
        Visible part of who should stay sharp, with what they wear and carry: float32 (H, W).
    """

    image: RgbImage
    alpha: AlphaMatte


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A layer, and whether it belongs to who should stay sharp."""

    layer: Layer
    is_subject: bool = True


@dataclass(frozen=True, slots=True)
class _Kind:
    """A background and what is drawn before it, from back to front; ``wall`` is the colour of a plain background."""

    background: BackgroundKind
    draw: Callable[[Place, np.random.Generator], list[_Part]]
    wall: Color = (176.0, 180.0, 172.0)


def draw_limit_scene(kind: str, height: int = 480) -> LimitScene:
    """Draw one of `LIMIT_KINDS`, ``height`` pixels high; the same at every run.

    Raises
    ------
    KeyError
        No such kind.
    """
    chosen = LIMIT_KINDS[kind]
    rng = np.random.default_rng(np.random.SeedSequence((20, list(LIMIT_KINDS).index(kind))))
    place = Place(height, round(_ASPECT * height), 0)
    light = np.minimum(draw_background(chosen.background, place, chosen.wall, (), rng), 1.0)
    alpha = np.zeros(place.shape, np.float32)
    for part in chosen.draw(place, rng):
        share = part.layer.alpha
        light = share[..., None] * part.layer.light + (1.0 - share[..., None]) * light
        alpha = share * part.is_subject + (1.0 - share) * alpha
    return LimitScene(to_srgb(np.asarray(light, np.float32)), np.asarray(alpha, np.float32))


def _draw_small(place: Place, rng: np.random.Generator) -> list[_Part]:
    """Five people far away, 17 to 60 pixels high in an image of 480."""
    sizes_and_places = (
        (0.0035, -0.3, 0.6),
        (0.0055, -0.2, 0.61),
        (0.0075, -0.07, 0.62),
        (0.01, 0.1, 0.6),
        (0.013, 0.28, 0.6),
    )
    people = [
        replace(_STANDING, hair=None, head_px_share=size, x_share=x, y_share=y, shirt_color=color)
        for (size, x, y), color in zip(
            sizes_and_places,
            ((150.0, 60.0, 50.0), (60.0, 80.0, 130.0), (40.0, 40.0, 44.0), (200.0, 170.0, 70.0), (80.0, 110.0, 80.0)),
            strict=True,
        )
    ]
    return [_Part(draw_person(person, place.shape, rng)) for person in people]


def _draw_in_front(place: Place, rng: np.random.Generator) -> list[_Part]:
    """Somebody behind a fence: three rails and seven posts."""
    canvas = Canvas(*place.shape)
    for y in (0.5, 0.7, 0.9):
        canvas.fill(_stroke(place, ((-0.05, y), (0.85, y)), 0.022), (112.0, 92.0, 70.0))
    for x in np.arange(0.05, 0.8, 0.115):
        canvas.fill(_stroke(place, ((x, 0.44), (x, 1.05)), 0.03), (134.0, 112.0, 86.0))
    return [_Part(draw_person(_STANDING, place.shape, rng)), _Part(canvas.to_layer(), is_subject=False)]


def _draw_bystanders(place: Place, rng: np.random.Generator) -> list[_Part]:
    """Somebody in front, and two people a little behind, who should be blurred."""
    behind = (
        replace(CAST["straight hair"], arms=("down", "down"), head_px_share=0.062, x_share=0.27, y_share=0.3),
        replace(CAST["bob"], arms=("down", "down"), head_px_share=0.058, x_share=-0.3, y_share=0.31),
    )
    before = replace(CAST["cropped hair"], head_px_share=0.12, y_share=0.32)
    parts = [_Part(draw_person(person, place.shape, rng), is_subject=False) for person in behind]
    return [*parts, _Part(draw_person(before, place.shape, rng))]


def _draw_curls(place: Place, rng: np.random.Generator) -> list[_Part]:
    """Grey curls as bright and as fine as the grain of the wood behind them."""
    return [_Part(draw_person(CAST["grey curls"], place.shape, rng))]


def _draw_hat_and_bag(place: Place, rng: np.random.Generator) -> list[_Part]:
    """A hat with a wide brim, a backpack's worth of a bag at the hip, and its strap across the chest."""
    person = replace(CAST["straight hair"], arms=("down", "down"), head_px_share=0.085, y_share=0.22)
    pose = pose_of(person, place.shape)
    hat = [
        ellipse((0.0, -0.72), (1.75, 0.3)),
        smooth_curve(_mirrored(((0.0, -1.75), (0.62, -1.6), (0.8, -0.7))), closed=True),
    ]
    bag = [np.array([[1.5, 4.4], [3.5, 4.4], [3.7, 6.6], [1.3, 6.6]])]
    strap = [ribbon(np.array([[-1.0, 1.75], [0.4, 3.1], [2.0, 4.6]]), np.full(3, 0.26))]
    cloths = ((strap, _BLACK), (bag, _LEATHER), (hat, (206.0, 184.0, 138.0)))
    worn = [_Part(_draw_cloth(outlines, color, pose, place, rng)) for outlines, color in cloths]
    return [_Part(draw_person(person, place.shape, rng)), *worn]


def _draw_see_through(place: Place, rng: np.random.Generator) -> list[_Part]:
    """A veil that lets 60 % of the light behind it through."""
    person = replace(CAST["bob"], arms=("down", "down"), head_px_share=0.085, y_share=0.22)
    corners = ((0.0, -1.3), (0.95, -1.0), (1.3, 0.4), (2.6, 2.6), (3.6, 5.2), (3.9, 7.2), (0.0, 7.6))
    veil = _draw_cloth(
        [smooth_curve(_mirrored(corners), closed=True)], (236.0, 234.0, 240.0), pose_of(person, place.shape), place, rng
    )
    return [
        _Part(Layer(veil.light, veil.alpha * np.float32(_VEIL_ALPHA))),
        _Part(draw_person(person, place.shape, rng)),
    ]


def _draw_dark(place: Place, rng: np.random.Generator) -> list[_Part]:
    """A dark coat before a wall that is as dark."""
    person = replace(CAST["cropped hair"], shirt_color=(30.0, 29.0, 31.0), y_share=0.38)
    return [_Part(draw_person(person, place.shape, rng))]


def _draw_poster(place: Place, rng: np.random.Generator) -> list[_Part]:
    """Somebody beside a poster of somebody else, who should be blurred with the wall."""
    printed = replace(CAST["loose hair"], head_px_share=0.07, x_share=0.2, y_share=0.22, tilt_deg=0.0)
    sheet = np.array([[0.42, 0.06], [0.78, 0.06], [0.78, 0.62], [0.42, 0.62]]) * place.height
    paper = Canvas(*place.shape)
    paper.fill(sheet, (214.0, 196.0, 160.0))
    body = draw_person(printed, place.shape, rng)
    on_paper = Layer(body.light, body.alpha * fill_alpha([sheet], *place.shape))
    person = replace(CAST["spiked hair"], head_px_share=0.12, x_share=-0.17, y_share=0.4)
    flat = [_Part(layer, is_subject=False) for layer in (paper.to_layer(), on_paper)]
    return [*flat, _Part(draw_person(person, place.shape, rng))]


def _draw_cloth(outlines: list[Points], color: Color, pose: Pose, place: Place, rng: np.random.Generator) -> Layer:
    """Fill outlines in head coordinates with plain cloth."""
    alpha = fill_alpha([pose.place(outline) for outline in outlines], *place.shape)
    fabric = cloth("plain", color, pose.grid(*place.shape), pose.unit_px, rng)
    lit = fabric * relief(alpha, 0.4 * pose.unit_px)[..., None]
    return Layer(np.clip(lit, 0.0, 1.0).astype(np.float32), alpha)


def _stroke(place: Place, points: tuple[tuple[float, float], ...], width: float) -> Points:
    """Outline of a straight line in shares of the image's height."""
    return ribbon(np.array(points) * place.height, np.full(len(points), width * place.height))


def _mirrored(right: tuple[tuple[float, float], ...]) -> Points:
    corners = np.array(right)
    return np.vstack([corners, corners[corners[:, 0] > 0.0][::-1] * (-1.0, 1.0)])


LIMIT_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "small": _Kind("street", _draw_small),
        "in-front": _Kind("garden", _draw_in_front),
        "bystanders": _Kind("street", _draw_bystanders),
        "curls": _Kind("wood", _draw_curls),
        "hat-and-bag": _Kind("bricks", _draw_hat_and_bag),
        "see-through": _Kind("autumn", _draw_see_through),
        "dark": _Kind("plain", _draw_dark, wall=(30.0, 29.0, 31.0)),
        "poster": _Kind("bricks", _draw_poster),
    }
)
"""What is hard, by name."""
