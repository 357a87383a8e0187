"""Errors for image files that cannot be read, with the reason found in the file."""

import re
from pathlib import Path
from typing import IO

from portrait.errors import ImageFileError
from portrait.extras import is_bundle
from portrait.files.codecs import prepare_codecs
from portrait.files.formats import JPEG_XL
from portrait.language import mark, tr

_HEAD_BYTES = 65_536
_JPEG_XL_HEADS = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")
"""A bare codestream and a container (ISO/IEC 18181-2, 9.1)."""

_AVIF_SIZE = re.compile(rb"ispe\0{4}(.{4})(.{4})", re.DOTALL)
"""Image spatial extents: width and height (ISO/IEC 23008-12, 6.5.3)."""

_AVIF_SIDE_PX, _AVIF_PX = 32_768, 16_384**2
"""libavif's limits, AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT and AVIF_DEFAULT_IMAGE_SIZE_LIMIT."""

_PLAUSIBLE_BYTES = 64 << 20
"""What any machine can spare that got this far: to lack it is to have asked for something else."""

_BYTES_PER_PIXEL = 4

_TOO_LARGE_HINT = mark(
    "Scale it down. For a photo that you trust the limit can be raised: with "
    "--max-megapixels on the command line, as max_megapixels in the settings file."
)
_OPEN_HINT = mark("Open it in another program; if it shows there, save it as JPEG or PNG.")
_COPY_HINT = mark(
    "Copy it again from where it came from. If it shows in another program, save it there as JPEG or PNG."
)


def damaged(path: Path, exc: BaseException) -> ImageFileError:
    """The error for an image that cannot be decoded."""
    reason = " ".join(str(exc).split())
    return ImageFileError(
        tr("{path} is damaged or incomplete ({reason})", path=path, reason=reason or tr("it states impossible sizes")),
        tr(_COPY_HINT),
    )


def too_large(path: Path, max_megapixels: float) -> ImageFileError:
    """The error for an image above the hard cap."""
    return ImageFileError(
        tr("{path} has more than {max_megapixels:g} megapixels", path=path, max_megapixels=max_megapixels),
        tr(_TOO_LARGE_HINT),
    )


def short_of_memory(path: Path, pixels: int, exc: MemoryError) -> ImageFileError:
    """The error for lack of memory: the image is large, or a damaged field makes it seem so.

    Parameters
    ----------
    path
        The file.
    pixels
        Of the image; 0 where only its header was read.
    exc
        What was raised.
    """
    if path.stat().st_size + _BYTES_PER_PIXEL * pixels < _PLAUSIBLE_BYTES:
        return damaged(path, exc)
    return ImageFileError(
        tr("Not enough memory to read {path}", path=path), tr("Close other programs, or scale it down.")
    )


def not_readable(path: Path, file: IO[bytes]) -> ImageFileError:
    """The error for a file that no decoder accepts, with the reason where it is known."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head.startswith(_JPEG_XL_HEADS) and JPEG_XL not in prepare_codecs():
        hint = tr("Install the Python package pillow-jxl-plugin beside the app, or save the picture as JPEG or PNG.")
        if is_bundle():
            hint = tr("Nothing can be added to a bundle. Save the picture as JPEG or PNG.")
        return ImageFileError(
            tr("{path} is a JPEG XL picture, which needs a plug-in that is not there", path=path), hint
        )
    if head[4:8] == b"ftyp" and (size := _too_large_avif(head)):
        message = tr(
            "{path} has {width} × {height} pixels: AVIF is read up to 16384 × 16384, 32768 a side",
            path=path,
            width=size[0],
            height=size[1],
        )
        return ImageFileError(message, tr("Scale it down, or save it in another format."))
    message = tr("{path} is not an image that can be read: its kind is not supported, or it is damaged", path=path)
    return ImageFileError(message, tr(_OPEN_HINT))


def _too_large_avif(head: bytes) -> tuple[int, int] | None:
    for found in _AVIF_SIZE.finditer(head):
        width, height = (int.from_bytes(side, "big") for side in found.groups())
        if max(width, height) > _AVIF_SIDE_PX or width * height > _AVIF_PX:
            return width, height
    return None
