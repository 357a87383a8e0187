"""Encoding to the bytes of an image file, with the metadata that the format can hold."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import DeepRgbImage, RgbImage
from portrait.core.color import to_8_bits
from portrait.errors import ImageFileError
from portrait.files.codecs import prepare_codecs
from portrait.files.colors.deep_color import DEEP_FORMATS, encode_deep
from portrait.files.containers.tiff_file import encode_tiff
from portrait.files.depth.depth_writing import with_depth
from portrait.files.depth.gain_map import GAIN_MAP, GAIN_MAP_MARK, append_gain_map, encode_gain_map, gain_map_item
from portrait.files.formats import DEFAULT_QUALITY, MAX_SIDE_PX, OPAQUE_FORMATS, format_name
from portrait.files.metadata.metadata_writing import metadata_options
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.metadata.xmp_container import ContainerItem, with_directory
from portrait.files.pixels import flatten
from portrait.language import tr

_PNG_COMPRESS_LEVEL = 4  # a third of the time of Pillow's 6, for some hundredths more bytes
_HEIC_PRESET = "ultrafast"  # of x265; "slow", the default, writes up to 15 % fewer bytes in seven times the time
_AVIF_SPEED = 8  # 1 % larger and 0.1 dB less than Pillow's 6, in two fifths of the time
_ENCODER_ERRORS = (OSError, ValueError, RuntimeError, KeyError)


def encode(
    image: RgbImage | DeepRgbImage, metadata: PhotoMetadata, file_format: str, quality: int | None
) -> tuple[memoryview, list[str]]:
    """The bytes of an image file, and what the format could not hold.

    Parameters
    ----------
    image
        uint8 or uint16 (H, W, 3).
    metadata
        As read from the source; its transparency must have the image's size.
    file_format
        A value of `portrait.files.formats.WRITABLE_SUFFIXES`.
    quality
        As in `portrait.files.formats.SaveOptions`.

    Raises
    ------
    ImageFileError
        The image is too large for the format, or the encoder failed.
    """
    _require_side(image, file_format)
    lost: list[str] = []
    opacity = _opacity(image, metadata)
    picture = _to_picture(to_8_bits(image), opacity, file_format, lost)
    items: list[ContainerItem] = []
    if file_format == "JPEG":
        metadata, items = _with_what_stands_behind(metadata, quality, lost)
    options = _encoder_options(picture, metadata, file_format, quality, lost)
    is_deep = image.dtype == np.uint16
    if is_deep and file_format not in DEEP_FORMATS:
        lost.append(
            tr("{format} has 8 bits a channel: the 16-bit picture was reduced", format=format_name(file_format))
        )
    prepare_codecs()
    encoded = io.BytesIO()
    try:
        if is_deep and file_format in DEEP_FORMATS:
            return encode_deep(np.asarray(image, np.uint16), opacity, file_format, options), lost
        if file_format == "TIFF":
            return encode_tiff(np.asarray(picture), options), lost
        picture.save(encoded, format=file_format, **options)
    except _ENCODER_ERRORS as exc:
        message = tr("The picture cannot be written as {format}: {reason}", format=format_name(file_format), reason=exc)
        raise ImageFileError(message, tr("Save it as JPEG or PNG.")) from exc
    return memoryview(_append(encoded.getvalue(), items)), lost


def encode_grey_16(values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> memoryview:
    """The bytes of a 16-bit grey PNG of uint16 (H, W)."""
    encoded = io.BytesIO()
    Image.fromarray(values).save(encoded, format="PNG", compress_level=_PNG_COMPRESS_LEVEL)
    return memoryview(encoded.getvalue())


def encode_indexed(numbers: NDArray[np.uint8], palette: NDArray[np.uint8]) -> memoryview:
    """The bytes of an indexed PNG of uint8 (H, W) with a palette, uint8 (256, 3) sRGB."""
    picture = Image.fromarray(numbers)
    picture.putpalette(palette.tobytes())  # the mode becomes "P"
    encoded = io.BytesIO()
    picture.save(encoded, format="PNG", compress_level=_PNG_COMPRESS_LEVEL)
    return memoryview(encoded.getvalue())


def _with_what_stands_behind(
    metadata: PhotoMetadata, quality: int | None, lost: list[str]
) -> tuple[PhotoMetadata, list[ContainerItem]]:
    """Metadata of a JPEG that tells of its depth and of the items behind it, and these."""
    if metadata.depth is not None:
        deep = with_depth(metadata, metadata.depth)
        metadata = metadata if deep is None else deep
        if deep is None:
            lost.append(tr("the depth could not be stored: the XMP metadata is damaged"))
    items, mark = list(metadata.items), b""
    if metadata.gain_map is not None:
        items.insert(0, gain_map_item(encode_gain_map(metadata.gain_map, quality)))
        mark = GAIN_MAP_MARK
    return (replace(metadata, xmp=with_directory(metadata.xmp, items, mark)) if items else metadata), items


def _append(image: bytes, items: list[ContainerItem]) -> bytes:
    """A JPEG with items behind it; of a gain map an index tells, too."""
    if items and items[0].semantic == GAIN_MAP:
        image, items = append_gain_map(image, items[0].content), items[1:]
    return b"".join((image, *(item.content for item in items)))


def _require_side(image: RgbImage | DeepRgbImage, file_format: str) -> None:
    side_px, limit_px = max(image.shape[:2]), MAX_SIDE_PX.get(file_format)
    if limit_px is not None and side_px > limit_px:
        message = tr(
            "{format} holds at most {limit_px} pixels a side; the picture has {side_px}",
            format=format_name(file_format),
            limit_px=limit_px,
            side_px=side_px,
        )
        raise ImageFileError(message, tr("Save it as PNG or TIFF."))


def _opacity(image: RgbImage | DeepRgbImage, metadata: PhotoMetadata) -> NDArray[np.uint16] | None:
    """Transparency with 16 bits, whatever the image has."""
    transparency = metadata.transparency
    if transparency is None:
        return None
    if transparency.shape != image.shape[:2]:
        raise ValueError(f"transparency must be {image.shape[:2]}, got {transparency.shape}")
    return np.multiply(transparency, 257 if transparency.dtype == np.uint8 else 1, dtype=np.uint16)


def _to_picture(image: RgbImage, opacity: NDArray[np.uint16] | None, file_format: str, lost: list[str]) -> Image.Image:
    if opacity is not None and file_format in OPAQUE_FORMATS:
        lost.append(tr("{format} has no transparency: clear parts became white", format=format_name(file_format)))
        return Image.fromarray(flatten(image, opacity))
    picture = Image.fromarray(image)
    if opacity is not None:
        picture.putalpha(Image.fromarray(to_8_bits(opacity)))
    return picture


def _encoder_options(
    picture: Image.Image, metadata: PhotoMetadata, file_format: str, quality: int | None, lost: list[str]
) -> dict[str, Any]:
    options = metadata_options(picture, metadata, file_format, lost)
    if file_format == "PNG":
        return options | {"compress_level": _PNG_COMPRESS_LEVEL}
    if file_format == "JPEG":  # baseline: Pillow gives libjpeg a guessed buffer for optimised and progressive files,
        # and rich images at 4:4:4 overflow it ("broken data stream when writing image file")
        options["subsampling"] = metadata.jpeg_subsampling or 0
    if file_format == "HEIF":
        options["enc_params"] = {"preset": _HEIC_PRESET}
    if file_format == "AVIF":
        options["speed"] = _AVIF_SPEED
    if file_format == "TIFF":
        return options
    if quality is None and file_format == "JPEG" and metadata.jpeg_tables:
        return options | {"qtables": [list(table) for table in metadata.jpeg_tables]}
    return options | {"quality": DEFAULT_QUALITY if quality is None else quality}
