"""16 bits a channel, in and out."""

import io
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from portrait.core.arrays import DeepRgbImage, require_rgb
from portrait.core.color import to_8_bits
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.photo_metadata import PhotoMetadata

XMP = b"<x:xmpmeta>title</x:xmpmeta>"


@pytest.fixture
def deep() -> DeepRgbImage:
    """Colours that need all of their 16 bits, 96 × 128."""
    return np.random.default_rng(5).integers(0, 65_536, (96, 128, 3), dtype=np.uint16)


def write(path: Path, pixels: NDArray[np.uint16]) -> Path:
    """As another program does."""
    order = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}[1 if pixels.ndim == 2 else pixels.shape[2]]
    lossless = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000] if path.suffix == ".jp2" else []
    encoded = cv2.imencode(path.suffix, pixels if order is None else cv2.cvtColor(pixels, order), lossless)[1]
    path.write_bytes(encoded.tobytes())
    return path


DEEP_NAMES = ["a.png", "a.tif", "a.ppm", "a.jp2"]


@pytest.mark.parametrize("name", DEEP_NAMES)
def test_16_bits_come_in_whole(tmp_path: Path, deep: DeepRgbImage, name: str) -> None:
    photo = load_photo(write(tmp_path / name, deep))
    np.testing.assert_array_equal(photo.deep, deep)
    assert photo.colors is photo.deep
    require_rgb(photo.image)
    assert np.abs(photo.image - deep / 257.0).max() <= 0.5
    assert photo.warnings == ()


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm", "a.jp2"])
def test_grey_comes_in_whole(tmp_path: Path, deep: DeepRgbImage, name: str) -> None:
    photo = load_photo(write(tmp_path / name, deep[..., 0]))
    np.testing.assert_array_equal(photo.deep, np.repeat(deep[..., :1], 3, axis=2))
    assert photo.warnings == ()


@pytest.mark.parametrize("name", [*DEEP_NAMES, "a.j2k"])
def test_8_bits_stay_8(tmp_path: Path, deep: DeepRgbImage, name: str) -> None:
    Image.fromarray(to_8_bits(deep)).save(tmp_path / name)
    photo = load_photo(tmp_path / name)
    assert photo.deep is None
    assert photo.colors is photo.image
    assert photo.warnings == ()


def test_jpeg_2000_without_its_container_comes_in_whole(tmp_path: Path, deep: DeepRgbImage) -> None:
    boxed = write(tmp_path / "a.jp2", deep).read_bytes()
    path = tmp_path / "a.j2k"
    path.write_bytes(boxed[boxed.index(b"\xff\x4f\xff\x51") :])
    np.testing.assert_array_equal(load_photo(path).deep, deep)


def test_10_bits_fill_the_range(tmp_path: Path, deep: DeepRgbImage) -> None:
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P6 128 96 1023\n" + (deep >> 6).astype(">u2").tobytes())
    photo = load_photo(path)
    assert photo.deep is not None
    assert photo.warnings == ()
    assert np.abs(photo.deep - (deep >> 6) * (65_535 / 1023)).max() <= 0.5 + 1e-6


def test_12_bits_fill_the_range(tmp_path: Path, deep: DeepRgbImage) -> None:
    path, levels = tmp_path / "a.jp2", deep >> 4
    # Levels are stored less the half of their range (ITU-T T.800, G.1), which is another one when the depth is changed.
    content = bytearray(write(path, levels + (1 << 15) - (1 << 11)).read_bytes())
    box, marker = content.index(b"ihdr"), content.index(b"\xff\x4f\xff\x51")
    for place in (box + 14, marker + 42, marker + 45, marker + 48):
        content[place] = 12 - 1
    path.write_bytes(content)
    photo = load_photo(path)
    assert photo.deep is not None
    assert np.abs(photo.deep - levels * (65_535 / 4095)).max() <= 0.5 + 1e-2


@pytest.mark.filterwarnings("ignore")
def test_transparency_has_16_bits_too(tmp_path: Path, deep: DeepRgbImage) -> None:
    opacity = deep[..., 1]
    photo = load_photo(write(tmp_path / "a.png", np.dstack([deep, opacity])))
    np.testing.assert_array_equal(photo.metadata.transparency, opacity)
    for name in ("b.png", "b.tif"):
        assert save_photo(tmp_path / name, photo.colors, photo.metadata) == ()
        again = load_photo(tmp_path / name)
        np.testing.assert_array_equal(again.deep, deep)
        np.testing.assert_array_equal(again.metadata.transparency, opacity)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_all_is_written_and_read_again(
    tmp_path: Path, deep: DeepRgbImage, camera_exif: Callable[..., bytes], srgb_profile: bytes, name: str
) -> None:
    exif = camera_exif().replace(b"maker\0note", b"HDRP\2\0note")  # a note that may move, for TIFF
    metadata = PhotoMetadata(exif=exif, icc_profile=srgb_profile, xmp=XMP, dpi=(300.0, 240.0))
    assert save_photo(tmp_path / name, deep, metadata) == ()
    photo = load_photo(tmp_path / name)
    np.testing.assert_array_equal(photo.deep, deep)
    assert photo.warnings == ()
    assert photo.metadata.icc_profile == srgb_profile
    assert photo.metadata.xmp == XMP
    assert photo.metadata.dpi == pytest.approx((300.0, 240.0), abs=0.1)
    exif = Image.Exif()
    exif.load(photo.metadata.exif or b"")
    assert exif[Base.Make] == "Kamera"
    assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] == "N"
    opened = cv2.imdecode(np.frombuffer((tmp_path / name).read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(opened[..., ::-1], deep)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_orientation_is_applied(
    tmp_path: Path, deep: DeepRgbImage, camera_exif: Callable[..., bytes], orientation: int
) -> None:
    path = tmp_path / "a.png"
    save_photo(path, deep, PhotoMetadata(exif=camera_exif()))
    with Image.open(path) as picture:
        exif = picture.getexif()
    exif[Base.Orientation] = orientation
    tiny = io.BytesIO()
    Image.new("RGB", (1, 1)).save(tiny, "PNG", exif=exif)
    start = tiny.getvalue().index(b"eXIf") - 4
    content, chunk = path.read_bytes(), tiny.getvalue()[start : tiny.getvalue().index(b"IDAT") - 4]
    place = content.index(b"eXIf") - 4
    length = int.from_bytes(content[place : place + 4]) + 12
    path.write_bytes(content[:place] + chunk + content[place + length :])
    photo = load_photo(path)
    turned = np.rot90(deep, {1: 0, 3: 2, 6: 3, 8: 1}[orientation])
    np.testing.assert_array_equal(photo.deep, turned)
    assert np.abs(photo.image - turned / 257.0).max() <= 0.5


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.heic"])
def test_what_other_formats_lose_is_said(tmp_path: Path, deep: DeepRgbImage, name: str) -> None:
    smooth = cv2.GaussianBlur(deep, (0, 0), 8.0)
    (lost,) = save_photo(tmp_path / name, smooth)
    assert "16-bit picture was reduced" in lost
    assert np.abs(load_photo(tmp_path / name).image - smooth / 257.0).mean() < 6.0


def test_where_the_decoders_disagree_8_bits_are_taken_and_said(tmp_path: Path, deep: DeepRgbImage) -> None:
    path = write(tmp_path / "a.png", deep)
    with patch("portrait.files.colors.deep_color.cv2.imdecode", lambda *_: deep.copy()):  # red and blue exchanged
        photo = load_photo(path)
    assert photo.deep is None
    assert photo.warnings == ("16-bit picture reduced to 8 bits",)
    assert np.abs(photo.image - deep / 257.0).max() < 1.0
