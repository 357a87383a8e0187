"""Procedural hair, drawn strand by strand as tapered curves as thin as a quarter of a pixel.

Strands start on the skull, follow it and fall. They share waves and tone within a lock; single fly-aways leave the
outline.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.benchmark.scenes.drawing import SUPERSAMPLING, Canvas, Color, Layer
from portrait.benchmark.scenes.pose import Pose
from portrait.benchmark.scenes.texture import smooth_noise

_POINTS = 41  # points of a strand's curve
_PIECE = 5  # segments of a curve that are drawn as one polygon in one colour
_CROWN_Y = -0.1  # y of the skull's centre in head coordinates
_SKULL_RADII = np.array([0.80, 1.0])
_THINNEST_PX = 0.25
_TONES_A_STOP = 6  # quantisation of brightness: a canvas holds few colours

_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Parameters of somebody's hair. Lengths are in units of half the head's height.

    Attributes
    ----------
    color
        sRGB of a strand in even light.
    length
        Length of the longest strands.
    strands
        Number of strands in an image 900 pixels high.
    volume
        How far the hair stands off the skull.
    wave, wave_length
        Amplitude and wavelength of the waves across a strand; short waves are curls.
    lift
        0: strands lie along the skull; 1: they stand up.
    part
        Place of the parting, −1 … 1 across the head.
    wind
        Sideways pull on falling strands.
    flyaways
        Number of single thin strands that leave the outline.
    width_px
        Width of a strand at its root, in an image 900 pixels high.
    """

    color: Color
    length: float
    strands: int = 2600
    volume: float = 0.14
    wave: float = 0.02
    wave_length: float = 0.8
    lift: float = 0.0
    part: float = 0.15
    wind: float = 0.0
    flyaways: int = 90
    width_px: float = 1.3


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Curves (N, points, 2) in head coordinates, with width in pixels and brightness (N, points) along each."""

    curves: _Values
    widths_px: _Values
    brightness: _Values


def draw_hair(style: HairStyle, pose: Pose, shape: tuple[int, int], rng: np.random.Generator) -> tuple[Layer, Layer]:
    """Draw the hair as two layers: strands behind head and shoulders, and strands in front of them."""
    # Scale number and width of the strands to the size of the image.
    scale = min(1.0, shape[0] / 900.0)
    count = max(60, round(style.strands * max(scale, 0.25)))
    width_px = max(2.0 * _THINNEST_PX, style.width_px * scale)
    # Grow the strands.
    behind = _grow_strands(style, count, width_px, rng, is_behind=True)
    before = _grow_strands(style, count, width_px, rng, is_behind=False)
    flyaways = _grow_flyaways(style, max(12, round(style.flyaways * max(scale, 0.3))), 0.45 * width_px, rng)
    # Draw them onto two canvases.
    back, front = Canvas(*shape), Canvas(*shape)
    _draw_cap(back, style, pose, 0.88 + 0.6 * style.volume)
    draw_strands(back, behind, style.color, pose)
    draw_strands(front, before, style.color, pose)
    draw_strands(front, flyaways, style.color, pose)
    return back.to_layer(), front.to_layer()


def _draw_cap(canvas: Canvas, style: HairStyle, pose: Pose, size: float) -> None:
    """Fill the hair's interior with a dark ellipse, so that no background shows through the middle of the head."""
    angle = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=1) * _SKULL_RADII * size + (0.0, _CROWN_Y)
    canvas.fill(pose.place(outline), _shade(style.color, 0.3))


def _grow_strands(style: HairStyle, count: int, width_px: float, rng: np.random.Generator, is_behind: bool) -> Strands:
    """Sample ``count`` strands, either those behind the head or those in front: curves, widths and brightness."""
    # Sample lock, side of the parting, depth within the hair, angle of the root and length of each strand.
    locks = rng.integers(0, max(12, count // 22), count)
    side = np.where(rng.uniform(-1.0, 1.0, count) < style.part, -1.0, 1.0)
    shell = rng.beta(2.2, 1.6, count) if is_behind else rng.uniform(0.0, 1.0, count) ** 0.8
    reach = np.radians(92.0) - side * np.arcsin(np.clip(style.part, -0.9, 0.9))
    start = -0.14 + (reach + 0.14) * rng.uniform(0.0, 1.0, count)
    length = style.length * rng.uniform(0.55, 1.0, count) ** (0.5 + style.lift)
    # Trace the curves along the skull, then add waves.
    paths, turned = _trace_strands(style, side, shell, start, length, rng, is_behind)
    paths = _add_waves(paths, style, locks, length, rng)
    # Shade: one tone a lock, a random tone a strand, deeper strands darker, tips brighter, a highlight near the crown.
    along = np.linspace(0.0, 1.0, _POINTS)
    depth = np.sort(rng.uniform(0.0, 1.0, count))
    lock_tone = rng.lognormal(0.0, 0.2, locks.max() + 1)[locks]
    brightness = (lock_tone * rng.lognormal(0.0, 0.17, count) * (0.55 + 0.6 * depth))[:, None]
    shine = np.exp(-(((turned - np.radians(38.0)) / np.radians(13.0)) ** 2)) * (0.15 if is_behind else 0.9)
    brightness = brightness * (0.75 + 0.35 * along + shine)
    if is_behind:
        brightness *= 0.7
    # Taper the widths towards the tips.
    taper = np.clip(1.15 - along**2.5, 0.1, 1.0)
    widths = width_px * rng.uniform(0.45, 1.0, count)[:, None] * taper
    return Strands(paths, widths, brightness)


def _trace_strands(
    style: HairStyle,
    side: _Values,
    shell: _Values,
    start: _Values,
    length: _Values,
    rng: np.random.Generator,
    is_behind: bool,
) -> tuple[_Values, _Values]:
    """Integrate the strands point by point: along the skull from the parting down to the ears, then falling.

    Parameters
    ----------
    side
        (N,) −1 left or 1 right of the parting.
    shell
        (N,) depth within the hair, see `_on_skull`.
    start
        (N,) angle of the root from the parting, in radians.
    length
        (N,) length of the strand.

    Returns
    -------
    Curves (N, points, 2) in head coordinates, and the angle from the parting (N, points) at every point.
    """
    # Start at the roots; sample each strand's falling direction and how much it stands up.
    count = side.size
    step = length / (_POINTS - 1)
    part = np.arcsin(np.clip(style.part, -0.9, 0.9))
    angle = start.copy()
    position = _on_skull(part + side * angle, shell, style, is_behind)
    ahead = np.zeros((count, 2))
    fall = np.stack([rng.normal(0.0, 0.09, count) + 0.02 * side + style.wind, np.ones(count)], axis=1)
    lift = style.lift * rng.uniform(0.5, 1.0, count)
    paths, turned = np.empty((count, _POINTS, 2)), np.empty((count, _POINTS))
    for point in range(_POINTS):
        paths[:, point], turned[:, point] = position, angle
        # The wanted direction is the skull's tangent above the ears and downwards below, pushed outwards at the
        # shoulders; lift bends it to the skull's normal.
        is_on_skull = (part * side + angle < np.radians(100.0))[:, None]
        further = _on_skull(part + side * (angle + 0.02), shell, style, is_behind)
        along_skull = _unit(further - _on_skull(part + side * angle, shell, style, is_behind))
        outward = _unit((position - (0.0, _CROWN_Y)) / _SKULL_RADII**2)
        wanted = np.where(is_on_skull, along_skull, fall + 0.3 * (_on_shoulder(position) * side)[:, None] * (1.0, 0.0))
        wanted = _unit(wanted) * (1.0 - lift)[:, None] + outward * lift[:, None]
        # Turn gradually into the wanted direction and step forward.
        ahead = _unit(0.72 * ahead + 0.28 * wanted) if point else _unit(wanted)
        position = position + ahead * step[:, None]
        angle = angle + np.where(is_on_skull[:, 0], step / 0.95, 0.0)
    return paths, turned


def _on_skull(angle: _Values, shell: _Values, style: HairStyle, is_behind: bool) -> _Values:
    """Points (N, 2) at an angle from the crown, from the hairline (shell 0) to the outer surface (shell 1)."""
    hairline = np.full_like(angle, 0.45) if is_behind else 0.56 + 0.30 * np.sin(np.clip(np.abs(angle), 0.0, np.pi / 2))
    reach = hairline + (1.0 + style.volume - hairline) * shell
    direction = np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    return np.asarray(direction * _SKULL_RADII * reach[:, None] + (0.0, _CROWN_Y), dtype=np.float64)


def _on_shoulder(position: _Values) -> _Values:
    """Weight (N,) 0 … 1: how near points are to the height of the shoulders."""
    return np.asarray(np.exp(-(((position[:, 1] - 1.5) / 0.35) ** 2)))


def _add_waves(
    paths: _Values, style: HairStyle, locks: NDArray[np.int64], length: _Values, rng: np.random.Generator
) -> _Values:
    """Displace the strands by sine waves: phase and wavelength alike within a lock, with a random part for each."""
    # Tangent and normal along each strand.
    ahead = np.gradient(paths, axis=1)
    ahead /= np.linalg.norm(ahead, axis=2, keepdims=True) + 1e-9
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], axis=2)
    # Phase and wavelength.
    along = np.linspace(0.0, 1.0, _POINTS)[None] * length[:, None]
    phase = rng.uniform(0.0, 2.0 * np.pi, locks.max() + 1)[locks] + rng.normal(0.0, 0.35, locks.size)
    pitch = style.wave_length * rng.uniform(0.8, 1.25, locks.max() + 1)[locks]
    turn = 2.0 * np.pi * along / pitch[:, None] + phase[:, None]
    # The amplitude grows from 0 at the root; stray strands leave their lock towards the tip.
    growing = np.clip(along / (0.6 * style.wave_length), 0.0, 1.0)
    sway = style.wave * rng.uniform(0.6, 1.3, locks.size)[:, None] * growing
    stray = 0.05 * rng.normal(0.0, 1.0, locks.size)[:, None] * (along / 1.5) ** 1.5
    across, along_strand = sway * np.sin(turn) + stray, 0.6 * sway * np.cos(turn)
    return np.asarray(paths + aside * across[..., None] + ahead * along_strand[..., None], dtype=np.float64)


def _grow_flyaways(style: HairStyle, count: int, width_px: float, rng: np.random.Generator) -> Strands:
    """Sample fly-aways: short thin strands that leave the outline on smooth random curves."""
    # Roots near the outer surface; headings point away from the parting and with the wind.
    part = np.arcsin(np.clip(style.part, -0.9, 0.9))
    angle = rng.uniform(-1.75, 1.75, count)
    position = _on_skull(angle, rng.uniform(0.8, 1.0, count), style, is_behind=True)
    away = np.sign(angle - part)
    heading = angle + away * rng.uniform(0.1, 1.3, count) + 0.6 * style.wind
    length = rng.uniform(0.2, 0.55 + 0.15 * min(style.length, 3.0), count)
    # Integrate a smoothly varying heading along each strand.
    bend = np.stack([smooth_noise(_POINTS, rng, 14.0) for _ in range(count)]) * 0.06
    drift = rng.normal(0.0, 0.035, count)[:, None] + 0.02 * away[:, None]
    headings = heading[:, None] + np.cumsum(bend + drift, axis=1)
    steps = np.stack([np.sin(headings), -np.cos(headings)], axis=2) * (length / _POINTS)[:, None, None]
    # Taper the widths to the tips; one random brightness a strand.
    along = np.linspace(0.0, 1.0, _POINTS)
    widths = width_px * rng.uniform(0.3, 1.0, count)[:, None] * (1.1 - along)
    brightness = rng.lognormal(0.0, 0.2, count)[:, None] * np.ones(_POINTS)
    return Strands(position[:, None] + np.cumsum(steps, axis=1), widths, brightness)


def draw_strands(canvas: Canvas, strands: Strands, color: Color, pose: Pose) -> None:
    """Rasterise strands: each becomes a chain of narrow polygons of one colour each."""
    # Offset the curves by half the width to both sides and cut them into polygons.
    count, points = strands.curves.shape[:2]
    curves = pose.place(strands.curves.reshape(-1, 2)).reshape(count, points, 2)
    ahead = _unit(np.asarray(np.gradient(curves, axis=1)))
    # A filled polygon is a canvas pixel wider than its outline.
    half_px = 0.5 * np.maximum(strands.widths_px - 1.0 / SUPERSAMPLING, 0.0)[..., None]
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], axis=2) * half_px
    left, right = _pieces(curves + aside), _pieces(curves - aside)[:, ::-1]
    # Quantise brightness into a few tones and fill the polygons with them.
    lightness = np.log2(np.maximum(strands.brightness[:, _PIECE // 2 :: _PIECE].ravel(), 1e-3))
    tones, chosen = np.unique(np.clip(np.rint(lightness * _TONES_A_STOP), -24, 12), return_inverse=True)
    colors = [_shade(color, float(2.0 ** (tone / _TONES_A_STOP))) for tone in tones]
    canvas.fill_all(np.concatenate([left, right], axis=1), colors, chosen)


def _pieces(curves: _Values) -> _Values:
    """Cut curves (N, points, 2) into pieces (N · pieces, `_PIECE` + 1, 2); neighbours share an end point."""
    starts = np.arange(0, curves.shape[1] - 1, _PIECE)[:, None] + np.arange(_PIECE + 1)
    return curves[:, starts].reshape(-1, _PIECE + 1, 2)


def _shade(color: Color, brightness: float) -> Color:
    """Scale an sRGB colour's light by ``brightness``, with a gamma of 2.2; brighter colours fade to white."""
    gain = brightness ** (1.0 / 2.2)
    if gain <= 1.0:
        red, green, blue = (level * gain for level in color)
    else:
        red, green, blue = (255.0 * (1.0 - (1.0 - level / 255.0) ** gain) for level in color)
    return red, green, blue


def _unit(vectors: _Values) -> _Values:
    """Normalise vectors to length 1."""
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9))
