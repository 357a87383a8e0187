"""Which image formats are read and written, by file suffix."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, get_args

from portrait.errors import ImageFileError
from portrait.files.heif_library import can_write_heic
from portrait.language import tr

OutputFormat = Literal["keep", "jpg", "png", "webp", "heic", "avif", "tif"]
SavedContent = Literal["portrait", "matte"]
Crop = Literal["off", "subject"]
PrivateData = Literal["keep", "strip"]
RawMode = Literal["preview", "develop"]
"""What is taken of a camera raw file: the camera's own picture inside, or what the sensor saw, developed by LibRaw."""

DEFAULT_QUALITY = 92

RecordMode = Literal["on", "off"]
SavedDepth = Literal["off", "gdepth"]

READABLE_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP", "DIB", "GIF", "PPM", "JPEG2000")
"""Pillow's names; JPEG stands for MPO too, DIB for BMP without its file header.

Others stay closed: EPS would start Ghostscript, and icons are no photos.
"""

JPEG_XL = "JXL"
"""Name of a format that an optional plug-in of Pillow reads."""

WRITABLE_SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
    ".avif": "AVIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""File suffix to Pillow's name of the format written for it; `format_name` is for the user."""

_FORMAT_NAMES = {"WEBP": "WebP", "HEIF": "HEIC"}

OPAQUE_FORMATS = frozenset({"JPEG"})
"""Written formats without transparency."""

PROJECT_SUFFIX = ".portrait"
"""Of a project of the app: open photos and their changes, `portrait.photo.project_file`."""

RAW_SUFFIXES = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"})
"""Camera raw files, see `RawMode`. Many are TIFF, with a thumbnail as first image."""

READABLE_SUFFIXES = frozenset(WRITABLE_SUFFIXES) | RAW_SUFFIXES | {
    ".apng", ".bmp", ".dib", ".gif", ".j2k", ".jp2", ".jpf", ".jpx", ".jxl", ".mpo", ".pbm", ".pgm", ".pnm", ".ppm",
}  # fmt: skip

MAX_SIDE_PX = {"JPEG": 65_500, "WEBP": 16_383}
"""Longest side that the format's encoder takes."""


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How images are written.

    Attributes
    ----------
    format
        ``keep`` writes what was read where that can be written. Chooses the suffix of new names
        (`output_suffix`); a file is always written as its suffix says.
    quality
        1 … 100, for the formats that lose something. None: a JPEG that is made of a JPEG gets its quantisation tables,
        everything else `DEFAULT_QUALITY`.
    content
        ``matte`` writes the matte alone, as 16-bit grey PNG, in place of the portrait.
    crop
        ``subject`` writes only the part of the picture that holds the subject.
    crop_margin
        What is left around the subject then, 0 … 1 of the longer side of its bounding box.
    private
        ``strip`` writes no metadata that tells where, by whom or with which device the photo was taken, see
        `portrait.files.metadata.private_metadata.strip_private`.
    record
        Whether portraits say in their XMP how they were made; never with private data stripped.
    depth
        Whether a JPEG holds the depth of the photo for other programs, where it is known.
    """

    format: OutputFormat = "keep"
    quality: int | None = DEFAULT_QUALITY
    content: SavedContent = "portrait"
    crop: Crop = "off"
    crop_margin: float = 0.1
    private: PrivateData = "keep"
    record: RecordMode = "on"
    depth: SavedDepth = "off"

    @property
    def naming_format(self) -> OutputFormat:
        """The format that new names are chosen for."""
        return "png" if self.content == "matte" else self.format

    @property
    def keeps_bytes(self) -> bool:
        """Whether a photo without a person may be copied byte by byte."""
        return self.content == "portrait" and self.private == "keep"

    def __post_init__(self) -> None:
        if self.format not in get_args(OutputFormat):
            raise ValueError(f"format must be one of {get_args(OutputFormat)}, got {self.format!r}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"quality must lie in 1 … 100, got {self.quality!r}")
        if not 0.0 <= self.crop_margin <= 1.0:
            raise ValueError(f"crop_margin must lie in 0 … 1, got {self.crop_margin!r}")
        if self.record not in get_args(RecordMode):
            raise ValueError(f"record must be one of {get_args(RecordMode)}, got {self.record!r}")
        if self.depth not in get_args(SavedDepth):
            raise ValueError(f"depth must be one of {get_args(SavedDepth)}, got {self.depth!r}")


def is_photo_path(path: PurePath) -> bool:
    """Whether the suffix is one of a readable image; the file itself is not looked at."""
    return path.suffix.lower() in READABLE_SUFFIXES


def is_raw_path(path: PurePath) -> bool:
    """Whether the suffix is one of a camera raw file."""
    return path.suffix.lower() in RAW_SUFFIXES


def output_suffix(source: PurePath, output_format: OutputFormat, *, is_transparent: bool = False) -> str:
    """Suffix of the portrait of ``source``: the format's, with ``keep`` its own; PNG's where that cannot hold it.

    Camera raw files give JPEG, and so does HEIC where it cannot be written.
    """
    kept = ".jpg" if is_raw_path(source) else source.suffix
    suffix = kept if output_format == "keep" else f".{output_format}"
    written = WRITABLE_SUFFIXES.get(suffix.lower())
    if written is not None and not _can_write(written):
        suffix, written = ".jpg", "JPEG"
    return ".png" if written is None or (is_transparent and written in OPAQUE_FORMATS) else suffix


def format_name(file_format: str) -> str:
    """What users read for one of Pillow's names, everywhere."""
    return _FORMAT_NAMES.get(file_format, file_format)


def chosen_names() -> dict[str, str]:
    """The formats that can be chosen for all portraits, and what users read for them; without ``keep``."""
    choices = [choice for choice in get_args(OutputFormat) if choice != "keep"]
    return {choice: format_name(WRITABLE_SUFFIXES[f".{choice}"]) for choice in choices}


def suffixes_by_format() -> dict[str, list[str]]:
    """The written formats by Pillow's names, and the suffixes of each, the usual one first."""
    suffixes: dict[str, list[str]] = {}
    for suffix, file_format in filter(lambda item: _can_write(item[1]), WRITABLE_SUFFIXES.items()):
        suffixes.setdefault(file_format, []).append(suffix)
    return suffixes


def require_transparency(path: PurePath) -> None:
    """Raise `ImageFileError` unless a transparent image can be written under this name."""
    if (file_format := writable_format(path)) in OPAQUE_FORMATS:
        able = [suffixes[0] for name, suffixes in suffixes_by_format().items() if name not in OPAQUE_FORMATS]
        message = tr(
            "{path} cannot be transparent: {format} has no transparency", path=path, format=format_name(file_format)
        )
        raise ImageFileError(message, tr("Name it {names}, or choose another background.", names=_any_of(able)))


def require_transparent_format(output_format: OutputFormat) -> None:
    """Raise `ImageFileError` unless transparent portraits can be written in the format chosen for all of them."""
    if WRITABLE_SUFFIXES.get(f".{output_format}") in OPAQUE_FORMATS:
        names = chosen_names()
        able = [name for choice, name in names.items() if WRITABLE_SUFFIXES[f".{choice}"] not in OPAQUE_FORMATS]
        message = tr("The portraits cannot be transparent: {format} has no transparency", format=names[output_format])
        raise ImageFileError(
            message, tr("Change the file format to {names}, or choose another background.", names=_any_of(able))
        )


def writable_format(path: PurePath) -> str:
    """Name of the format that ``path`` is written in.

    Raises
    ------
    ImageFileError
        The suffix is not one of `WRITABLE_SUFFIXES`, or the format cannot be written here.
    """
    try:
        return require_encoder(WRITABLE_SUFFIXES[path.suffix.lower()])
    except KeyError:
        known = ", ".join(WRITABLE_SUFFIXES)
        raise ImageFileError(
            tr("{path} cannot be saved: its name ends in {suffix}", path=path, suffix=path.suffix)
            if path.suffix
            else tr("{path} cannot be saved: its name has no ending", path=path),
            tr("Use one of {known}.", known=known),
        ) from None


def require_encoder(file_format: str) -> str:
    """The same name; raise `ImageFileError` where this format cannot be written here, as HEIC in a bundle."""
    if not _can_write(file_format):
        message = tr("HEIC cannot be written here: its encoder is under the GPL, and no part of this bundle")
        raise ImageFileError(message, tr("Use .jpg or .avif, or Portrait from pip, which writes HEIC."))
    return file_format


def _can_write(file_format: str) -> bool:
    return file_format != "HEIF" or can_write_heic()


def _any_of(names: Sequence[str]) -> str:
    return tr("{names} or {last}", names=", ".join(names[:-1]), last=names[-1])
