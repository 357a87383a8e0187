"""Photos: a sharp subject composited over one of the backgrounds that a look can have."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import (
    AlphaMatte,
    AnyRgbImage,
    DeepRgbImage,
    DefocusMap,
    LinearImage,
    RgbImage,
    require_alpha,
    require_rgb,
)
from portrait.core.blur.bokeh import blur_background
from portrait.core.blur.by_depth import ForegroundBlur, blur_by_depth
from portrait.core.blur.defocus_slices import SHARP_RADIUS_PX
from portrait.core.color import LEVELS_IN_LINEAR, LEVELS_IN_SRGB, to_deep_srgb, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.layer_models import LayerSampling
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.blur_options import BlurOptions, DiskBlur
from portrait.core.lens.subject_distance import focus_on
from portrait.core.render.backdrop import (
    Backdrop,
    GreyBackdrop,
    Greyed,
    PlainBackdrop,
    StageBackdrop,
    grey,
)
from portrait.core.render.grain import BlurByDepth, GrainyBackdrop
from portrait.core.render.look import Background, BackgroundKind, Look, to_look
from portrait.core.render.noise_estimation import DITHER, Noise, estimate_noise
from portrait.core.render.picture_backdrop import picture_backdrop
from portrait.core.render.shadow import with_shadow
from portrait.core.strips import StripMap
from portrait.native.compositing import composite_light
from portrait.native.shared_library import has_library

CLEAR_ALPHA = 0.005
"""So little opacity is none, when the subject is cut out: half of it would show at 8 bits."""


def render(
    image: AnyRgbImage,
    alpha: AlphaMatte,
    options: BlurOptions | Look,
    defocus_map: DefocusMap | None = None,
    *,
    layers: SoftLayers | None = None,
    sampling: LayerSampling = "dense",
    noise: Noise | None = None,
    strip_map: StripMap = map,
) -> AnyRgbImage:
    """Composite the subject of an image over another background.

    Memory beyond input and output is a few small strips and the downsampled background.

    Parameters
    ----------
    image
        uint8 or uint16 (H, W, 3), encoded by the curve of sRGB; the primaries may be others.
    alpha
        float32 (H, W), 0 … 1.
    options
        The look, or the lens alone. A lens without a focus distance is focused at the subject.
    defocus_map
        For ``blur``: how far out of focus everything but the subject is, see `portrait.core.lens.defocus_from_depth`
        and `portrait.core.lens.ground_plane`; None stands for a background that is far all over.
    layers
        As `estimate_layers` finds them in this image; whoever renders it again saves time by keeping them.
    sampling
        How carefully they are found if they are not given: ``coarse`` is for video.
    noise
        What the grain is made like; None: as `estimate_noise` finds it in this image.
    strip_map
        Runs the strips; memory grows with the number that it runs at once.

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
    look = focused_look(to_look(options), alpha)
    if look.background.kind == "blur" and look.blur.blur_radius_px(*alpha.shape) <= SHARP_RADIUS_PX:
        return image.copy()
    scene = LayeredImage.of(image, alpha, layers, sampling, strip_map)
    if look.background.is_blurred:
        return np.asarray(_render_blur(scene, look, defocus_map, noise), dtype=image.dtype)
    return np.asarray(_RENDERERS[look.background.kind](scene, look), dtype=image.dtype)


def focused_look(look: Look, alpha: AlphaMatte) -> Look:
    """The look, its lens focused at the subject of a matte unless it is focused by hand.

    What would be blurred by nothing and grey is sharp and grey.
    """
    look = replace(look, blur=focus_on(look.blur, alpha))
    if look.background.kind == "blur+mono" and look.blur.blur_radius_px(*alpha.shape) <= SHARP_RADIUS_PX:
        return replace(look, background=Background("mono"))
    return look


def to_rgba(image: AnyRgbImage, alpha: AlphaMatte) -> AnyRgbImage:
    """A subject rendered on ``transparent`` with its opacity: (H, W, 4) of the type of ``image``, not premultiplied."""
    require_rgb(image, may_be_deep=True)
    require_alpha(alpha, image.shape[:2])
    return np.asarray(np.dstack([image, quantize_alpha(alpha, image.dtype)]), dtype=image.dtype)


def quantize_alpha(alpha: AlphaMatte, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Quantise alpha to uint8 or uint16 (H, W), as it is written to a file; traces of opacity become 0."""
    return np.where(alpha > CLEAR_ALPHA, np.rint(np.float32(np.iinfo(dtype).max) * alpha), 0.0).astype(dtype)


def _render_blur(
    scene: LayeredImage, look: Look, defocus_map: DefocusMap | None, noise: Noise | None
) -> RgbImage | DeepRgbImage:
    blur = look.blur.disk_blur(*scene.shape)
    if look.grain == "off":
        noise = None
    elif noise is None:
        noise = estimate_noise(scene.eight_bits)
    is_grey = look.background.kind == "blur+mono"
    if defocus_map is not None:
        return _render_by_depth(scene, blur, defocus_map, noise, is_grey=is_grey)
    smooth: Backdrop = blur_background(scene, blur)
    backdrop = smooth if noise is None else GrainyBackdrop.of(smooth, noise, blur.radius_px)
    return _composite(scene, Greyed(backdrop) if is_grey else backdrop)


def _render_by_depth(
    scene: LayeredImage, blur: DiskBlur, defocus_map: DefocusMap, noise: Noise | None, *, is_grey: bool
) -> RgbImage | DeepRgbImage:
    blurred = blur_by_depth(scene, defocus_map, blur)
    backdrop: Backdrop = blurred.backdrop
    grain = None if noise is None else GrainyBackdrop.of(backdrop, noise, BlurByDepth(defocus_map, blur.radius_px))
    backdrop = grain or backdrop
    finish = _finish_by(blurred.foreground, grain, is_grey=is_grey)
    return _composite(scene, Greyed(backdrop) if is_grey else backdrop, finish=finish)


def _finish_by(foreground: ForegroundBlur | None, grain: GrainyBackdrop | None, *, is_grey: bool) -> "_Relight | None":
    """A function that composites the blurred foreground, with grain, over the portrait; None without foreground."""
    if foreground is None:
        return None

    def finish(light: LinearImage, rows: slice) -> LinearImage:
        light, coverage = foreground.over(light, rows, grey if is_grey else np.asarray)
        return light if grain is None else grain.over(light, rows, coverage)

    return finish


def _render_mono(scene: LayeredImage, look: Look) -> RgbImage | DeepRgbImage:
    return _composite(scene, GreyBackdrop(scene.image, scene.layers))


def _render_image(scene: LayeredImage, look: Look) -> RgbImage | DeepRgbImage:
    return _composite(scene, picture_backdrop(scene, look))


def _render_color(scene: LayeredImage, look: Look) -> RgbImage | DeepRgbImage:
    if look.background.color is None:
        raise AssertionError("a Background of this kind has its colour")
    shadow = look.background.backdrop.shadow
    return _composite(scene, with_shadow(PlainBackdrop(look.background.color), scene.alpha, shadow))


def _render_stage(scene: LayeredImage, look: Look) -> RgbImage | DeepRgbImage:
    stage = StageBackdrop.aimed(scene.alpha)
    backdrop = stage if look.grain == "off" else GrainyBackdrop.of(stage, DITHER)
    return _composite(scene, backdrop, stage.light_subject)


def _render_transparent(scene: LayeredImage, look: Look) -> RgbImage | DeepRgbImage:
    """Cut out the subject: background colours are removed from the file, in fully transparent pixels too."""
    result = np.empty_like(scene.image)

    def cut_out(rows: slice) -> None:
        light = scene.foreground_light(rows)
        light[scene.alpha[rows] <= CLEAR_ALPHA] = 0.0
        _write(result, rows, light, scene)

    scene.for_strips(cut_out)
    return result


_RENDERERS: Mapping[BackgroundKind, Callable[[LayeredImage, Look], RgbImage | DeepRgbImage]] = {
    "mono": _render_mono,
    "image": _render_image,
    "color": _render_color,
    "stage": _render_stage,
    "transparent": _render_transparent,
}


_Relight = Callable[[LinearImage, slice], LinearImage]


def _composite(
    scene: LayeredImage, backdrop: Backdrop, light_subject: _Relight | None = None, finish: _Relight | None = None
) -> RgbImage | DeepRgbImage:
    result = np.empty_like(scene.image)
    is_plain = light_subject is None and finish is None and result.dtype == np.uint8

    def composite_rows(rows: slice) -> None:
        if is_plain and has_library():
            _composite_natively(scene, backdrop, rows, np.asarray(result[rows], np.uint8))
            return
        light = scene.foreground_light(rows)
        if light_subject is not None:
            light = light_subject(light, rows)
        _, opacity = cv2.threshold(scene.alpha[rows], CLEAR_ALPHA, 0.0, cv2.THRESH_TOZERO)
        composite = over(light, backdrop.rows(rows, light.shape[1]), np.asarray(opacity, np.float32))
        if finish is not None:
            composite = finish(composite, rows)
        _write(result, rows, composite, scene, is_lit=light_subject is not None or finish is not None)

    scene.for_strips(composite_rows)
    return result


def _composite_natively(scene: LayeredImage, backdrop: Backdrop, rows: slice, out: NDArray[np.uint8]) -> None:
    """The subject over some rows of a backdrop, encoded as 8 bits."""
    image, alpha, light = scene.eight_bits[rows], scene.alpha[rows], backdrop.rows(rows, scene.shape[1])
    places, of_layers = scene.layers.within(rows)
    soft, tables = (places, scene.layers.foreground[of_layers]), (LEVELS_IN_LINEAR, LEVELS_IN_SRGB)
    composite_light(image, alpha, soft, np.ascontiguousarray(light), CLEAR_ALPHA, tables, out)


def _write(
    result: RgbImage | DeepRgbImage, rows: slice, light: LinearImage, scene: LayeredImage, *, is_lit: bool = False
) -> None:
    """Encode some rows. At 16 bits the way to linear light and back is not exact; the subject's pixels are put back."""
    if result.dtype == np.uint8:
        result[rows] = to_srgb(light)
        return
    result[rows] = to_deep_srgb(light)
    if not is_lit:
        np.copyto(result[rows], scene.image[rows], where=(scene.alpha[rows] == 1.0)[..., None])
