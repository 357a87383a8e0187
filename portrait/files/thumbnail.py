"""Thumbnails of image files, as JPEG bytes or as an image."""

from pathlib import Path

import numpy as np

from portrait.core.arrays import RgbImage
from portrait.core.resize import downsample_to_long_side
from portrait.files.decoding import open_picture
from portrait.files.encoding import encode
from portrait.files.image_io import DEFAULT_MAX_MEGAPIXELS, Photo, load_photo, read_size
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.pillow_guards import DECODER_ERRORS
from portrait.files.pixels import flatten
from portrait.files.placement import read_placement
from portrait.files.refusals import short_of_memory

_QUALITY = 80
_SPARE = 2  # times the side that a JPEG is decoded to


def load_thumbnail(path: Path, side_px: int, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> Photo:
    """Load a photo downsampled to ``side_px`` on its long side; of a JPEG only what that needs is decoded.

    Transparent parts are white.

    Raises
    ------
    ImageFileError
        The image cannot be read, or is too large for the memory.
    """
    try:
        photo = _load_reduced_jpeg(path, side_px, max_megapixels) or load_photo(path, max_megapixels=max_megapixels)
        image = np.ascontiguousarray(_on_white(photo, side_px), np.uint8)
    except MemoryError as exc:
        height, width = read_size(path, max_megapixels=max_megapixels)
        raise short_of_memory(path, height * width, exc) from exc
    return Photo(image, PhotoMetadata(icc_profile=photo.metadata.icc_profile))


def _load_reduced_jpeg(path: Path, side_px: int, max_megapixels: float) -> Photo | None:
    """A JPEG decoded at 1/2 … 1/8 of its size (ITU-T T.81 with fewer coefficients); None for other files."""
    with open_picture(path, max_megapixels) as opened:
        picture = opened.picture
        if picture.format not in ("JPEG", "MPO") or picture.mode not in ("RGB", "L"):
            return None
        picture.draft(picture.mode, (_SPARE * side_px, _SPARE * side_px))
        try:
            picture.load()
        except DECODER_ERRORS:  # it may still be complete enough, which `load_photo` finds out
            return None
        profile = picture.info.get("icc_profile") if picture.mode == "RGB" else None
        pixels = np.asarray(picture.convert("RGB"))
        return Photo(read_placement(opened).apply(pixels), PhotoMetadata(icc_profile=profile))


def _on_white(photo: Photo, side_px: int) -> RgbImage:
    image, opacity = downsample_to_long_side(photo.image, side_px), photo.metadata.transparency
    if opacity is None:
        return image
    levels = np.asarray(opacity if opacity.dtype == np.uint8 else opacity >> 8, np.uint8)
    small = downsample_to_long_side(levels, side_px)
    return flatten(image, small.astype(np.uint16) * 257)


def thumbnail_jpeg(path: Path, side_px: int, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> bytes:
    """Bytes of a JPEG of the image in ``path``, upright, in its own colours, on white where it is transparent.

    Parameters
    ----------
    path
        Any readable image.
    side_px
        Longest side.
    max_megapixels
        Hard cap, as for `portrait.files.image_io.load_photo`.

    Raises
    ------
    ImageFileError
        The image cannot be read, or is too large for the memory.
    """
    photo = load_thumbnail(path, side_px, max_megapixels=max_megapixels)
    encoded, _ = encode(photo.image, photo.metadata, "JPEG", _QUALITY)
    return bytes(encoded)
