"""Reading of grey images of all bit depths as arrays of levels."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.errors import ImageFileError
from portrait.files.colors.color_profile import is_grey
from portrait.files.colors.deep_color import decode_deep
from portrait.files.containers.png_chunks import read_chunks
from portrait.files.decoding import decode, white_level
from portrait.files.opened_image import OpenedImage
from portrait.language import tr

_MODES = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # TIFF 6.0, section 8
_PNG_GREY = 0

Levels = NDArray[Any]


def has_levels(picture: Image.Image) -> bool:
    """Whether an image has a grey mode, as `read_levels` needs."""
    return picture.mode in _MODES


def read_levels(opened: OpenedImage) -> tuple[Levels, NDArray[np.uint8] | None]:
    """Grey levels of a decoded image of any depth, and its opacity.

    Returns
    -------
    levels
        (H, W): uint8 or uint16 from black to white; int32 or float32 where the file does not say what white is.
    opacity
        uint8 (H, W), 0 clear … 255 opaque; none where all is opaque.
    """
    picture = opened.picture
    if picture.mode in ("LA", "La"):
        levels, opacity = np.moveaxis(np.asarray(picture.convert("LA")), 2, 0)
        return levels, None if opacity.min() == 255 else opacity
    levels = _read_whole_range(picture)
    clear = _clear_level(opened)
    if clear is None or not (levels == clear).any():
        return levels, None
    return levels, np.where(levels == clear, np.uint8(0), np.uint8(255))


def _read_whole_range(picture: Image.Image) -> Levels:
    """Levels scaled to the whole range of 8 or 16 bits: of 16 Pillow gives the file's values, or those shifted up."""
    levels = np.asarray(picture.convert("L") if picture.mode == "1" else picture)
    if (picture.format, picture.mode) == ("PPM", "I"):
        return levels.astype(np.uint16)
    if levels.dtype.kind != "u" or levels.dtype.itemsize != 2:
        return levels
    tags = getattr(picture, "tag_v2", {})
    bits = picture.info.get("bit_depth", 16) if picture.format == "HEIF" else tags.get(_BITS_PER_SAMPLE, (16,))[0]
    white = (1 << bits) - 1 << (16 - bits if picture.format == "HEIF" else 0)
    if white < 65_535:
        levels = np.rint(levels * np.float32(65_535.0 / white)).clip(0.0, 65_535.0)
    levels = levels.astype(np.uint16)
    return np.invert(levels) if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else levels


def _clear_level(opened: OpenedImage) -> int | None:
    """The grey level that means transparent, scaled as Pillow scales pixels of fewer than 8 bits."""
    picture = opened.picture
    clear = picture.info.get("transparency")
    if picture.format != "PNG":
        return clear if isinstance(clear, int) else None
    chunks = read_chunks(opened.file, (b"IHDR", b"tRNS"))
    bits, kind = chunks[b"IHDR"][8:10]
    if kind != _PNG_GREY or len(chunks.get(b"tRNS", b"")) < 2:
        return None
    level = int.from_bytes(chunks[b"tRNS"][:2]) & ((1 << bits) - 1)
    return level * 255 // ((1 << bits) - 1) if bits < 8 else level


def read_grey(opened: OpenedImage, max_megapixels: float, name: str, hint: str) -> NDArray[Any]:
    """Decode an opened image that must be grey.

    Parameters
    ----------
    opened, max_megapixels
        As `portrait.files.decoding.decode` takes them. Colour files are taken when their channels are equal, and files
        with transparency when all is opaque.
    name, hint
        What the image is for, such as "matte", and how to save one: for the user.

    Returns
    -------
    (H, W), not turned: uint8, or uint16, int32 or float32 where the file has more than 8 bits.

    Raises
    ------
    ImageFileError
        Damaged; a colour image; partly transparent.
    """
    picture, path = opened.picture, opened.path
    white = white_level(opened)
    decode(opened, max_megapixels)
    if has_levels(picture):
        levels, opacity = read_levels(opened)
        _require_opaque(opacity is None, path, name, hint)
        return levels
    if picture.mode not in ("P", "RGB", "PA", "RGBA"):
        raise ImageFileError(tr("The {name} {path} is not a grey picture", name=name, path=path), hint)
    deep = decode_deep(opened, white) if white > 255 else None
    colors = np.asarray(picture.convert("RGBA")) if deep is None else deep
    _require_opaque(colors.shape[2] == 3 or bool(colors[..., 3].min() == np.iinfo(colors.dtype).max), path, name, hint)
    if not is_grey(colors):
        raise ImageFileError(tr("The {name} {path} is a colour picture", name=name, path=path), hint)
    return colors[..., 0]


def _require_opaque(is_opaque: bool, path: Path, name: str, hint: str) -> None:
    if not is_opaque:
        raise ImageFileError(
            tr("The {name} {path} has transparent parts", name=name, path=path),
            tr("Flatten it, so that all is opaque. {hint}", hint=hint),
        )
