"""Decoding of image files under a hard limit of pixels; every failure becomes an `ImageFileError` for the user."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError

from portrait.errors import ImageFileError
from portrait.files.avif import read_bits
from portrait.files.codecs import prepare_codecs
from portrait.files.containers.jpeg_end import complete_jpeg, ends_as_jpeg2000, was_cut_off
from portrait.files.containers.png_limits import slim_png
from portrait.files.formats import RawMode, is_raw_path
from portrait.files.libtiff import fax_errors
from portrait.files.opened_image import OpenedImage
from portrait.files.pillow_guards import DECODER_ERRORS, muted_warnings, pixel_limit
from portrait.files.raw.development import developed_file
from portrait.files.raw.preview import read_raw_preview
from portrait.files.refusals import damaged, not_readable, short_of_memory, too_large
from portrait.files.system.os_errors import folder_error, read_error
from portrait.language import tr

_JPEG2000_HEAD_BYTES = 4096
_JPEG2000_DEPTH = re.compile(rb"\A\xff\x4f\xff\x51.{38}(.)|ihdr.{10}([^\xff])", re.DOTALL)
_PILLOW_LIMIT_PX = Image.MAX_IMAGE_PIXELS or 0


@contextmanager
def open_picture(
    path: Path, max_megapixels: float, notes: list[str] | None = None, raw: RawMode = "preview"
) -> Iterator[OpenedImage]:
    """Open an image file: its header is read and its size checked; its pixels are not decoded yet.

    Parameters
    ----------
    path, max_megapixels, raw
        As `portrait.files.image_io.load_photo` takes them.
    notes
        Gets a sentence for all that is left out of what the file holds.

    Raises
    ------
    ImageFileError
        Missing, a folder, empty, no permission, not an image, camera raw without a picture inside, or larger than
        ``max_megapixels``.
    """
    _require_regular_file(path)
    try:
        file = path.open("rb")
    except OSError as exc:
        raise read_error(path, exc) from exc
    notes = [] if notes is None else notes
    with (
        file,
        _content_of(path, file, max_megapixels, notes, raw) as content,
        _open_header(path, content, max_megapixels, notes) as picture,
    ):
        try:
            yield OpenedImage(path, content, picture)
        except OSError as exc:  # of a reader: the drive went away
            raise read_error(path, exc) from exc


def decode(opened: OpenedImage, max_megapixels: float) -> None:
    """Decode the pixels of the image's first frame.

    Raises
    ------
    ImageFileError
        Truncated or damaged, or too large for the memory.
    """
    picture, path = opened.picture, opened.path
    is_above_pillow_limit = picture.width * picture.height > _PILLOW_LIMIT_PX
    try:
        with pixel_limit(max_megapixels) if is_above_pillow_limit else nullcontext():
            _load(opened)
    except MemoryError as exc:
        raise short_of_memory(path, picture.width * picture.height, exc) from exc
    except DECODER_ERRORS as exc:
        raise damaged(path, exc) from exc


def _load(opened: OpenedImage) -> None:
    """Decode with Pillow, and check the end: Pillow is too strict for JPEG, too lax for JPEG 2000 and fax data."""
    picture = opened.picture
    if picture.format == "JPEG2000" and not ends_as_jpeg2000(_content(opened)):
        raise OSError("the end of the data is missing")
    try:
        with fax_errors() as errors:
            picture.load()
    except DECODER_ERRORS:
        complete = complete_jpeg(_content(opened)) if picture.format == "JPEG" else None
        if complete is None or not isinstance(picture, ImageFile.ImageFile):
            raise
        picture.fp = io.BytesIO(complete)
        picture.load()
        return
    if errors:
        raise OSError(f"fax compression: {errors[0]}")
    if picture.format in ("JPEG", "MPO") and was_cut_off(picture, _content(opened)):
        raise OSError("its last part is missing")


def _content(opened: OpenedImage) -> bytes:
    opened.file.seek(0)
    return opened.file.read()


def white_level(opened: OpenedImage) -> int:
    """Largest value of a colour in the file of an image, not decoded yet; above 255 where Pillow reduces it."""
    picture = opened.picture
    if picture.format == "AVIF":
        return (1 << read_bits(opened.file)) - 1
    if picture.info.get("bit_depth", 8) > 8 and not picture.mode.startswith("I"):
        return (1 << int(picture.info["bit_depth"])) - 1
    if not picture.mode.startswith(("RGB", "CMYK")):
        return 255
    if picture.format == "JPEG2000":
        return (1 << _jpeg2000_bits(opened.file)) - 1
    packings = [tile.args for tile in getattr(picture, "tile", [])]
    if picture.format == "PPM":
        return max((packing[-1] for packing in packings if isinstance(packing, tuple)), default=255)
    return 65_535 if any(";16" in str(packing) for packing in packings) else 255


def _jpeg2000_bits(file: IO[bytes]) -> int:
    """Bits of the first channel, by the SIZ marker or the file's header box (ITU-T T.800, A.5.1 and I.5.3.1)."""
    file.seek(0)
    found = _JPEG2000_DEPTH.search(file.read(_JPEG2000_HEAD_BYTES))
    return (int(found[found.lastindex or 0][0]) & 0x7F) + 1 if found else 8


def _require_regular_file(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as exc:
        raise read_error(path, exc) from exc
    if S_ISDIR(status.st_mode):
        raise folder_error(path)
    if not S_ISREG(status.st_mode):
        raise ImageFileError(tr("{path} is not a regular file", path=path), tr("Save the picture to a file first."))
    if status.st_size == 0:
        raise ImageFileError(tr("{path} is empty", path=path), tr("Copy it again from where it came from."))


@contextmanager
def _content_of(
    path: Path, file: IO[bytes], max_megapixels: float, notes: list[str], raw: RawMode
) -> Iterator[IO[bytes]]:
    """What is decoded of a file: of a camera raw file the picture of the camera inside, or what LibRaw develops."""
    if not is_raw_path(path):
        yield file
    elif raw == "develop":
        with developed_file(path, max_megapixels, notes) as developed:
            yield developed
    else:
        with muted_warnings():
            preview = read_raw_preview(path, file, notes)
        with preview:
            yield preview


def _open_header(path: Path, file: IO[bytes], max_megapixels: float, notes: list[str]) -> Image.Image:
    formats = prepare_codecs()
    slim = slim_png(file)
    notes += slim.warnings
    try:
        with pixel_limit(max_megapixels):
            picture = Image.open(slim.file, formats=formats)
            if slim.icc_profile is not None:
                picture.info["icc_profile"] = slim.icc_profile
            _look_ahead(picture, notes)
    except UnidentifiedImageError as exc:
        raise not_readable(path, file) from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise too_large(path, max_megapixels) from exc
    except MemoryError as exc:
        raise short_of_memory(path, 0, exc) from exc
    except DECODER_ERRORS as exc:
        raise damaged(path, exc) from exc
    return picture


def _look_ahead(picture: Image.Image, notes: list[str]) -> None:
    """Read early what Pillow would read later, from parts of the file that may be damaged."""
    is_several = True  # where that cannot be told: a next one has begun
    with suppress(*DECODER_ERRORS):
        is_several = getattr(picture, "is_animated", False)
    if is_several and picture.format != "MPO":
        notes.append(tr("the file holds several pictures: the first one was used"))
    if picture.format == "TIFF":
        with suppress(*DECODER_ERRORS):
            picture.getexif()  # in a lock here, else while the pixels are decoded
