"""Fast rendering of video frames, with the looks of `portrait.core.render.photo`; exact only in soft pixels."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage, require_alpha, require_rgb
from portrait.core.blur.bokeh import blur_background
from portrait.core.blur.defocus_slices import SHARP_RADIUS_PX
from portrait.core.blur.levels import BlurLevel, BlurredBackground
from portrait.core.boxes import bounding_box
from portrait.core.color import LEVELS_IN_SRGB, to_linear, to_srgb
from portrait.core.gather import gather_pixels, scatter_pixels
from portrait.core.layers.layer_models import LayerModels
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.backdrop import GreyBackdrop, StageBackdrop, grey, relight
from portrait.core.render.look import BackgroundKind, Look, to_look
from portrait.core.render.photo import focused_look, render
from portrait.core.render.prepared_picture import prepare_background
from portrait.core.render.shadow import shadow_on
from portrait.core.resize import upsample_rows, upsample_rows_into
from portrait.core.strips import StripMap
from portrait.native.cells import CelledMatte
from portrait.native.compositing import Subject, can_upsample, composite, composite_upsampled
from portrait.native.shared_library import has_library

SMALL_FROM_PX = 6.75
"""From about this blur radius on the background is downsampled as a whole; below it a clean plate is blurred, which is
nearer the truth there. Where one fades into the other both are rendered; at 720p and with the default lens no third
stop lies there.
"""

LIGHTS_SMALL_FROM_PX = 9.5
"""The same where lights are lifted: of a quarter of the size, smaller ones are no disks."""

FINE_DOWNSAMPLE_FROM_PX = {2: 2.25}
COARSE_DOWNSAMPLE_FROM_PX = {4: -math.inf, 8: 24.0}
"""From which blur radius on the background is rendered at 1/2, 1/4, 1/8 of the frame's size: faster and coarser than
for photos.
"""

_FADE_PX = 0.5
_STAGE_DOWNSAMPLING = 8

Backdrop = Callable[[slice, RgbImage], None]
"""Writes some rows of a background at full resolution into a uint8 (rows, W, 3)."""

Gain = Callable[[slice], NDArray[np.float32]]
"""How much light the subject gets in some rows, float32 (rows, W)."""


def render_live(
    image: RgbImage,
    alpha: AlphaMatte,
    options: BlurOptions | Look,
    *,
    layers: SoftLayers | None = None,
    strip_map: StripMap = map,
    celled: CelledMatte | None = None,
) -> RgbImage:
    """Composite the subject of a video frame over another background.

    The looks of `render`, without grain. Sharp pixels are copied, the blurred background is rendered downsampled, and
    only soft pixels are composited in linear light.

    Parameters
    ----------
    image, alpha, options, layers
        As for `render`, 8 bits.
    strip_map
        Runs the strips.
    celled
        ``alpha`` with its cells, for who knows them; then nobody checks that it lies within 0 … 1.

    Returns
    -------
    uint8 (H, W, 3), new. Pixels with alpha 1 are those of ``image``, bit for bit, but for the light of ``stage``.

    Raises
    ------
    TypeError, ValueError
        Arrays that are not as above.
    """
    require_rgb(image)
    if celled is None or celled.alpha is not alpha or alpha.shape != image.shape[:2]:
        require_alpha(alpha, image.shape[:2])
    look = focused_look(to_look(options), alpha)
    kind = look.background.kind
    if kind == "transparent":
        return render(image, alpha, look, layers=layers, sampling="coarse", strip_map=strip_map)
    if kind == "blur" and look.blur.blur_radius_px(*alpha.shape) <= SHARP_RADIUS_PX:
        return image.copy()
    frame = LayeredImage.of(image, alpha, layers, "coarse", strip_map, celled)
    return _render_stage(frame) if kind == "stage" else _composite(frame, _BACKDROPS[kind](frame, look))


@dataclass(frozen=True, slots=True, eq=False)
class _UpsampledBackdrop:
    """A `Backdrop`: a blurred background, encoded as 8 bits at its low resolution, then upsampled."""

    level: BlurLevel
    encode: Callable[[NDArray[np.float32]], RgbImage]

    def __call__(self, rows: slice, out: RgbImage) -> None:
        upsample_rows_into(out, self.level.small, self.level.factor, rows, self.encode)


def _composite(frame: LayeredImage, backdrop: Backdrop, gain: Gain | None = None) -> RgbImage:
    """Composite the subject over a backdrop; ``gain``, if any, changes the light on the subject."""
    subject = None
    if gain is None and has_library():
        subject = Subject(frame.eight_bits, frame.celled_matte, frame.layers.index, frame.layers.foreground)
    if subject is not None and isinstance(backdrop, _UpsampledBackdrop) and frame.strip_map is map:
        small, factor = backdrop.encode(backdrop.level.small), backdrop.level.factor
        if can_upsample(small, factor):
            return composite_upsampled(small, factor, subject, LEVELS_IN_SRGB)
    result = np.empty_like(frame.eight_bits)

    def composite_rows(rows: slice) -> None:
        shown, alpha = result[rows], frame.alpha[rows]
        backdrop(rows, shown)
        if subject is not None:
            composite(subject, rows, LEVELS_IN_SRGB, result)
            return
        gains = None if gain is None else gain(rows)
        soft = _composite_soft(frame, shown, rows, gains)
        is_subject = alpha > 0.5
        if gains is None:
            cv2.copyTo(frame.eight_bits[rows], is_subject.view(np.uint8), shown)
        else:
            _put_lit(shown, frame.eight_bits[rows], is_subject, gains)
        if soft is not None:
            scatter_pixels(shown, *soft)

    frame.for_strips(composite_rows)
    return result


def _put_lit(shown: RgbImage, image: RgbImage, is_subject: NDArray[np.bool_], gains: NDArray[np.float32]) -> None:
    """Write the subject with changed light over the shown image, in place."""
    box = bounding_box(is_subject)
    if box.area_px:
        subject = to_srgb(
            relight(to_linear(np.ascontiguousarray(box.crop(image))), np.ascontiguousarray(box.crop(gains)))
        )
        cv2.copyTo(subject, box.crop(is_subject).view(np.uint8), box.crop(shown))


def _composite_soft(
    frame: LayeredImage, behind: RgbImage, rows: slice, gains: NDArray[np.float32] | None
) -> tuple[NDArray[np.intp], RgbImage] | None:
    """Flat indices of the soft pixels of some rows and their composite in linear light; None if there are none."""
    places, soft = frame.layers.within(rows)
    if not places.size:
        return None
    foreground = frame.layers.foreground[soft]
    if gains is not None:
        foreground = relight(foreground[None], np.take(gains, places)[None])[0]
    alpha = np.repeat(np.take(frame.alpha[rows], places), 3).reshape(-1, 3)  # NumPy itself would spread it more slowly
    light = alpha * foreground + (1.0 - alpha) * to_linear(gather_pixels(behind, places)[None])[0]
    return places, to_srgb(light[None])[0]


def _blur(frame: LayeredImage, look: Look) -> Backdrop:
    """The blurred background by either method, cross-faded around `SMALL_FROM_PX`."""
    radius_px = look.blur.blur_radius_px(*frame.shape)
    start_px = LIGHTS_SMALL_FROM_PX if look.blur.highlight_boost else SMALL_FROM_PX
    share = min(1.0, max(0.0, (radius_px - start_px) / _FADE_PX + 0.5))
    if share == 1.0:
        return _blur_small(frame, look)
    fine = _blur_plate(frame, look)
    return fine if share == 0.0 else _faded(fine, _blur_small(frame, look), share)


def _blur_small(frame: LayeredImage, look: Look) -> Backdrop:
    """Blur the whole background downsampled."""
    blur = look.blur.disk_blur(*frame.shape)
    return _encoded(blur_background(frame, blur, downsample_from_px=COARSE_DOWNSAMPLE_FROM_PX), look)


def _encoded(background: BlurredBackground, look: Look) -> Backdrop:
    """Encode as 8 bits at the low resolution, in grey where that is wanted, then upsample."""
    convert = _to_grey_srgb if look.background.kind == "blur+mono" else to_srgb
    one, *others = (_UpsampledBackdrop(level, convert) for level in background.levels)
    return _faded(one, others[0], background.levels[1].share) if others else one


def _faded(one: Backdrop, other: Backdrop, share: float) -> Backdrop:
    """Cross-fade of two backgrounds by the share of the second."""

    def fade(rows: slice, out: RgbImage) -> None:
        second = np.empty_like(out)
        one(rows, out)
        other(rows, second)
        cv2.addWeighted(out, 1.0 - share, second, share, 0.0, dst=out)

    return fade


def _blur_plate(frame: LayeredImage, look: Look) -> Backdrop:
    """A clean plate, blurred at full or half resolution."""
    nobody, no_layers = np.zeros(frame.shape, np.float32), SoftLayers.none(frame.shape)
    plate = replace(frame, image=_clean_plate(frame), alpha=nobody, layers=no_layers)
    blur = look.blur.disk_blur(*frame.shape)
    return _encoded(blur_background(plate, blur, downsample_from_px=FINE_DOWNSAMPLE_FROM_PX), look)


def _to_grey_srgb(light: LinearImage) -> RgbImage:
    return to_srgb(grey(light))


def _clean_plate(frame: LayeredImage) -> RgbImage:
    """The clean plate: the frame with the subject inpainted by the background's mean colours, uint8 (H, W, 3)."""
    models = frame.layers.models or LayerModels.of(frame.eight_bits, frame.alpha, "coarse", frame.strip_map)
    framed = cv2.copyMakeBorder(to_srgb(models.background), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    behind = np.asarray(framed, np.uint8)
    plate, width = np.empty_like(frame.eight_bits), frame.eight_bits.shape[1]

    def clean_rows(rows: slice) -> None:
        shown, alpha = plate[rows], frame.alpha[rows]
        np.copyto(shown, frame.eight_bits[rows])
        is_subject, (places, soft) = (alpha >= 0.5).view(np.uint8), frame.layers.within(rows)
        if not places.size and not cv2.countNonZero(is_subject):
            return
        around = np.ascontiguousarray(upsample_rows(behind, models.step, rows, width))
        cv2.copyTo(around, is_subject, shown)
        if places.size:
            scatter_pixels(shown, places, _background_within(around, alpha, places, frame.layers.background[soft]))

    frame.for_strips(clean_rows)
    return plate


def _background_within(
    around: RgbImage, alpha: AlphaMatte, places: NDArray[np.intp], own: NDArray[np.float32]
) -> RgbImage:
    """Background colours of soft pixels, (N, 3): their own estimates, whose error grows as 1 / (1 − α), weighted by
    (1 − α)² against the plate's.
    """
    known = np.square(1.0 - np.take(alpha, places))[:, None]
    near = to_linear(gather_pixels(around, places)[None])
    encoded: RgbImage = to_srgb(near + known * (own - near))[0]
    return encoded


def _mono(frame: LayeredImage, look: Look) -> Backdrop:
    grey = GreyBackdrop(frame.eight_bits, frame.layers)

    def put_grey(rows: slice, out: RgbImage) -> None:
        cv2.merge([to_srgb(grey.luminance(rows))] * 3, dst=out)

    return put_grey


def _image(frame: LayeredImage, look: Look) -> Backdrop:
    image = prepare_background(look, frame.eight_bits, frame.alpha).picture
    if image is None:
        raise AssertionError("a Background of this kind has its image")
    return shadow_on(lambda rows, out: np.copyto(out, image[rows]), frame.alpha, look.background.backdrop.shadow)


def _color(frame: LayeredImage, look: Look) -> Backdrop:
    line = np.tile(np.array(look.background.color, np.uint8), (frame.shape[1], 1))
    return shadow_on(lambda rows, out: np.copyto(out, line), frame.alpha, look.background.backdrop.shadow)


def _render_stage(frame: LayeredImage) -> RgbImage:
    """The pool of light and the beam are smooth: made small."""
    width, small = frame.shape[1], StageBackdrop.aimed(frame.alpha).downsampled(_STAGE_DOWNSAMPLING)
    whole = slice(0, small.height)
    pool, gain = to_srgb(small.rows(whole, small.width)), small.gain(whole, small.width)
    return _composite(
        frame,
        lambda rows, out: upsample_rows_into(out, pool, _STAGE_DOWNSAMPLING, rows),
        lambda rows: np.ascontiguousarray(upsample_rows(gain, _STAGE_DOWNSAMPLING, rows, width)),
    )


_BACKDROPS: Mapping[BackgroundKind, Callable[[LayeredImage, Look], Backdrop]] = {
    "blur": _blur,
    "blur+mono": _blur,
    "mono": _mono,
    "image": _image,
    "color": _color,
}
"""The backgrounds that leave the subject's light as it is."""
