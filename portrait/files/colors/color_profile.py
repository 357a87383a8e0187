"""Conversion by ICC profiles: RGB profiles are kept with the image, grey and CMYK ones are applied."""

import io
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from portrait.core.arrays import RgbImage
from portrait.files.colors.color_space import make_grey_profile

GreyLevel = TypeVar("GreyLevel", np.uint8, np.uint16)

RGB_SPACE, GREY_SPACE, CMYK_SPACE = "RGB", "GRAY", "CMYK"


def profile_space(icc_profile: bytes) -> str:
    """Colour space that the profile describes, as ``RGB``, ``GRAY`` or ``CMYK``; empty when it cannot be read."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        return profile.profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError, UnicodeDecodeError):
        return ""


def to_srgb(picture: Image.Image, icc_profile: bytes) -> Image.Image | None:
    """Convert an image to sRGB, mode ``RGB``; None where the profile is damaged or does not fit the image."""
    try:
        return ImageCms.profileToProfile(
            picture, io.BytesIO(icc_profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (OSError, ImageCms.PyCMSError):
        return None


def grey_to_srgb(levels: NDArray[GreyLevel], icc_profile: bytes) -> NDArray[GreyLevel] | None:
    """Convert grey levels, uint8 or uint16 of any shape, to the curve of sRGB; None where the profile is damaged.

    By a table of all 16-bit levels, so that all depths are converted alike.
    """
    ramp = Image.fromarray(np.arange(65_536, dtype=np.uint16).reshape(256, 256))
    target = io.BytesIO(make_grey_profile())
    try:
        converted = ImageCms.profileToProfile(
            ramp, io.BytesIO(icc_profile), target, outputMode="I;16", flags=ImageCms.Flags.NOOPTIMIZE
        )
    except (OSError, ImageCms.PyCMSError):
        return None
    table = np.asarray(converted, np.uint16).ravel()
    if levels.dtype == np.uint8:
        table = np.rint(table[::257] / 257.0).astype(np.uint8)
    return np.asarray(table[levels], levels.dtype)


def convert(image: RgbImage, source: bytes | None, target: bytes | None) -> RgbImage:
    """Convert colours to another RGB space; None stands for sRGB.

    uint8 (H, W, 3), read-only. Unchanged where the spaces are equal, or a profile is damaged or of another kind.
    """
    if source == target:
        return image
    try:
        spaces = [_open_profile(profile) for profile in (source, target)]
        converted = ImageCms.profileToProfile(Image.fromarray(image), spaces[0], spaces[1], outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        return image
    return np.asarray(converted)


def _open_profile(icc_profile: bytes | None) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc_profile) if icc_profile else ImageCms.createProfile("sRGB"))


def lab_to_srgb(picture: Image.Image) -> Image.Image:
    """Convert an image from CIE L*a*b* to sRGB, mode ``RGB``."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    converted = to_srgb(picture, profile.tobytes())
    if converted is None:
        raise AssertionError("the profile was made for this picture")
    return converted


def is_grey(image: NDArray[np.uint8 | np.uint16]) -> bool:
    """Whether the first three channels are the same."""
    return bool((image[..., 0] == image[..., 1]).all() and (image[..., 0] == image[..., 2]).all())
