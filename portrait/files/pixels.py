"""From the many kinds of pixels in files to `RgbImage` and transparency."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import DeepRgbImage, RgbImage
from portrait.core.color import to_8_bits
from portrait.files.color_profile import (
    CMYK_SPACE,
    GREY_SPACE,
    RGB_SPACE,
    lab_to_srgb,
    profile_space,
    to_srgb,
)

Level = TypeVar("Level", bound=np.generic)

_GREY_MODES = ("1", "L", "LA", "La")
_DEEP_GREY_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


@dataclass(slots=True, eq=False)
class Pixels:
    """The colours of a decoded picture, upright once `turn_upright` was applied.

    ``image`` is uint8 (H, W, 3), ``deep`` the same with 16 bits where the file has them, ``transparency`` uint8 or
    uint16 (H, W) or none, ``icc_profile`` the RGB profile that the colours are still in (none: sRGB), ``warnings``
    tells what was lost on the way.
    """

    image: RgbImage
    deep: DeepRgbImage | None = None
    transparency: NDArray[np.uint8 | np.uint16] | None = None
    icc_profile: bytes | None = None
    warnings: list[str] = field(default_factory=list)


def to_pixels(picture: Image.Image, icc_profile: bytes | None, deep: NDArray[np.uint16] | None = None) -> Pixels:
    """Colours and transparency of a loaded picture of any mode; ``deep`` are the same colours with 16 bits, if any."""
    if deep is not None:
        return _deep_to_pixels(deep, icc_profile)
    transparency = None
    if picture.has_transparency_data and picture.mode not in _DEEP_GREY_MODES:
        picture = picture.convert("RGBA") if picture.mode not in _GREY_MODES else picture.convert("LA")
        transparency = _transparency(picture)
        picture = picture.convert("RGB" if picture.mode == "RGBA" else "L")
    pixels = _to_rgb(picture, icc_profile)
    pixels.transparency = transparency
    return pixels


def turn_upright(array: NDArray[Level], orientation: int) -> NDArray[Level]:
    """The array with the EXIF orientation (1 … 8) applied; unknown values leave it as it is."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def flatten(image: RgbImage, transparency: NDArray[Any], backdrop: RgbImage | None = None) -> RgbImage:
    """The picture on a backdrop, which is seen where the picture is transparent.

    Parameters
    ----------
    image
        uint8 (H, W, 3).
    transparency
        uint8 or uint16 (H, W), 0 clear … 255 or 65,535 opaque.
    backdrop
        uint8 (H, W, 3), encoded as the image is; white by default.
    """
    picture = Image.fromarray(image)
    behind = Image.new("RGB", picture.size, "white") if backdrop is None else Image.fromarray(backdrop)
    return np.asarray(Image.composite(picture, behind, Image.fromarray(to_8_bits(transparency))))


def reduce_to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey values of any depth as uint8.

    16-bit integers fill the range by their type. 32-bit and floating-point files do not say what white is: it is taken
    as the smallest of 1 (floating point only), 255 and 65535 that holds all values, else as the largest value.
    """
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        white = 65_535.0
    else:
        values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
        white = _likely_white(float(values.max()), is_float=values.dtype.kind == "f")
    scaled: NDArray[np.float32] = values.astype(np.float32) * np.float32(255.0 / white)
    return scaled.clip(0.0, 255.0).round().astype(np.uint8)


def _likely_white(largest: float, *, is_float: bool) -> float:
    candidates = (1.0, 255.0, 65_535.0) if is_float else (255.0, 65_535.0)
    return next((white for white in candidates if largest <= white), largest)


def _transparency(picture: Image.Image) -> NDArray[np.uint8] | None:
    alpha = np.asarray(picture.getchannel("A"))
    return None if int(alpha.min()) == 255 else np.array(alpha)


def _deep_to_pixels(deep: NDArray[np.uint16], icc_profile: bytes | None) -> Pixels:
    colors = np.ascontiguousarray(deep[..., :3])
    pixels = _with_profile(to_8_bits(colors), icc_profile)
    pixels.deep = colors
    if deep.shape[2] == 4 and int(deep[..., 3].min()) < 65_535:
        pixels.transparency = np.ascontiguousarray(deep[..., 3])
    return pixels


def _to_rgb(picture: Image.Image, icc_profile: bytes | None) -> Pixels:
    space = profile_space(icc_profile) if icc_profile else ""
    is_grey_16 = picture.mode.startswith("I;16") or (picture.format, picture.mode) == ("PPM", "I")
    if is_grey_16 and space != GREY_SPACE:
        grey = np.asarray(picture).astype(np.uint16)
        return _deep_to_pixels(np.repeat(grey[..., None], 3, axis=2), icc_profile)
    if picture.mode in _DEEP_GREY_MODES:
        bits = "16-bit" if picture.mode.startswith("I;16") else "32-bit"
        picture = Image.fromarray(reduce_to_8_bits(np.asarray(picture)))
        pixels = _grey_to_rgb(picture, icc_profile, space)
        pixels.warnings.insert(0, f"{bits} picture reduced to 8 bits")
        return pixels
    if picture.mode in _GREY_MODES:
        return _grey_to_rgb(picture.convert("L"), icc_profile, space)
    if picture.mode == "CMYK":
        return _cmyk_to_rgb(picture, icc_profile, space)
    if picture.mode == "LAB":
        return Pixels(np.asarray(lab_to_srgb(picture)))
    return _with_profile(np.asarray(picture.convert("RGB")), icc_profile)


def _grey_to_rgb(picture: Image.Image, icc_profile: bytes | None, space: str) -> Pixels:
    converted = to_srgb(picture, icc_profile) if icc_profile and space == GREY_SPACE else None
    if converted is not None:
        return Pixels(np.asarray(converted))
    return _with_profile(np.asarray(picture.convert("RGB")), icc_profile)


def _cmyk_to_rgb(picture: Image.Image, icc_profile: bytes | None, space: str) -> Pixels:
    converted = to_srgb(picture, icc_profile) if icc_profile and space == CMYK_SPACE else None
    if converted is not None:
        return Pixels(np.asarray(converted), warnings=["CMYK picture converted to sRGB"])
    warning = "CMYK picture without a fitting colour profile: its colours are a guess"
    return Pixels(np.asarray(picture.convert("RGB")), warnings=[warning])


def _with_profile(image: RgbImage, icc_profile: bytes | None) -> Pixels:
    if icc_profile and profile_space(icc_profile) != RGB_SPACE:
        return Pixels(image, warnings=["the colour profile does not fit the picture and was dropped"])
    return Pixels(image, icc_profile=icc_profile)
