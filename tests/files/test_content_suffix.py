"""The format of a file without a name is told by its content."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.content_suffix import content_suffix


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".heic", ".avif", ".tif", ".gif", ".bmp", ".ppm", ".jp2"])
def test_each_readable_format_is_recognised(save_as: Callable[..., Path], gradient: RgbImage, suffix: str) -> None:
    path = save_as(f"a{suffix}", gradient)
    assert content_suffix(path.rename(path.with_suffix("")), 1.0) == suffix


def tiff_with(tag: int) -> bytes:
    return struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, tag, 4, 1, 1, 0)


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"II*\0\x10\0\0\0CR\2\0", ".cr2"),
        (b"FUJIFILMCCD-RAW 0201", ".raf"),
        (b"IIRO\x08\0\0\0", ".orf"),
        (b"IIU\0\x18\0\0\0", ".rw2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", ".cr3"),
        (tiff_with(0xC612), ".dng"),
        (tiff_with(0x014A), ".dng"),
    ],
)
def test_camera_raw_files_are_told_from_tiff_and_heic(tmp_path: Path, content: bytes, suffix: str) -> None:
    (tmp_path / "a").write_bytes(content)
    assert content_suffix(tmp_path / "a", 1.0) == suffix


@pytest.mark.parametrize("content", [b"", b"text", b"II*\0", tiff_with(0x0100)])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ImageFileError):
        content_suffix(tmp_path / "a", 1.0)
