"""From the many kinds of pixels in files to `RgbImage` and transparency."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import DeepRgbImage, RgbImage
from portrait.core.color import to_8_bits
from portrait.files.colors.color_profile import (
    CMYK_SPACE,
    GREY_SPACE,
    RGB_SPACE,
    grey_to_srgb,
    is_grey,
    lab_to_srgb,
    profile_space,
    to_srgb,
)
from portrait.files.colors.grey import has_levels, read_levels
from portrait.files.opened_image import OpenedImage
from portrait.language import tr

Level = TypeVar("Level", bound=np.generic)

_STRIP_ROWS = 64


@dataclass(slots=True, eq=False)
class Pixels:
    """The colours of a decoded image, upright once `turn_upright` was applied.

    ``image`` is uint8 (H, W, 3), ``deep`` the same with 16 bits where the file has them, ``transparency`` uint8 or
    uint16 (H, W) or none, ``icc_profile`` the RGB profile that the colours are still in (none: sRGB), ``warnings``
    tells what was lost on the way.
    """

    image: RgbImage
    deep: DeepRgbImage | None = None
    transparency: NDArray[np.uint8 | np.uint16] | None = None
    icc_profile: bytes | None = None
    warnings: list[str] = field(default_factory=list)


def to_pixels(opened: OpenedImage, icc_profile: bytes | None, deep: NDArray[np.uint16] | None = None) -> Pixels:
    """Colours and transparency of a loaded image of any mode; ``deep`` are the same colours with 16 bits, if any."""
    picture = opened.picture
    if deep is not None:
        return _colors_to_pixels(deep, icc_profile)
    if has_levels(picture):
        return _levels_to_pixels(*read_levels(opened), icc_profile)
    if picture.mode == "CMYK":
        return _cmyk_to_rgb(picture, icc_profile)
    if picture.mode == "LAB":
        return Pixels(np.asarray(lab_to_srgb(picture)))
    if picture.has_transparency_data:
        return _colors_to_pixels(np.asarray(picture.convert("RGBA")), icc_profile)
    return _colors_to_pixels(read_rgb(picture if picture.mode == "RGB" else picture.convert("RGB")), icc_profile)


def read_rgb(picture: Image.Image) -> RgbImage:
    """The pixels of an image of mode RGB, uint8 (H, W, 3), strip by strip.

    Pillow holds four bytes a pixel. Copied out as they are and reduced to three by OpenCV, they take half the time of
    ``numpy.asarray``.
    """
    width, height = picture.size
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        strip = picture.crop((0, top, width, min(height, top + _STRIP_ROWS)))
        four = np.frombuffer(strip.tobytes("raw", "RGBX"), np.uint8).reshape(strip.height, width, 4)
        cv2.cvtColor(four, cv2.COLOR_RGBA2RGB, dst=image[top : top + strip.height])
    return image


def turn_upright(array: NDArray[Level], orientation: int) -> NDArray[Level]:
    """The array with the EXIF orientation (1 … 8) applied; unknown values leave it as it is."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def widen_range(image: RgbImage | DeepRgbImage) -> DeepRgbImage:
    """uint16 from black to white, for uint8 or uint16 that has them at 16 and 235 of 255 (ITU-R BT.2100, table 9)."""
    levels = np.arange(np.iinfo(image.dtype).max + 1)
    step = 1 if image.dtype == np.uint8 else 256  # n bits have 2 ** (n − 8) levels for each of 8
    table = np.rint((levels / step - 16.0) * (65_535.0 / 219.0)).clip(0.0, 65_535.0)
    return np.asarray(cv2.LUT(image, table.astype(np.uint16)), np.uint16)


def flatten(image: RgbImage, transparency: NDArray[Any], backdrop: RgbImage | None = None) -> RgbImage:
    """The image on a backdrop, which is seen where the image is transparent.

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


def _colors_to_pixels(colors: NDArray[np.uint8 | np.uint16], icc_profile: bytes | None) -> Pixels:
    """From RGB or RGBA. A grey profile fits where all is grey: some decoders have no other mode for it."""
    opacity = _opacity(colors[..., 3]) if colors.shape[2] == 4 else None
    image = np.ascontiguousarray(colors[..., :3])
    if icc_profile and profile_space(icc_profile) == GREY_SPACE and is_grey(image):
        return _levels_to_pixels(image[..., 0], opacity, icc_profile)
    return _to_pixels(image, opacity, icc_profile)


def _opacity(alpha: NDArray[np.uint8 | np.uint16]) -> NDArray[np.uint8 | np.uint16] | None:
    return None if int(alpha.min()) == np.iinfo(alpha.dtype).max else np.ascontiguousarray(alpha)


def _levels_to_pixels(levels: NDArray[Any], opacity: NDArray[Any] | None, icc_profile: bytes | None) -> Pixels:
    """From grey of any depth: by its profile to sRGB, or in the RGB space of its profile."""
    warnings = []
    if levels.dtype not in (np.uint8, np.uint16):
        levels, warnings = reduce_to_8_bits(levels), [tr("32-bit picture reduced to 8 bits")]
    is_grey_profile = icc_profile is not None and profile_space(icc_profile) == GREY_SPACE
    converted = grey_to_srgb(levels, icc_profile) if icc_profile and is_grey_profile else None
    if converted is not None:
        levels, icc_profile = converted, None
    pixels = _to_pixels(np.repeat(levels[..., None], 3, axis=2), opacity, icc_profile)
    pixels.warnings = warnings + pixels.warnings
    return pixels


def _cmyk_to_rgb(picture: Image.Image, icc_profile: bytes | None) -> Pixels:
    is_fitting = icc_profile is not None and profile_space(icc_profile) == CMYK_SPACE
    converted = to_srgb(picture, icc_profile) if icc_profile and is_fitting else None
    if converted is not None:
        return Pixels(np.asarray(converted), warnings=[tr("CMYK picture converted to sRGB")])
    warning = tr("CMYK picture without a fitting colour profile: its colours are a guess")
    return Pixels(np.asarray(picture.convert("RGB")), warnings=[warning])


def _to_pixels(image: NDArray[Any], opacity: NDArray[Any] | None, icc_profile: bytes | None) -> Pixels:
    """An image in the RGB space of its profile; a profile of another kind goes."""
    pixels = Pixels(to_8_bits(image), None if image.dtype == np.uint8 else image, opacity, icc_profile)
    if icc_profile and profile_space(icc_profile) != RGB_SPACE:
        pixels.icc_profile = None
        pixels.warnings.append(tr("the colour profile does not fit the picture and was dropped"))
    return pixels
