"""Data of vendors in PNG, WebP and JPEG 2000 files are told."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo
from portrait.files.metadata.vendor_chunks import jpeg2000_extras, png_extras, webp_extras

SaveAs = Callable[..., Path]


def with_png_chunk(path: Path, name: bytes, content: bytes, before: bytes) -> Path:
    whole = path.read_bytes()
    at = whole.index(before) - 4
    chunk = struct.pack(">I4s", len(content), name) + content + struct.pack(">I", zlib.crc32(name + content))
    path.write_bytes(whole[:at] + chunk + whole[at:])
    return path


def with_webp_chunk(path: Path, name: bytes, content: bytes) -> Path:
    whole = path.read_bytes() + name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    path.write_bytes(whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:])
    return path


def with_box(path: Path, name: bytes, content: bytes) -> Path:
    whole = path.read_bytes()
    at = whole.index(b"jp2c") - 4
    path.write_bytes(whole[:at] + struct.pack(">I4s", 8 + len(content), name) + content + whole[at:])
    return path


@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
def test_private_chunks_of_png(save_as: SaveAs, gradient: RgbImage, before: bytes) -> None:
    path = save_as("a.png", gradient)
    for name in (b"caBX", b"prVW", b"caBX"):
        with_png_chunk(path, name, b"x", before)
    (warning,) = load_photo(path).warnings
    assert sorted(warning.split("(")[1].split(")")[0].split(", ")) == ["caBX", "prVW"]


@pytest.mark.parametrize("name", [b"tIME", b"bKGD", b"vpAg", b"iDOT"])
def test_chunks_about_the_file_are_no_loss(save_as: SaveAs, gradient: RgbImage, name: bytes) -> None:
    assert load_photo(with_png_chunk(save_as("a.png", gradient), name, bytes(9), b"IDAT")).warnings == ()


def test_unknown_chunks_of_webp(save_as: SaveAs, gradient: RgbImage) -> None:
    path = save_as("a.webp", gradient, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", xmp=b"<x/>")
    assert load_photo(path).warnings == ()
    with_webp_chunk(path, b"C2PA", b"abc")
    assert load_photo(path).warnings == ("vendor data (C2PA) could not be kept",)


@pytest.mark.parametrize(("box", "name"), [(b"xml ", "XML"), (b"uuid", "UUID")])
def test_boxes_of_jpeg_2000(save_as: SaveAs, gradient: RgbImage, box: bytes, name: str) -> None:
    path = save_as("a.jp2", gradient)
    assert load_photo(path).warnings == ()
    with_box(path, box, b"<gml:FeatureCollection/>")
    assert load_photo(path).warnings == (f"vendor data ({name}) could not be kept",)


@pytest.mark.parametrize(("kind", "find"), [("png", png_extras), ("webp", webp_extras), ("jp2", jpeg2000_extras)])
def test_a_file_cut_or_damaged_anywhere_is_no_error(
    save_as: SaveAs, gradient: RgbImage, kind: str, find: Callable[[IO[bytes]], list[str]]
) -> None:
    content = save_as(f"a.{kind}", gradient).read_bytes()
    for position in range(0, 400, 3):
        for damaged in (content[:position], content[:position] + b"\xff" + content[position + 1 :]):
            assert len(find(io.BytesIO(damaged))) <= 2


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_data_behind_the_end_is_told(save_as: SaveAs, gradient: RgbImage, suffix: str) -> None:
    path = save_as(f"a.{suffix}", gradient)
    content = path.read_bytes()
    path.write_bytes(content + bytes(700))
    assert load_photo(path).warnings == (), "padding"
    path.write_bytes(content + b"\0\0\0\x20ftypmp42")
    (warning,) = load_photo(path).warnings
    assert warning.startswith("data after the end of the ")
