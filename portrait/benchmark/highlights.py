"""What the highlights do: how much of the background visibly changes from 0 to 1, before lamps and before leaves."""

from dataclasses import dataclass

import numpy as np

from portrait.benchmark.scenes.light_scenes import LIGHT_SCENES, LightScene, make_light_scene
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.render.live import render_live
from portrait.core.render.photo import render

HEIGHT_PX = 480
_VISIBLE_LEVELS = 24


@dataclass(frozen=True, slots=True)
class HighlightShares:
    """Share of the background that changes by 24 levels or more, in a photo and in a live frame."""

    scene: str
    photo: float
    live: float


def judge_highlights(height: int = HEIGHT_PX) -> tuple[HighlightShares, ...]:
    """Render the scenes with highlights 0 and 1 and compare."""
    scenes = (make_light_scene(name, height) for name in LIGHT_SCENES)
    return tuple(
        HighlightShares(scene.name, changed_share(scene, is_live=False), changed_share(scene, is_live=True))
        for scene in scenes
    )


def changed_share(scene: LightScene, *, is_live: bool) -> float:
    """Share of the background that the highlights change visibly, as 0 … 1."""
    fraction = radius_px_to_fraction(scene.radius_px, *scene.alpha.shape)
    draw = render_live if is_live else render
    plain, lit = (
        draw(scene.image, scene.alpha, BlurOptions(blur_radius_fraction=fraction, highlight_boost=boost)).astype(int)
        for boost in (0.0, 1.0)
    )
    changed = np.abs(lit - plain).max(axis=2)[scene.alpha == 0.0]
    return float(np.mean(changed >= _VISIBLE_LEVELS))
