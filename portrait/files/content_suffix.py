"""The file suffix that suits the content of an image file without a name: from a pipe, or from the network."""

import mmap
from pathlib import Path

from portrait.files.containers.tiff_block import TiffReader
from portrait.files.decoding import open_picture
from portrait.files.system.os_errors import read_error

_SUFFIXES = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "HEIF": ".heic", "AVIF": ".avif", "TIFF": ".tif",
    "GIF": ".gif", "BMP": ".bmp", "DIB": ".bmp", "PPM": ".ppm", "JPEG2000": ".jp2", "JXL": ".jxl",
}  # fmt: skip
_HEAD_BYTES = 16
_RAW_HEADS = (
    (0, b"FUJIFILMCCD-RAW", ".raf"),
    (0, b"IIU\0", ".rw2"),
    (0, b"IIRO", ".orf"),
    (0, b"IIRS", ".orf"),
    (0, b"MMOR", ".orf"),
    (8, b"CR\2", ".cr2"),
    (4, b"ftypcrx ", ".cr3"),
)
"""Offset and bytes by which camera raw files are told from TIFF and HEIC."""

_SUB_DIRECTORIES, _DNG_VERSION = 0x014A, 0xC612
_TIFF_HEADS = (b"II*\0", b"MM\0*")


def content_suffix(path: Path, max_megapixels: float) -> str:
    """The suffix of the format that a file holds, whatever its name is: ``.jpg``, ``.png``, ``.cr2`` …

    TIFF files with DNG's version number, or with sub-directories as NEF and ARW have them, count as raw: ``.dng``.

    Raises
    ------
    ImageFileError
        As `portrait.files.decoding.open_picture`.
    """
    if raw := _raw_suffix(path):
        return raw
    with open_picture(path, max_megapixels) as opened:
        return _SUFFIXES.get(opened.picture.format or "", ".png")


def _raw_suffix(path: Path) -> str:
    """The suffix of a camera raw file; empty for any other."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            found = [suffix for offset, sign, suffix in _RAW_HEADS if head[offset:].startswith(sign)]
            if found or not head.startswith(_TIFF_HEADS):
                return found[0] if found else ""
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                first = TiffReader(content).first_directory()
                return ".dng" if first.find(_DNG_VERSION) or first.find(_SUB_DIRECTORIES) else ""
    except ValueError:  # no TIFF after all: its decoder tells what is wrong
        return ""
    except OSError as exc:
        raise read_error(path, exc) from exc
