"""Backgrounds of walls and rooms: brick, tiles, wood, shelves, a bright window."""

import numpy as np

from portrait.benchmark.scenes.painting import Painting, vary
from portrait.benchmark.scenes.place import Place
from portrait.benchmark.scenes.texture import fractal_noise
from portrait.core.arrays import LinearImage


def draw_bricks(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a brick wall with pale mortar."""
    painting = Painting(place, (166, 154, 140))
    height, width, joint = 0.036, 0.115, 0.006
    for row, y in enumerate(np.arange(-0.12, 1.12, height)):
        for x in np.arange(-0.2, place.width / place.height + 0.12, width) + (0.5 * width if row % 2 else 0.0):
            tone = vary((148, 90, 72), rng, 0.13, 0.05)
            top, left = y + rng.normal(0.0, 0.0008), x + rng.normal(0.0, 0.001)
            painting.box(left, top, left + width - joint, top + height - joint, tone)
    return painting.to_light(rng, grain=0.14)


def draw_tiles(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw white and coloured tiles with glints and dark joints: edges of high contrast."""
    painting = Painting(place, (128, 126, 122))
    pitch, joint = 0.07, 0.005
    colors = ((214, 214, 206), (206, 208, 208), (98, 138, 150), (198, 176, 124))
    for y in np.arange(-0.14, 1.12, pitch):
        for x in np.arange(-0.14, place.width / place.height + 0.12, pitch):
            color = vary(colors[int(rng.choice(4, p=[0.4, 0.25, 0.2, 0.15]))], rng, 0.03)
            painting.box(x, y, x + pitch - joint, y + pitch - joint, color)
            painting.box(x + 0.006, y + 0.006, x + 0.03, y + 0.009, (240, 240, 236))
    return painting.to_light(rng, grain=0.03)


def draw_wood(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw vertical planks with growth rings, fibres and gaps."""
    # One tone a plank; rings and fibres from stretched noise.
    x, _ = place.grid()
    waves = fractal_noise(place.shape, rng, 1.7, stretch=16.0)
    fibres = fractal_noise(place.shape, rng, 0.6, stretch=40.0, coarsest_px=place.px(0.1))
    plank = np.floor((x + 1.0) / 0.115).astype(np.intp)
    tone = rng.lognormal(0.0, 0.22, int(plank.max()) + 1)[plank]
    rings = np.sin(18.0 * waves + 40.0 * tone)
    gap = np.abs((x + 1.0) / 0.115 - plank - 0.5) > 0.475
    brightness = tone * np.exp(0.16 * rings + 0.12 * fibres) * np.where(gap, 0.3, 1.0)
    light = np.array([0.34, 0.20, 0.11]) * brightness[..., None]
    return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def draw_shelves(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw shelves of books."""
    painting = Painting(place, (74, 60, 50))
    right_end = place.width / place.height + 0.1
    for foot in np.arange(0.08, 1.3, 0.21):
        left = -0.1
        while left < right_end:
            left += _draw_book(painting, left, foot, rng)
        painting.box(-0.1, foot, right_end, foot + 0.022, (150, 112, 78))
        painting.box(-0.1, foot + 0.022, right_end, foot + 0.034, (56, 44, 36))
    return painting.to_light(rng)


def draw_window(place: Place, rng: np.random.Generator) -> LinearImage:
    """Draw a dim room with a window of high dynamic range: its sky is brighter than white."""
    # Wall, and what is seen through the window: sky above trees.
    x, y = place.grid()
    wall = np.array([0.10, 0.085, 0.07]) * np.exp(0.10 * fractal_noise(place.shape, rng, 1.5))[..., None]
    trees = fractal_noise(place.shape, rng, 1.6)
    sky = np.array([1.9, 2.2, 2.6]) * (1.3 - 0.5 * y)[..., None]
    outside = np.where(
        (y > 0.52 + 0.03 * trees)[..., None], np.array([0.30, 0.42, 0.20]) * np.exp(0.4 * trees)[..., None], sky
    )
    # Window panes between bars.
    pane_x, pane_y = (x - 0.02) / 0.36, (y - 0.06) / 0.30
    is_pane = (x > 0.02) & (x < 0.74) & (y > 0.06) & (y < 0.66)
    is_bar = (np.abs(pane_x - np.rint(pane_x)) < 0.03) | (np.abs(pane_y - np.rint(pane_y)) < 0.035)
    light = np.where(is_pane[..., None], np.where(is_bar[..., None], np.array([0.30, 0.28, 0.26]), outside), wall)
    # Curtain at the left.
    folds = 0.5 + 0.5 * np.sin(170.0 * x + 0.8 * trees)
    curtain = np.array([0.75, 0.68, 0.56]) * (0.35 + 0.65 * folds)[..., None]
    return np.asarray(np.where((x < 0.11)[..., None], curtain, light), dtype=np.float32)


def _draw_book(painting: Painting, left: float, foot: float, rng: np.random.Generator) -> float:
    """Paint one book on its shelf; return the width that it takes up."""
    thick, tall = rng.uniform(0.012, 0.036), rng.uniform(0.11, 0.175)
    color = vary((118, 98, 84), rng, 0.25, 0.16)
    lean = rng.normal(0.0, 0.004)
    corners = [[left, foot], [left + thick, foot], [left + thick + lean, foot - tall], [left + lean, foot - tall]]
    painting.polygon(np.array(corners), color)
    label = vary((186, 164, 126), rng, 0.15)
    for share in rng.uniform(0.15, 0.85, 2):
        y = foot - share * tall
        painting.box(left + 0.15 * thick, y, left + 0.85 * thick, y + 0.012, label)
    painting.box(left + 0.92 * thick, foot - tall, left + thick, foot, (58, 48, 42))
    return float(thick + 0.001 + (rng.uniform(0.02, 0.06) if rng.uniform() < 0.06 else 0.0))
