"""Loading and saving photos and mattes."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from portrait.core.arrays import DeepRgbImage, RgbImage, require_rgb
from portrait.core.color import to_8_bits
from portrait.core.high_dynamic_range import tone_map
from portrait.files.colors.color_description import read_color_space
from portrait.files.colors.color_space import ColorSpace
from portrait.files.colors.deep_color import decode_deep
from portrait.files.colors.transfer_curve import read_transfer_curve
from portrait.files.containers.jpeg_encoding import read_jpeg_subsampling, read_jpeg_tables
from portrait.files.decoding import decode, open_picture, white_level
from portrait.files.depth.camera_matte import CameraMatte, read_camera_matte
from portrait.files.depth.depth_map_file import StoredDepth, read_stored_depth
from portrait.files.depth.gain_map import read_gain_map
from portrait.files.depth.heif_gain_map import read_heif_gain_map
from portrait.files.encoding import encode
from portrait.files.formats import (
    READABLE_SUFFIXES,
    RawMode,
    SaveOptions,
    is_photo_path,
    is_raw_path,
    writable_format,
)
from portrait.files.matte_io import load_matte, save_matte
from portrait.files.metadata.photo_metadata import PhotoMetadata, read_description
from portrait.files.metadata.private_metadata import strip_private
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import Pixels, to_pixels, widen_range
from portrait.files.placement import Placement, read_placement
from portrait.files.system.atomic import Writer, write_atomically
from portrait.files.system.os_errors import read_error
from portrait.language import tr

DEFAULT_MAX_MEGAPIXELS = 200.0
"""A hard cap: what is larger is refused by its header, before anything is decoded."""

_DEFAULT_SAVE_OPTIONS = SaveOptions()

__all__ = [
    "DEFAULT_MAX_MEGAPIXELS",
    "READABLE_SUFFIXES",
    "Photo",
    "PhotoMetadata",
    "SaveOptions",
    "copy_photo",
    "is_photo_path",
    "load_matte",
    "load_photo",
    "read_size",
    "save_matte",
    "save_photo",
    "to_profile",
]


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo as loaded.

    Attributes
    ----------
    image
        uint8 (H, W, 3), upright, C-contiguous, read-only; in sRGB, or with the primaries of ``metadata.icc_profile``;
        always encoded by the curve of sRGB.
    metadata
        What is to be kept when it is saved again.
    warnings
        What was lost or guessed in reading, one sentence each.
    deep
        uint16 (H, W, 3), as ``image``, where 8 bits do not hold the image: the file has 16, or another curve.
    stored_depth, stored_matte
        Those that a phone stored beside it, where they were asked for.
    """

    image: RgbImage
    metadata: PhotoMetadata
    warnings: tuple[str, ...] = ()
    deep: DeepRgbImage | None = None
    stored_depth: StoredDepth = field(default_factory=StoredDepth)
    stored_matte: CameraMatte = field(default_factory=CameraMatte)

    @property
    def colors(self) -> RgbImage | DeepRgbImage:
        """The image with all its bits."""
        return self.image if self.deep is None else self.deep


def load_photo(
    path: Path,
    *,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
    raw: RawMode = "preview",
    with_depth: bool = False,
    with_matte: bool = False,
) -> Photo:
    """Load a photo of any readable format, whatever its suffix says.

    Grey, palette, CMYK and L*a*b* images become RGB; those with more than 8 bits keep them in PNG, TIFF, PNM,
    JPEG 2000, HEIC and AVIF; high dynamic range is tone-mapped; transparency is set aside; crop and orientation are
    applied; the first image of several is taken.

    Parameters
    ----------
    path
        JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF, PNM, JPEG 2000, or a camera raw file.
    max_megapixels
        Hard cap, checked on the header before the pixels are decoded.
    raw
        What is taken of a camera raw file: the camera's own picture inside, or the sensor's values, developed as
        `portrait.files.raw.development.developed_file` says.
    with_depth, with_matte
        Read the depth too that a phone stored beside the image; the matte.

    Raises
    ------
    ImageFileError
        Missing, a folder, empty, no permission, not an image, too large, truncated or damaged; or what
        develops raw files is not installed.
    """
    notes: list[str] = []
    with open_picture(path, max_megapixels, notes, raw) as opened:
        white, subsampling = white_level(opened), read_jpeg_subsampling(opened.picture)
        decode(opened, max_megapixels)
        deep = _read_deep(opened, white, notes) if white > 255 else None
        tables = read_jpeg_tables(opened.picture)
        metadata = replace(_read_metadata(opened, notes), jpeg_subsampling=subsampling, jpeg_tables=tables)
        space = read_color_space(opened, notes)
        pixels = to_pixels(opened, space.icc_profile, deep)
        photo = _to_photo(pixels, space, metadata, read_placement(opened), notes)
        size = photo.image.shape[0], photo.image.shape[1]
        depth = read_stored_depth(opened, size) if with_depth else photo.stored_depth
        matte = read_camera_matte(opened, size) if with_matte else photo.stored_matte
        return replace(photo, stored_depth=depth, stored_matte=matte)


def read_size(path: Path, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> tuple[int, int]:
    """(H, W) from the header alone, before orientation; of AVIF before its crop.

    Raises
    ------
    ImageFileError
        As `load_photo`, as far as the header tells.
    """
    with open_picture(path, max_megapixels) as opened:
        return opened.picture.height, opened.picture.width


def save_photo(
    path: Path,
    image: RgbImage | DeepRgbImage,
    metadata: PhotoMetadata | None = None,
    options: SaveOptions = _DEFAULT_SAVE_OPTIONS,
    *,
    write: Writer = write_atomically,
) -> tuple[str, ...]:
    """Save a photo atomically, in the format of the path's suffix.

    Parameters
    ----------
    path
        ``.jpg``, ``.png``, ``.webp``, ``.heic``, ``.avif`` or ``.tif`` (and their other spellings). Replaced if there.
    image
        uint8 or uint16 (H, W, 3); 16 bits are kept by PNG and TIFF.
    metadata
        From the photo that the image was made of.
    options
        Quality, and whether private metadata is stripped.
    write
        What writes the file.

    Returns
    -------
    tuple of str
        What the format could not hold, one sentence each.

    Raises
    ------
    ImageFileError
        Unknown suffix, too large for the format, disk full, no permission, missing folder.
    """
    require_rgb(image, may_be_deep=True)
    file_format = writable_format(path)
    metadata = metadata or PhotoMetadata()
    if options.private == "strip":
        metadata = strip_private(metadata)
    encoded, lost = encode(to_profile(image, metadata), metadata, file_format, options.quality)
    write(path, encoded)
    return tuple(lost)


def to_profile(image: RgbImage | DeepRgbImage, metadata: PhotoMetadata) -> RgbImage | DeepRgbImage:
    """An image as its ICC profile encodes it, with the bits of the file that it came from."""
    if metadata.transfer_curve is None:
        return image
    deep = image if image.dtype == np.uint16 else np.multiply(image, 257, dtype=np.uint16)
    return metadata.transfer_curve.from_srgb(np.asarray(deep, np.uint16), metadata.bits)


def copy_photo(source: Path, target: Path, *, write: Writer = write_atomically) -> None:
    """Copy an image file byte by byte, atomically.

    Raises
    ------
    ImageFileError
        The source cannot be read or the target cannot be written.
    """
    try:
        content = source.read_bytes()
    except OSError as exc:
        raise read_error(source, exc) from exc
    write(target, content)


def _read_metadata(opened: OpenedImage, notes: list[str]) -> PhotoMetadata:
    """Metadata of a loaded image; some formats store them behind the pixels."""
    source_format = "JPEG" if opened.picture.format == "MPO" else opened.picture.format or ""
    if is_raw_path(opened.path):
        source_format = ""  # the file as it is can be saved in no format
    gain_map = None
    if source_format == "JPEG":
        gain_map = read_gain_map(opened, read_placement(opened))
    elif source_format == "HEIF":
        gain_map = read_heif_gain_map(opened)
    return replace(read_description(opened, notes, gain_map), source_format=source_format)


def _read_deep(opened: OpenedImage, white: int, notes: list[str]) -> NDArray[np.uint16] | None:
    """The 16-bit colours of an image that Pillow has reduced; where they cannot be had, that is said."""
    deep = decode_deep(opened, white)
    if deep is None:
        notes.append(tr("{bits}-bit picture reduced to 8 bits", bits=white.bit_length()))
    return deep


def _to_photo(
    pixels: Pixels, space: ColorSpace, metadata: PhotoMetadata, placement: Placement, notes: list[str]
) -> Photo:
    metadata = replace(
        metadata,
        icc_profile=pixels.icc_profile,
        transfer_curve=read_transfer_curve(pixels.icc_profile) if pixels.icc_profile else None,
        bits=8 if pixels.deep is None else 16,
        transparency=None if pixels.transparency is None else placement.apply(pixels.transparency),
    )
    image, deep = _to_working_curve(pixels, space, metadata, notes)
    image = placement.apply(image)
    image.flags.writeable = False
    return Photo(image, metadata, (*notes, *pixels.warnings), None if deep is None else placement.apply(deep))


def _to_working_curve(
    pixels: Pixels, space: ColorSpace, metadata: PhotoMetadata, notes: list[str]
) -> tuple[RgbImage, DeepRgbImage | None]:
    """The image with 8 bits, and with 16 where it needs them, encoded by the curve of sRGB."""
    colors = pixels.image if pixels.deep is None else pixels.deep
    if space.is_narrow:
        colors = widen_range(colors)
    if space.hdr:
        colors = tone_map(colors, space.hdr, space.primaries)
        notes.append(tr("high dynamic range ({hdr}) was tone-mapped to standard range", hdr=space.hdr))
    if metadata.transfer_curve is not None:
        colors = metadata.transfer_curve.to_srgb(colors)
    elif metadata.bits == 8:
        colors = to_8_bits(colors)
    return to_8_bits(colors), None if colors.dtype == np.uint8 else np.asarray(colors, np.uint16)
