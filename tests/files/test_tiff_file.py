import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin, TiffTags

from portrait.core.arrays import RgbImage
from portrait.files.containers.tiff_block import TiffReader, rebuild
from portrait.files.containers.tiff_file import encode_tiff, read_tiff_metadata
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.exif_cleaning import EXIF_HEADER, clean

ARTIST, NOTE = "Büro".encode() + b" fuer Bilder\0", b"Apple iOS\0\0\1MM its offsets count from its start"
ABSOLUTE_NOTE = b"SONY DSC \0\0\0its offsets count from the start of the file"


def tiff(order: str, is_big: bool = False, note: bytes = NOTE) -> bytes:
    """A picture of 2 × 1 pixels with artist, layout, and camera settings that hold a maker note."""
    count, offset, width = ("Q", "Q", 8) if is_big else ("H", "I", 4)

    def directory(start: int, tags: list[tuple[int, int, int, bytes]]) -> bytes:
        at = start + struct.calcsize(order + count) + (12 + 2 * width - 8 if is_big else 12) * len(tags) + width
        entries, contents = b"", b""
        for tag, kind, number, content in sorted(tags):
            place = content.ljust(width, b"\0")
            if len(content) > width:
                place, contents = struct.pack(order + offset, at + len(contents)), contents + content
            entries += struct.pack(order + "HH" + offset, tag, kind, number) + place
        return struct.pack(order + count, len(tags)) + entries + bytes(width) + contents

    def short(tag: int, *values: int) -> tuple[int, int, int, bytes]:
        return tag, 3, len(values), struct.pack(f"{order}{len(values)}H", *values)

    head = 16 if is_big else 8
    pixels = bytes([10, 20, 30, 40, 50, 60])
    settings_at = head + len(pixels)
    settings = directory(settings_at, [(0x927C, 7, len(note), note)])
    first_at = settings_at + len(settings)
    layout = [short(256, 2), short(257, 1), short(258, 8, 8, 8), short(259, 1), short(262, 2), short(273, head)]
    layout += [short(277, 3), short(278, 1), short(279, 6)]
    pointer = (0x8769, 13 if not is_big else 18, 1, struct.pack(order + offset, settings_at))
    first = directory(first_at, [*layout, (0x013B, 2, len(ARTIST), ARTIST), pointer])
    magic = struct.pack(order + "HHHQ", 43, 8, 0, first_at) if is_big else struct.pack(order + "HI", 42, first_at)
    return (b"II" if order == "<" else b"MM") + magic + pixels + settings + first


@pytest.mark.parametrize(("order", "is_big"), [("<", False), (">", False), ("<", True)])
def test_description_is_read_in_every_byte_order_and_width(tmp_path: Path, order: str, is_big: bool) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(order, is_big))
    photo = load_photo(path)
    assert photo.image.tolist() == [[[10, 20, 30], [40, 50, 60]]]
    exif = photo.metadata.exif or b""
    assert photo.warnings == ()
    assert ARTIST in exif
    assert NOTE in exif
    parsed = Image.Exif()
    parsed.load(exif)
    assert set(parsed) == {0x013B, 0x8769}, "how the pixels of the file lay is not said again"


@pytest.mark.parametrize("suffix", [".tif", ".jpg"])
def test_a_maker_note_that_would_lead_astray_is_left_out_and_told(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "a.tif", tmp_path / f"b{suffix}"
    source.write_bytes(tiff("<", note=ABSOLUTE_NOTE))
    photo = load_photo(source)
    assert photo.warnings == ("the camera's maker note could not be kept: it holds only at its place in the TIFF file",)
    save_photo(target, np.asarray(photo.image), photo.metadata)
    assert ABSOLUTE_NOTE not in target.read_bytes()
    assert ARTIST in target.read_bytes()


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png"])
def test_a_maker_note_with_offsets_of_its_own_is_kept(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "a.tif", tmp_path / f"b{suffix}"
    source.write_bytes(tiff("<"))
    photo = load_photo(source)
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    assert NOTE in target.read_bytes()


def test_a_maker_note_of_a_jpeg_keeps_its_place_in_tiff(
    tmp_path: Path, gradient: RgbImage, camera_exif: Callable[..., bytes]
) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.tif"
    exif = camera_exif()
    Image.fromarray(gradient).save(source, exif=exif)
    photo = load_photo(source)
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    note = b"maker\0note"
    assert target.read_bytes().index(note) == exif.index(note) - len(EXIF_HEADER), "its offsets count from there"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_block_is_continued_by_the_picture(order: str, dtype: Any, channels: int) -> None:
    exif = clean(EXIF_HEADER + rebuild(TiffReader(tiff(order)), lambda entry: entry.tag > 262, []).to_bytes()).exif
    assert exif is not None
    pixels = np.random.default_rng(0).integers(0, 255, (5, 7, channels)).astype(dtype)
    written = bytes(encode_tiff(pixels, {"exif": exif, "xmp": b"<x/>", "dpi": (300.0, 150.0)}))
    for content in (ARTIST, NOTE):
        assert written.index(content) == exif.index(content) - len(EXIF_HEADER), "maker notes have absolute offsets"
    if dtype == np.uint8:
        with Image.open(io.BytesIO(written)) as picture:
            assert np.array_equal(np.asarray(picture), pixels)
            assert picture.info["dpi"] == (300.0, 150.0)
            assert picture.info["xmp"] == b"<x/>"


@pytest.mark.parametrize("suffix", [".tif", ".jpg"])
def test_how_pixels_lay_in_the_source_is_not_said_of_the_target(
    tmp_path: Path, gradient: RgbImage, suffix: str
) -> None:
    source, target = tmp_path / "a.tif", tmp_path / f"b{suffix}"
    tags = {317: 2, 318: (0.3, 0.3), 319: (0.6, 0.3, 0.3, 0.6, 0.1, 0.1), 297: (0, 2), 315: "Anna"}
    Image.fromarray(gradient).convert("RGBA").save(source, compression="tiff_lzw", tiffinfo=tags)
    save_photo(target, gradient, load_photo(source).metadata)
    with Image.open(target) as picture:
        written = set(picture.getexif())
    assert 315 in written
    assert not written & {317, 318, 319, 297, 338}


def test_rights_stand_beside_the_data_sets(tmp_path: Path, gradient: RgbImage) -> None:
    caption = b"\x1c\x02\x78\x00\x01x"
    flag = b"8BIM" + struct.pack(">HHIH", 1034, 0, 1, 256)
    resources = flag + b"8BIM" + struct.pack(">HHI", 1028, 0, len(caption)) + caption
    path = tmp_path / "a.tif"
    image = np.random.default_rng(0).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    path.write_bytes(encode_tiff(image, {"iptc": resources}))
    with path.open("rb") as file:
        found = read_tiff_metadata(file)
    assert (found.data_sets, found.resources) == (caption, flag)
    assert load_photo(path).metadata.iptc == resources
    save_photo(tmp_path / "b.tif", gradient, load_photo(path).metadata)
    assert load_photo(tmp_path / "b.tif").metadata.iptc == resources


def test_values_over_each_other_are_not_copied_without_end() -> None:
    entries = b"".join(struct.pack("<HHII", 0xC000 + index, 7, 30_000, 4_000) for index in range(300))
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 300) + entries + bytes(40_000)
    broken: list[str] = []
    assert len(rebuild(TiffReader(block), lambda entry: True, broken)) < 2 * len(block)
    assert len(broken) == 299


@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 400))
def test_any_damage(position: int, value: int, length: int) -> None:
    content = bytearray(tiff("<"))
    content[position % len(content)] = value
    for damaged in (bytes(content), bytes(content[:length])):
        try:
            block = rebuild(TiffReader(damaged), lambda entry: entry.tag > 279, [])
            clean(EXIF_HEADER + block.to_bytes())
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("tag", "name"),
    [(343, "a clipping path"), (37724, "Photoshop's layers"), (50740, "DNG's private data"), (65000, None)],
)
def test_what_is_left_out_of_a_tiff_file_is_named(tmp_path: Path, tag: int, name: str | None) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[tag] = b"some bytes"
    info.tagtype[tag] = TiffTags.UNDEFINED
    Image.new("RGB", (8, 6)).save(tmp_path / "a.tif", tiffinfo=info)
    expected = () if name is None else (f"of the TIFF file could not be kept: {name}",)
    assert load_photo(tmp_path / "a.tif").warnings == expected
