import io
import struct
from collections.abc import Callable

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from portrait.files.containers.tiff_block import TiffBlock
from portrait.files.metadata import exif as exif_block
from portrait.files.metadata.exif_cleaning import EXIF_HEADER


def parse(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


def thumbnail_of(block: bytes) -> bytes | None:
    directory = parse(block).get_ifd(IFD.IFD1)
    if 0x0201 not in directory:
        return None
    start = directory[0x0201] + len(EXIF_HEADER)
    return block[start : start + directory[0x0202]]


def big_endian_block(orientation: int) -> bytes:
    """The orientation and nothing else."""
    directory = struct.pack(">HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    return EXIF_HEADER + b"MM\x00\x2a" + struct.pack(">I", 8) + directory + bytes(4)


def test_size_is_set_where_it_is_stated(camera_exif: Callable[..., bytes]) -> None:
    sub = parse(exif_block.set_size(camera_exif(), 100_000, 3)).get_ifd(IFD.Exif)
    assert (sub[Base.ExifImageWidth], sub[Base.ExifImageHeight]) == (100_000, 3)
    assert exif_block.set_size(big_endian_block(1), 5, 6) == big_endian_block(1)


def test_thumbnail_is_added_once(camera_exif: Callable[..., bytes]) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(encoded, "JPEG")
    block = exif_block.add_thumbnail(camera_exif(), encoded.getvalue())
    assert thumbnail_of(block) == encoded.getvalue()
    assert parse(block)[Base.Model] == "K-1"
    with pytest.raises(ValueError, match="already"):
        exif_block.add_thumbnail(block, b"two")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_in_both_byte_orders(camera_exif: Callable[..., bytes], orientation: int) -> None:
    assert exif_block.read_orientation(camera_exif(orientation=orientation)) == orientation
    assert exif_block.read_orientation(big_endian_block(orientation)) == orientation


@pytest.mark.parametrize(
    "block", [b"", EXIF_HEADER, big_endian_block(0), big_endian_block(9), b"MM\x00\x2a\xff\xff\xff\xff"]
)
def test_orientation_that_makes_no_sense_is_none(block: bytes) -> None:
    assert exif_block.read_orientation(block) is None


@pytest.mark.parametrize("unit", [None, 1, 2, 3])
def test_resolution_is_read_per_inch(unit: int | None) -> None:
    exif = Image.Exif()
    exif[Base.XResolution], exif[Base.YResolution] = 300.0, 150.0
    if unit:
        exif[Base.ResolutionUnit] = unit
    scale = {2: 1.0, 3: 2.54}.get(unit or 0)
    expected = None if scale is None else pytest.approx((300.0 * scale, 150.0 * scale))
    assert exif_block.read_resolution(exif.tobytes()) == expected


def test_resolution_is_set_with_or_without_a_block(camera_exif: Callable[..., bytes]) -> None:
    alone = exif_block.set_resolution(None, (72.0, 72.5))
    assert exif_block.read_resolution(alone) == (72.0, 72.5)
    old = camera_exif()
    block = exif_block.set_resolution(exif_block.set_resolution(old, (1.5, 2.0)), (300.0, 240.0))
    assert exif_block.read_resolution(block) == (300.0, 240.0)
    assert block.index(b"maker\x00note") == old.index(b"maker\x00note"), "maker notes have absolute offsets"
    assert parse(block)[Base.Make] == "Kamera"
    tags = [entry.tag for entry in TiffBlock(block.removeprefix(EXIF_HEADER)).first_directory().entries]
    assert tags == sorted(set(tags)), "TIFF 6.0, section 2: entries are sorted"
    with_thumbnail = exif_block.set_resolution(exif_block.add_thumbnail(old, b"new"), (300.0, 240.0))
    assert thumbnail_of(with_thumbnail) == b"new"
