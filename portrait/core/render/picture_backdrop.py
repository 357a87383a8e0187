"""Another image behind the subject: placed, blurred by its distance, in the photo's light, with a shadow on it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.blur.bokeh import blur_background
from portrait.core.color import to_linear
from portrait.core.layers.layered_image import LayeredImage
from portrait.core.layers.soft_layers import SoftLayers
from portrait.core.lens.thin_lens import UNKNOWN_SUBJECT_DISTANCE_M
from portrait.core.render.backdrop import LUMINANCE, Backdrop, ImageBackdrop, cover
from portrait.core.render.grain import GrainyBackdrop
from portrait.core.render.look import Background, Look
from portrait.core.render.noise_estimation import estimate_noise
from portrait.core.render.shadow import with_shadow
from portrait.core.resize import downsample_to_long_side

_SHARP_RADIUS_PX = 0.5
_MEASURED_LONG_SIDE_PX = 256
_NORM = 6.0  # of the Minkowski mean of a colour: 1 is the mean, infinity the brightest pixel
_DARKEST, _BRIGHTEST = 0.01, 0.9  # linear light of pixels that tell the light: neither noise nor clipped
_LEAST_OPACITY, _LEAST_BACKGROUND = 0.05, 0.05
_MOST_EXPOSURE, _MOST_TINT = 2.0, 1.35


def picture_backdrop(scene: LayeredImage, look: Look) -> Backdrop:
    """The image of a look as the backdrop of a photo.

    Parameters
    ----------
    scene
        The photo.
    look
        Of the kind ``image``; its lens is focused.
    """
    picture, place = look.background.picture, look.background.backdrop
    if picture is None:
        raise AssertionError("a Background of this kind has its image")
    placed = np.ascontiguousarray(cover(picture, *scene.shape, place.x, place.y, place.scale))
    backdrop: Backdrop = ImageBackdrop(placed)
    radius_px = picture_radius_px(look, *scene.shape)
    if radius_px > _SHARP_RADIUS_PX:
        backdrop = _blurred(scene, placed, look, radius_px)
    if place.light == "match":
        backdrop = LitBackdrop(backdrop, wanted_gain(look.background, scene.eight_bits, scene.alpha, placed))
    return with_shadow(backdrop, scene.alpha, place.shadow)


def picture_radius_px(look: Look, height: int, width: int) -> float:
    """Radius of the blur disk of the image behind the subject, in pixels; 0 for one that is shown as it was taken.

    A thin lens blurs what is at the distance d behind a subject at s by d / (s + d) of what it does to infinity.
    """
    distance_m = look.background.backdrop.distance_m
    if distance_m is None:
        return 0.0
    focus_m = look.blur.lens.focus_distance_m or UNKNOWN_SUBJECT_DISTANCE_M
    return look.blur.blur_radius_px(height, width) * distance_m / (focus_m + distance_m)


@dataclass(frozen=True, slots=True, eq=False)
class LitBackdrop:
    """Another backdrop in other light.

    Attributes
    ----------
    backdrop
        The other one.
    gain
        float32 (3,): how much light each channel gets, in multiples of what it has.
    """

    backdrop: Backdrop
    gain: NDArray[np.float32]

    def rows(self, rows: slice, width: int) -> LinearImage:
        return brighten(self.backdrop.rows(rows, width), self.gain)


def brighten(light: LinearImage, gain: NDArray[np.float32]) -> LinearImage:
    """Linear light (h, w, 3) times a gain of each channel, (3,), rolled off above 1 so that nothing is clipped."""
    above = np.maximum(gain - np.float32(1.0), np.float32(0.0))
    return np.asarray(light * gain / (light * above + np.float32(1.0)), np.float32)


def wanted_gain(background: Background, photo: RgbImage, alpha: AlphaMatte, picture: RgbImage) -> NDArray[np.float32]:
    """The gain that a background was given, or else the one that matches its picture, see `matching_gain`."""
    if background.gain is not None:
        return np.array(background.gain, np.float32)
    return matching_gain(photo, alpha, picture)


def matching_gain(photo: RgbImage, alpha: AlphaMatte, picture: RgbImage) -> NDArray[np.float32]:
    """The gain of each channel that gives an image the light of what stood behind the subject, float32 (3,).

    White by the Minkowski mean of the colours (Finlayson & Trezzi 2004, "Shades of gray and colour constancy"),
    brightness by the mean of log luminance (Reinhard et al. 2002, doi:10.1145/566654.566575). Both are
    bounded: a night stays darker than a day, and a red room red.

    Parameters
    ----------
    photo, alpha
        uint8 (H, W, 3) and float32 (H, W). Of a photo with hardly any background all of it tells the light.
    picture
        uint8 (h, w, 3).
    """
    behind = downsample_to_long_side(alpha, _MEASURED_LONG_SIDE_PX) < _LEAST_OPACITY
    if behind.mean() < _LEAST_BACKGROUND:
        behind = np.ones_like(behind)
    tint, key = _measure_light(_small_light(photo)[behind])
    own_tint, own_key = _measure_light(_small_light(picture).reshape(-1, 3))
    exposure = float(np.clip(key / own_key, 1.0 / _MOST_EXPOSURE, _MOST_EXPOSURE))
    ratio = np.clip(tint / own_tint, 1.0 / _MOST_TINT, _MOST_TINT)
    return np.asarray(exposure * ratio / float(ratio @ np.array(LUMINANCE)), np.float32)


def _small_light(image: RgbImage) -> LinearImage:
    return to_linear(np.ascontiguousarray(downsample_to_long_side(image, _MEASURED_LONG_SIDE_PX)))


def _measure_light(light: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """Colour of the light of some pixels, (N, 3), with luminance 1, and their geometric mean of luminance."""
    luminance = light @ np.array(LUMINANCE, np.float32)
    telling = light[(luminance > _DARKEST) & (light.max(axis=1) < _BRIGHTEST)]
    key = float(np.exp(np.mean(np.log(np.maximum(luminance, _DARKEST)))))
    if not telling.size:
        return np.ones(3), key
    color = np.power(np.mean(np.power(telling.astype(np.float64), _NORM), axis=0), 1.0 / _NORM)
    return color / float(color @ np.array(LUMINANCE)), key


def _blurred(scene: LayeredImage, picture: RgbImage, look: Look, radius_px: float) -> Backdrop:
    """The image out of focus, with the noise of the photo where that is wanted."""
    plate = replace(scene, image=picture, alpha=np.zeros(scene.shape, np.float32), layers=SoftLayers.none(scene.shape))
    blur = replace(look.blur.disk_blur(*scene.shape), radius_px=radius_px)
    smooth: Backdrop = blur_background(plate, blur)
    noise = estimate_noise(scene.eight_bits) if look.grain == "match" else None
    return smooth if noise is None else GrainyBackdrop.of(smooth, noise, radius_px)
