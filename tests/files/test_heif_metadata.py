"""EXIF as it stands in HEIC and AVIF files, and what they hold beside it that no portrait keeps.

Files are made by the encoders, and then get other bytes of the same length.
"""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from portrait.core.arrays import RgbImage
from portrait.files.containers.box_items import item_types, read_heif_metadata
from portrait.files.image_io import load_photo, save_photo

PLAIN, ARTIST = b"Buero fuer Bilder, abcdef", "Büro für Bilder, 白い".encode()
NOTE = bytes(range(200, 240))
GAIN_MAP = "the gain map for HDR screens could not be kept"
SaveAs = Callable[..., Path]


def exif_block(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[Base.Orientation], exif[Base.Artist], exif[0xC6D2] = orientation, PLAIN, NOTE
    return exif.tobytes()


def change(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new.ljust(len(old), b"\0")))
    return path


@pytest.mark.parametrize("suffix", ["jpg", "avif", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_texts_of_a_turned_picture_stay_to_the_byte(
    save_as: SaveAs, gradient: RgbImage, tmp_path: Path, kind: str, orientation: int, suffix: str
) -> None:
    assert len(PLAIN) == len(ARTIST)
    path = change(save_as(f"a.{kind}", gradient, exif=exif_block(orientation)), PLAIN, ARTIST)
    if kind == "avif":
        assert (b"irot" in path.read_bytes()) == (orientation > 4 or orientation == 3), "the boxes turn it"
    photo = load_photo(path)
    assert photo.image.shape == ((64, 48, 3) if orientation > 4 else (48, 64, 3))
    assert photo.warnings == ()
    target = tmp_path / f"b.{suffix}"
    assert save_photo(target, np.asarray(photo.image), photo.metadata) == ()
    content = target.read_bytes()
    assert ARTIST in content
    assert NOTE in content
    assert load_photo(target).image.shape == photo.image.shape


def test_a_turned_picture_without_exif_gets_none(save_as: SaveAs, gradient: RgbImage) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    photo = load_photo(save_as("a.avif", gradient, exif=exif.tobytes()))
    assert photo.image.shape == (64, 48, 3)
    assert photo.metadata.exif is None


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_a_file_cut_or_damaged_anywhere_is_no_error(save_as: SaveAs, gradient: RgbImage, kind: str) -> None:
    path = save_as(f"a.{kind}", gradient, exif=exif_block(1), xmp=b"<x/>")
    content = path.read_bytes()
    assert set(read_heif_metadata(io.BytesIO(content))) == {"exif", "xmp"}
    for position in range(0, 900, 3):
        for damaged in (content[:position], content[:position] + b"\xff" + content[position + 1 :]):
            assert set(read_heif_metadata(io.BytesIO(damaged))) <= {"exif", "xmp"}


def opacity(image: RgbImage) -> Image.Image:
    picture = Image.fromarray(image)
    picture.putalpha(Image.fromarray(image[..., 0]))
    return picture


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (b"urn:com:apple:photo:2020:aux:hdrgainmap\0", (GAIN_MAP,)),
        (
            b"urn:com:apple:photo:2019:aux:semantichair",
            ("auxiliary pictures, such as mattes of the camera, could not be kept",),
        ),
    ],
)
def test_auxiliary_pictures_are_told(save_as: SaveAs, gradient: RgbImage, kind: bytes, said: tuple[str, ...]) -> None:
    path = save_as("a.avif", opacity(gradient))
    assert load_photo(path).warnings == (), "opacity is kept"
    change(path, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", kind)
    assert load_photo(path).warnings == said


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_a_gain_map_as_an_item_of_its_own_is_told(save_as: SaveAs, gradient: RgbImage, kind: str) -> None:
    path = save_as(f"a.{kind}", gradient, exif=exif_block(1))
    content = path.read_bytes()
    assert b"Exif" in item_types(io.BytesIO(content)).values()
    at = content.index(b"Exif", content.index(b"iinf"))
    path.write_bytes(content[:at] + b"tmap" + content[at + 4 :])
    assert GAIN_MAP in load_photo(path).warnings


def test_the_video_of_a_motion_photo_is_told(save_as: SaveAs, gradient: RgbImage) -> None:
    path = save_as("a.heic", gradient)
    assert load_photo(path).warnings == ()
    path.write_bytes(path.read_bytes() + struct.pack(">I4s", 16, b"mpvd") + b"a video!")
    assert load_photo(path).warnings == ("the video of a motion photo could not be kept",)
