import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from portrait.files import exif as exif_block


def parse(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


def thumbnail_of(block: bytes) -> bytes | None:
    directory = parse(block).get_ifd(IFD.IFD1)
    if 0x0201 not in directory:
        return None
    start = directory[0x0201] + len(exif_block.EXIF_HEADER)
    return block[start : start + directory[0x0202]]


def big_endian_block(orientation: int, maker_note: bytes) -> bytes:
    """Two entries: orientation, then a maker note at an absolute offset."""
    directory = struct.pack(">HHHIHH", 2, 0x0112, 3, 1, orientation, 0)
    directory += struct.pack(">HHII", 0x927C, 7, len(maker_note), 8 + 2 + 24 + 4)
    return b"Exif\x00\x00MM\x00\x2a" + struct.pack(">I", 8) + directory + struct.pack(">I", 0) + maker_note


def test_orientation_goes_and_all_else_stays(camera_exif: Callable[..., bytes]) -> None:
    exif = parse(exif_block.remove_orientation(camera_exif(orientation=6)))
    assert Base.Orientation not in exif
    assert exif[Base.Make] == "Kamera"
    assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] == "N"


def test_maker_note_stays_at_its_place() -> None:
    block = big_endian_block(6, b"inner offsets are absolute")
    edited = exif_block.remove_orientation(block)
    assert len(edited) == len(block)
    assert edited.index(b"inner offsets") == block.index(b"inner offsets")
    assert Base.Orientation not in parse(edited)


def test_block_without_orientation_is_unchanged(camera_exif: Callable[..., bytes]) -> None:
    assert exif_block.remove_orientation(camera_exif()) == camera_exif()


def test_size_is_set_where_it_is_stated(camera_exif: Callable[..., bytes]) -> None:
    sub = parse(exif_block.set_size(camera_exif(), 100_000, 3)).get_ifd(IFD.Exif)
    assert (sub[Base.ExifImageWidth], sub[Base.ExifImageHeight]) == (100_000, 3)
    bare = big_endian_block(1, b"")
    assert exif_block.set_size(bare, 5, 6) == bare


def test_thumbnail_is_wiped_and_renewed(camera_exif: Callable[..., bytes]) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(encoded, "JPEG")
    old = encoded.getvalue()
    with_thumbnail = exif_block.add_thumbnail(camera_exif(), old)
    assert thumbnail_of(with_thumbnail) == old

    wiped, had_thumbnail = exif_block.remove_thumbnail(with_thumbnail)
    assert had_thumbnail
    assert thumbnail_of(wiped) is None
    assert old[:32] not in wiped
    assert exif_block.remove_thumbnail(wiped) == (wiped, False)

    renewed = exif_block.add_thumbnail(wiped, b"\xff\xd8new\xff\xd9")
    assert thumbnail_of(renewed) == b"\xff\xd8new\xff\xd9"
    assert parse(renewed)[Base.Model] == "K-1"


def test_second_thumbnail_is_refused(camera_exif: Callable[..., bytes]) -> None:
    block = exif_block.add_thumbnail(camera_exif(), b"one")
    with pytest.raises(ValueError, match="already"):
        exif_block.add_thumbnail(block, b"two")


@given(st.binary(max_size=64), st.integers(0, 400), st.integers(0, 255))
def test_damaged_blocks_give_value_errors_only(noise: bytes, position: int, value: int) -> None:
    valid = bytearray(exif_block.add_thumbnail(big_endian_block(6, b"note" * 20), b"jpeg" * 30))
    valid[min(position, len(valid) - 1)] = value
    for block in (noise, b"Exif\x00\x00MM\x00\x2a" + noise, bytes(valid), bytes(valid[:position])):
        try:
            edited, _ = exif_block.remove_thumbnail(exif_block.remove_orientation(block))
            assert len(edited) <= len(block) + len(exif_block.EXIF_HEADER)
            exif_block.set_size(edited, 10, 10)
        except ValueError:
            continue


@pytest.mark.parametrize("cut", [1, 200, 299])
def test_thumbnail_that_was_cut_off_does_not_cost_the_block(camera_exif: Callable[..., bytes], cut: int) -> None:
    block = exif_block.add_thumbnail(camera_exif(), b"old!" * 75)[:-cut]
    edited, had_thumbnail = exif_block.remove_thumbnail(block)
    assert had_thumbnail
    assert b"old!" not in edited
    assert parse(edited)[Base.Model] == "K-1"
    assert thumbnail_of(exif_block.add_thumbnail(edited, b"new")) == b"new"


@pytest.mark.parametrize(("offset", "length"), [(0, 0), (1_000_000, 10)])
def test_thumbnail_that_is_not_there_does_not_cost_the_block(
    camera_exif: Callable[..., bytes], offset: int, length: int
) -> None:
    block = exif_block.add_thumbnail(camera_exif(), b"")
    head = block[:-20]
    order = "<" if block[6:8] == b"II" else ">"
    tail = struct.pack(order + "I8xI4x", offset, length)  # values of the last two entries, and the link
    edited, _ = exif_block.remove_thumbnail(head + tail)
    assert parse(edited)[Base.Model] == "K-1"
    assert thumbnail_of(edited) is None
