"""Quality of renderers: their portraits of synthetic scenes compared with the known truth."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np

from portrait.benchmark.baselines import Renderer, available_baselines
from portrait.benchmark.scenes.portrait_scenes import SCENE_HEIGHT_PX, Scene, make_scene
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.matting.refinement import FAST, FINE, RefineOptions, refine
from portrait.core.metrics.image_metrics import (
    LightShape,
    energy_error,
    light_shape,
    mean_delta_e,
    psnr,
    ring_mask,
    ssim,
)
from portrait.core.metrics.matte_faults import hole_fraction, scrap_fraction
from portrait.core.metrics.matte_metrics import mae
from portrait.core.render.live import render_live
from portrait.core.render.photo import render
from portrait.core.resize import resize

OURS = "portrait "
"""Prefix of the names of the app's own methods."""

NETWORK_SIDE_PX = 256
"""The degraded matte is the true one downsampled to a network's output size and upsampled by the app's refinement."""

Flavour = Literal["live", "fine"]

RENDERERS: Mapping[Flavour, Callable[[RgbImage, AlphaMatte, BlurOptions], RgbImage]] = {
    "live": render_live,
    "fine": render,
}
"""How the app renders a live frame and a photo."""

REFINEMENTS: Mapping[Flavour, RefineOptions] = {"live": FAST, "fine": FINE}
"""How the app refines the matte of a live frame and of a photo."""

_HIGHER_IS_BETTER = ("psnr_db", "inner_psnr_db", "ring_psnr_db", "ssim")


@dataclass(frozen=True, slots=True)
class Method:
    """A renderer to be compared, and the matte that it is given.

    Attributes
    ----------
    name
        Shown in tables.
    draw
        Renderer for the comparison with the truth.
    draw_lights
        Renderer for the shape of clipped lights; the app's own boosts highlights here.
    refinement
        How a matte at network size is upsampled; None: the true matte is used.
    """

    name: str
    draw: Renderer
    draw_lights: Renderer
    refinement: RefineOptions | None = None

    def matte(self, scene: Scene) -> AlphaMatte:
        """The true matte of a scene, or the one refined from network size."""
        if self.refinement is None:
            return scene.alpha
        small = resize(scene.alpha, NETWORK_SIDE_PX, NETWORK_SIDE_PX)
        return refine(small, scene.image, self.refinement)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one method on one scene; NaN where a score does not apply to the scene.

    Attributes
    ----------
    psnr_db, ssim
        Over the whole image.
    inner_psnr_db
        PSNR without a border as wide as the blur disk's reach: there the truth has light from beyond the frame, which
        no method can know.
    ring_psnr_db, ring_delta_e
        PSNR and mean CIEDE2000 difference around the subject: up to 20 px outside and 3 px inside of alpha ≥ 0.5.
    energy_error
        Relative error of the background's linear luminance; negative: too dark.
    light_radius_error, light_unevenness
        Mean over the scene's measured lights; see `portrait.core.metrics.image_metrics.LightShape`.
    alpha_error
        Mean absolute error of the matte.
    scrap_fraction, hole_fraction
        Faults of the matte, see `portrait.core.metrics.matte_faults`.
    """

    psnr_db: float
    inner_psnr_db: float
    ring_psnr_db: float
    ssim: float
    ring_delta_e: float
    energy_error: float
    light_radius_error: float
    light_unevenness: float
    alpha_error: float
    scrap_fraction: float
    hole_fraction: float


@dataclass(frozen=True, slots=True)
class SceneScores:
    """Scores of all methods, by name, on one scene."""

    scene: str
    radius_px: float
    scores: Mapping[str, Scores]

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON values; NaN and infinity become null."""
        return {
            "scene": self.scene,
            "radius_px": self.radius_px,
            "scores": {name: _rounded(asdict(scores)) for name, scores in self.scores.items()},
        }


@dataclass(frozen=True, slots=True)
class MethodSummary:
    """Mean and worst of each score of one method over all scenes; the worst error is the one farthest from 0."""

    name: str
    mean: Scores
    worst: Scores

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"method": self.name, "mean": _rounded(asdict(self.mean)), "worst": _rounded(asdict(self.worst))}


def methods() -> tuple[Method, ...]:
    """The methods to compare, the baselines first.

    The app's own run twice: with the true matte, which tests the renderer alone, and with one refined from 256 px.
    """
    compared = [Method(name, draw, draw) for name, draw in available_baselines().items()]
    for refined in (False, True):
        for flavour, refinement in REFINEMENTS.items():
            matte = f", {NETWORK_SIDE_PX} px matte" if refined else ""
            draw, draw_lights = _portrait(flavour, 0.0), _portrait(flavour, 1.0)
            compared.append(Method(f"{OURS}{flavour}{matte}", draw, draw_lights, refinement if refined else None))
    return tuple(compared)


def judge(scene: Scene, compared: Iterable[Method]) -> SceneScores:
    """Render a scene by every method and compare it with the truth."""
    return SceneScores(scene.name, scene.radius_px, {method.name: _score(scene, method) for method in compared})


def judge_scenes(count: int, height: int = SCENE_HEIGHT_PX) -> Iterator[tuple[Scene, SceneScores]]:
    """Yield the first ``count`` scenes, each with the scores of all methods."""
    compared = methods()
    for index in range(count):
        scene = make_scene(index, height)
        yield scene, judge(scene, compared)


def portrait_of(scene: Scene) -> RgbImage:
    """The app's portrait of a scene, with the true matte, in ``fine``."""
    return _portrait("fine", 0.0)(scene.image, scene.alpha, scene.radius_px)


def summarize(judged: Iterable[SceneScores]) -> tuple[MethodSummary, ...]:
    """Mean and worst scores of every method over all scenes; means are of absolute values."""
    by_method: dict[str, list[Scores]] = {}
    for scene in judged:
        for name, scores in scene.scores.items():
            by_method.setdefault(name, []).append(scores)
    return tuple(
        MethodSummary(name, _reduce(scores, _mean), _reduce(scores, _worst)) for name, scores in by_method.items()
    )


def _portrait(flavour: Flavour, highlight_boost: float) -> Renderer:
    """The app's renderer of live frames or of photos, with a fixed highlight boost."""

    def draw(image: RgbImage, alpha: AlphaMatte, radius_px: float) -> RgbImage:
        fraction = radius_px_to_fraction(radius_px, *alpha.shape)
        options = BlurOptions(blur_radius_fraction=fraction, highlight_boost=highlight_boost)
        return RENDERERS[flavour](image, alpha, options)

    return draw


def _score(scene: Scene, method: Method) -> Scores:
    """Render a scene by one method and measure the result."""
    # Render the portrait, and the one whose lights are measured.
    alpha = method.matte(scene)
    portrait = method.draw(scene.image, alpha, scene.radius_px)
    lights = _measure_lights(scene, method, alpha)
    # Compare with the truth: the whole image, its inner part, and the ring around the subject, where halos are.
    ring = ring_mask(scene.alpha)
    return Scores(
        psnr_db=psnr(portrait, scene.truth),
        inner_psnr_db=psnr(portrait, scene.truth, scene.inner_mask()),
        ring_psnr_db=psnr(portrait, scene.truth, ring),
        ssim=ssim(portrait, scene.truth),
        ring_delta_e=mean_delta_e(portrait, scene.truth, ring),
        energy_error=energy_error(portrait, scene.truth, scene.alpha),
        light_radius_error=_mean([light.radius_error for light in lights]),
        light_unevenness=_mean([light.unevenness for light in lights]),
        alpha_error=mae(alpha, scene.alpha),
        scrap_fraction=scrap_fraction(alpha, scene.alpha),
        hole_fraction=hole_fraction(alpha, scene.alpha),
    )


def _measure_lights(scene: Scene, method: Method, alpha: AlphaMatte) -> list[LightShape]:
    """Shapes of the disks that a method makes of the scene's clipped lights."""
    if not scene.lights:
        return []
    lit = method.draw_lights(scene.image, alpha, scene.radius_px)
    return [light_shape(lit, (light.x_px, light.y_px), scene.radius_px) for light in scene.lights]


def _reduce(scores: list[Scores], reduce: Callable[[list[float], str], float]) -> Scores:
    """Reduce the values of each score, over all scenes, to one."""
    names = [field.name for field in fields(Scores)]
    return Scores(**{name: reduce([getattr(score, name) for score in scores], name) for name in names})


def _mean(values: list[float], name: str = "") -> float:
    """Mean of the absolute values that are not NaN; NaN where there are none."""
    known = [abs(value) for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _worst(values: list[float], name: str) -> float:
    """The lowest value of a score that should be high, else the one farthest from 0; NaN where there are none."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan
    return min(known) if name in _HIGHER_IS_BETTER else max(known, key=abs)


def _rounded(values: Mapping[str, float]) -> dict[str, float | None]:
    """Five decimals; None for NaN and infinity, which JSON does not have."""
    return {name: round(value, 5) if math.isfinite(value) else None for name, value in values.items()}
