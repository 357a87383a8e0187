"""Decoding and encoding of 16 bits a channel by OpenCV, as Pillow reduces such colours to 8 bits."""

import io
from collections.abc import Iterator, Mapping
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portrait.core.arrays import DeepRgbImage
from portrait.core.color import to_8_bits
from portrait.files.containers.png_chunks import CHECKSUM_BYTES, HEADER_BYTES, SIGNATURE, walk_chunks
from portrait.files.containers.tiff_file import encode_tiff
from portrait.files.heif_library import load_heif_library
from portrait.files.opened_image import OpenedImage

DEEP_FORMATS = frozenset({"PNG", "TIFF"})
"""Formats that are written with 16 bits."""

_DECODED_FORMATS = DEEP_FORMATS | {"PPM", "JPEG2000", "AVIF"}

_ONE_LIBRARY = frozenset({"HEIF", "AVIF"})
"""Formats that both decoders read by the same library, which rounds chroma in another way for 8 bits."""

_PNG_COMPRESSION = 1  # zlib's level; higher ones take twice as long for a few hundredths
_PNG_OWN_CHUNKS = (b"IHDR", b"IDAT", b"IEND")

Deep = NDArray[np.uint16]


def decode_deep(opened: OpenedImage, white: int) -> Deep | None:
    """Decode the 16-bit colours of an image that Pillow has reduced to 8 bits.

    Parameters
    ----------
    opened
        Decoded by Pillow.
    white
        Largest value in the file, which becomes 65,535.

    Returns
    -------
    uint16 (H, W, 3) or (H, W, 4); none for other formats and modes than those, and where it is more than a level of 8
    bits from what Pillow has read: the two decoders need not agree about rare layouts of a file.
    """
    picture = opened.picture
    if picture.mode not in ("RGB", "RGBA"):
        return None
    deep = _decode_heif(opened.file) if picture.format == "HEIF" else _decode_with_opencv(opened.file, picture.format)
    shallow = np.asarray(picture)
    has_clear_color = "transparency" in picture.info  # OpenCV gives an opacity for it, Pillow does not
    if deep is None or deep.shape != (*shallow.shape[:2], 4 if has_clear_color else shallow.shape[2]):
        return None
    if white < 65_535:
        deep = np.rint(deep * np.float32(65_535.0 / white)).clip(0.0, 65_535.0).astype(np.uint16)
    if picture.format in _ONE_LIBRARY:
        return deep
    colors = np.ascontiguousarray(deep[..., : shallow.shape[2]])
    differs_by = to_8_bits(colors) - shallow + np.uint8(1)  # wraps: Pillow turns the white of JPEG 2000 into black
    return deep if differs_by.max() <= 2 else None


def _decode_with_opencv(file: IO[bytes], file_format: str | None) -> Deep | None:
    """RGB or RGBA levels of the file; None where OpenCV cannot decode it."""
    if file_format not in _DECODED_FORMATS:
        return None
    try:
        file.seek(0)
        decoded = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if decoded is None or decoded.dtype != np.uint16 or decoded.ndim != 3:
        return None
    order = cv2.COLOR_BGR2RGB if decoded.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(decoded, order), np.uint16)


def _decode_heif(file: IO[bytes]) -> Deep | None:
    """RGB or RGBA levels of the file, decoded by libheif; None where it cannot."""
    file.seek(0)
    try:
        decoded = np.asarray(load_heif_library().open_heif(file, convert_hdr_to_8bit=False, hdr_to_16bit=False))
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError):
        return None
    return decoded if decoded.dtype == np.uint16 and decoded.ndim == 3 else None


def encode_deep(image: DeepRgbImage, opacity: Deep | None, file_format: str, options: Mapping[str, Any]) -> memoryview:
    """Encode an image of 16 bits a channel; the bytes of the file.

    Parameters
    ----------
    image, opacity
        uint16 (H, W, 3) and (H, W).
    file_format
        One of `DEEP_FORMATS`.
    options
        Metadata, as `portrait.files.metadata.metadata_writing.metadata_options` gives it for this format.

    Raises
    ------
    OSError
        The encoder failed.
    """
    pixels = image if opacity is None else np.dstack([image, opacity])
    return encode_tiff(pixels, options) if file_format == "TIFF" else _encode_png(pixels, options)


def _encode_png(pixels: Deep, options: Mapping[str, Any]) -> memoryview:
    """Encode a PNG: pixels by OpenCV, metadata chunks from a tiny PNG that Pillow writes."""
    order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    is_done, encoded = cv2.imencode(
        ".png", cv2.cvtColor(pixels, order), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION]
    )
    if not is_done:
        raise OSError("OpenCV could not encode the picture")
    tiny = io.BytesIO()
    Image.new("RGB", (1, 1)).save(tiny, "PNG", **options)
    metadata = [chunk for name, chunk in _whole_chunks(tiny.getvalue()) if name not in _PNG_OWN_CHUNKS]
    own = [chunk for name, chunk in _whole_chunks(encoded.tobytes()) if name in _PNG_OWN_CHUNKS]
    return memoryview(b"".join([SIGNATURE, own[0], *metadata, *own[1:]]))


def _whole_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and whole chunks of a PNG file: length, name, data and checksum."""
    for start, name, length in walk_chunks(io.BytesIO(content)):
        yield name, content[start - HEADER_BYTES : start + length + CHECKSUM_BYTES]
