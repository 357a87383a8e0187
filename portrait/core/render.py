"""The picture: a sharp subject before one of the backgrounds that a look can have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import (
    AlphaMatte,
    DeepRgbImage,
    LinearImage,
    Picture,
    RgbImage,
    require_alpha,
    require_rgb,
)
from portrait.core.backdrop import Backdrop, GreyBackdrop, PictureBackdrop, PlainBackdrop, StageBackdrop, cover
from portrait.core.bokeh import blur_background
from portrait.core.color import dither_to_8_bits, to_8_bits, to_deep_srgb, to_linear, to_srgb
from portrait.core.compositing import SoftLayers, estimate_layers, over
from portrait.core.grain import DITHER, GrainyBackdrop, measure_noise
from portrait.core.lens import BlurOptions
from portrait.core.look import BackgroundKind, Look, to_look
from portrait.core.resample import strips
from portrait.core.subject_distance import focus_on

SHARP_RADIUS_PX = 0.5
"""A disk this small or smaller covers one pixel: nothing to blur."""

CLEAR_ALPHA = 0.005
"""So little opacity is none, when the subject is cut out: half of it would show at 8 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A picture, the same with 8 bits for all that is estimated, its matte, and what its soft pixels are made of."""

    image: RgbImage | DeepRgbImage
    guide: RgbImage
    alpha: AlphaMatte
    layers: SoftLayers


def render(image: Picture, alpha: AlphaMatte, options: BlurOptions | Look) -> Picture:
    """Give a picture another background.

    Memory beyond input and output is a few small strips and the shrunk background.

    Parameters
    ----------
    image
        uint8 or uint16 (H, W, 3), encoded by the curve of sRGB; the primaries may be others.
    alpha
        float32 (H, W), 0 … 1.
    options
        The look, or the lens alone. A lens without a focus distance is focused at the subject.

    Returns
    -------
    (H, W, 3) of the type of ``image``, a new array. Pixels with alpha 1 are those of ``image``, bit for bit, but for
    the light of ``stage``. ``transparent`` gives the subject's own colours, free of the old background, and black where
    it is not: `to_rgba` adds the opacity.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    """
    require_rgb(image, may_be_deep=True)
    require_alpha(alpha, image.shape[:2])
    look = to_look(options)
    look = replace(look, blur=focus_on(look.blur, alpha))
    if look.background.kind == "blur" and look.blur.blur_radius_px(*alpha.shape) <= SHARP_RADIUS_PX:
        return image.copy()
    guide = to_8_bits(image)
    scene = _Scene(image, guide, alpha, estimate_layers(guide, alpha))
    return np.asarray(_RENDERERS[look.background.kind](scene, look), dtype=image.dtype)


def to_rgba(image: Picture, alpha: AlphaMatte) -> Picture:
    """A subject rendered on ``transparent`` with its opacity: (H, W, 4) of the type of ``image``, not premultiplied."""
    require_rgb(image, may_be_deep=True)
    require_alpha(alpha, image.shape[:2])
    return np.asarray(np.dstack([image, to_opacity(alpha, image.dtype)]), dtype=image.dtype)


def to_opacity(alpha: AlphaMatte, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Alpha as it is written to a file, uint8 or uint16 (H, W): traces of opacity are left out."""
    return np.where(alpha > CLEAR_ALPHA, np.rint(np.float32(np.iinfo(dtype).max) * alpha), 0.0).astype(dtype)


def _render_blur(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    blur, radius_px = look.blur, look.blur.blur_radius_px(*scene.alpha.shape)
    image = dither_to_8_bits(scene.image)
    smooth = blur_background(image, scene.alpha, scene.layers, radius_px, blur.aperture, blur.highlight_boost)
    noise = measure_noise(scene.guide) if look.grain == "match" else None
    return _composite(scene, smooth if noise is None else GrainyBackdrop.of(smooth, noise, radius_px))


def _render_mono(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    return _composite(scene, GreyBackdrop(scene.image, scene.layers))


def _render_image(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    if look.background.picture is None:
        raise AssertionError("a Background of this kind has its picture")
    return _composite(scene, PictureBackdrop(cover(look.background.picture, *scene.alpha.shape)))


def _render_color(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    if look.background.color is None:
        raise AssertionError("a Background of this kind has its colour")
    return _composite(scene, PlainBackdrop(look.background.color))


def _render_stage(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    stage = StageBackdrop.aimed(scene.alpha)
    backdrop = stage if look.grain == "off" else GrainyBackdrop.of(stage, DITHER)
    return _composite(scene, backdrop, stage.light_subject)


def _render_transparent(scene: _Scene, look: Look) -> RgbImage | DeepRgbImage:
    """Colours of the old background must not stay in the file, not even below full transparency."""
    result = np.empty_like(scene.image)
    for rows in strips(*scene.alpha.shape):
        light = to_linear(scene.image[rows])
        scene.layers.put_foreground(light, rows)
        light[scene.alpha[rows] <= CLEAR_ALPHA] = 0.0
        _write(result, rows, light, scene)
    return result


_RENDERERS: Mapping[BackgroundKind, Callable[[_Scene, Look], RgbImage | DeepRgbImage]] = {
    "blur": _render_blur,
    "mono": _render_mono,
    "image": _render_image,
    "color": _render_color,
    "stage": _render_stage,
    "transparent": _render_transparent,
}


def _composite(
    scene: _Scene, backdrop: Backdrop, light_subject: Callable[[LinearImage, slice], LinearImage] | None = None
) -> RgbImage | DeepRgbImage:
    result = np.empty_like(scene.image)
    for rows in strips(*scene.alpha.shape):
        light = to_linear(scene.image[rows])
        scene.layers.put_foreground(light, rows)
        if light_subject is not None:
            light = light_subject(light, rows)
        composite = over(light, backdrop.rows(rows, light.shape[1]), scene.alpha[rows])
        _write(result, rows, composite, scene, is_lit=light_subject is not None)
    return result


def _write(
    result: RgbImage | DeepRgbImage, rows: slice, light: LinearImage, scene: _Scene, *, is_lit: bool = False
) -> None:
    """Encode some rows. At 16 bits the way to linear light and back is not exact; the subject's pixels are put back."""
    if result.dtype == np.uint8:
        result[rows] = to_srgb(light)
        return
    result[rows] = to_deep_srgb(light)
    if not is_lit:
        np.copyto(result[rows], scene.image[rows], where=(scene.alpha[rows] == 1.0)[..., None])
