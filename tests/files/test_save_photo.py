from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.formats import WRITABLE_SUFFIXES, SaveOptions, output_suffix
from portrait.files.image_io import copy_photo, load_photo, save_photo
from portrait.files.metadata.exif import add_thumbnail
from portrait.files.metadata.photo_metadata import PhotoMetadata

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/">Grüße</x:xmpmeta>'.encode()


def parse(block: bytes | None) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block or b"")
    return exif


@pytest.mark.parametrize("suffix", sorted(WRITABLE_SUFFIXES))
def test_every_format_keeps_picture_and_metadata(
    tmp_path: Path, gradient: RgbImage, camera_exif: Callable[..., bytes], srgb_profile: bytes, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    metadata = PhotoMetadata(
        exif=camera_exif(width=999, height=999), icc_profile=srgb_profile, xmp=XMP, dpi=(300.0, 300.0)
    )
    assert save_photo(path, gradient, metadata) == ()
    photo = load_photo(path)
    assert photo.metadata.source_format == WRITABLE_SUFFIXES[suffix]
    assert np.abs(photo.image.astype(int) - gradient).mean() < 4.0
    assert photo.metadata.icc_profile == srgb_profile
    assert photo.metadata.xmp == XMP
    exif = parse(photo.metadata.exif)
    assert exif[Base.Make] == "Kamera"
    assert exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] == "N"
    sub = exif.get_ifd(IFD.Exif)
    assert sub[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert (sub[Base.ExifImageWidth], sub[Base.ExifImageHeight]) == (64, 48)
    if photo.metadata.dpi is not None:
        assert photo.metadata.dpi == pytest.approx((300.0, 300.0), abs=0.1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_resolution_is_kept(tmp_path: Path, gradient: RgbImage, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    save_photo(path, gradient, PhotoMetadata(dpi=(240.0, 240.0)))
    assert load_photo(path).metadata.dpi == pytest.approx((240.0, 240.0), abs=0.1)


def test_thumbnail_is_renewed(tmp_path: Path, gradient: RgbImage, camera_exif: Callable[..., bytes]) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(gradient).save(source, exif=add_thumbnail(camera_exif(orientation=6), b"old thumbnail"))
    photo = load_photo(source)
    assert photo.metadata.has_thumbnail
    save_photo(target, np.ascontiguousarray(255 - photo.image), photo.metadata)
    content = target.read_bytes()
    assert b"old thumbnail" not in content
    with Image.open(target) as picture:
        directory = picture.getexif().get_ifd(IFD.IFD1)
        block = picture.info["exif"]
    start = directory[0x0201] + 6
    thumbnail_path = tmp_path / "thumbnail.jpg"
    thumbnail_path.write_bytes(block[start : start + directory[0x0202]])
    thumbnail = load_photo(thumbnail_path).image
    assert thumbnail.shape == photo.image.shape  # smaller than a thumbnail already
    assert np.abs(thumbnail.astype(int) - (255 - photo.image)).mean() < 12.0


@pytest.mark.parametrize("suffix", [".png", ".webp", ".heic", ".avif", ".tif"])
def test_transparency_is_put_back(tmp_path: Path, gradient: RgbImage, suffix: str) -> None:
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    path = tmp_path / f"a{suffix}"
    assert save_photo(path, gradient, PhotoMetadata(transparency=alpha)) == ()
    read = load_photo(path).metadata.transparency
    assert read is not None
    assert np.abs(read.astype(int) - alpha).mean() < 2.0


def test_transparency_lost_in_jpeg_is_said_and_white(tmp_path: Path, gradient: RgbImage) -> None:
    path = tmp_path / "a.jpg"
    lost = save_photo(path, gradient, PhotoMetadata(transparency=np.zeros((48, 64), np.uint8)))
    assert "transparency" in lost[0]
    assert load_photo(path).image.min() >= 254


def test_metadata_too_large_for_jpeg_is_said(
    tmp_path: Path, gradient: RgbImage, camera_exif: Callable[..., bytes]
) -> None:
    large = parse(camera_exif())
    large[0xC6D2] = bytes(70_000)
    metadata = PhotoMetadata(exif=large.tobytes(), xmp=b"<x>" + b" " * 70_000 + b"</x>", comments=(bytes(70_000),))
    lost = save_photo(tmp_path / "a.jpg", gradient, metadata)
    assert len(lost) == 3
    assert "0xC6D2" in lost[0]
    assert parse(load_photo(tmp_path / "a.jpg").metadata.exif)[Base.Make] == "Kamera"
    assert save_photo(tmp_path / "a.png", gradient, metadata) == ()


def test_damaged_exif_is_dropped_and_said(tmp_path: Path, gradient: RgbImage) -> None:
    lost = save_photo(tmp_path / "a.jpg", gradient, PhotoMetadata(exif=b"Exif\x00\x00nonsense"))
    assert "EXIF" in lost[0]


def test_rich_picture_is_saved_as_jpeg(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    path = tmp_path / "a.jpg"
    save_photo(path, noise, options=SaveOptions(quality=100))
    assert load_photo(path).metadata.jpeg_subsampling == 0


def test_subsampling_of_the_source_is_kept_and_quality_counts(tmp_path: Path, gradient: RgbImage) -> None:
    path = tmp_path / "a.jpg"
    save_photo(path, gradient, PhotoMetadata(jpeg_subsampling=2), SaveOptions(quality=95))
    fine_size = path.stat().st_size
    assert load_photo(path).metadata.jpeg_subsampling == 2
    save_photo(path, gradient, PhotoMetadata(jpeg_subsampling=2), SaveOptions(quality=20))
    assert path.stat().st_size < fine_size


@pytest.mark.parametrize("name", ["a", "a.gif", "a.docx", "a.jpg.bak"])
def test_unknown_suffix_names_the_known_ones(tmp_path: Path, gradient: RgbImage, name: str) -> None:
    with pytest.raises(ImageFileError, match="cannot be saved") as caught:
        save_photo(tmp_path / name, gradient)
    assert ".webp" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "side"), [("a.webp", 16_384), ("a.jpg", 65_501)])
def test_side_beyond_the_format(tmp_path: Path, name: str, side: int) -> None:
    with pytest.raises(ImageFileError, match=str(side)):
        save_photo(tmp_path / name, np.zeros((1, side, 3), np.uint8))


def test_wrong_arrays_are_a_programmers_error(tmp_path: Path, gradient: RgbImage) -> None:
    with pytest.raises(ValueError, match="contiguous"):
        save_photo(tmp_path / "a.png", gradient[:, ::-1])
    with pytest.raises(ValueError, match="transparency"):
        save_photo(tmp_path / "a.png", gradient, PhotoMetadata(transparency=np.zeros((2, 2), np.uint8)))


@pytest.mark.parametrize("options", [{"quality": 0}, {"quality": 101}, {"format": "bmp"}])
def test_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        SaveOptions(**options)  # type: ignore[arg-type]


def test_copy_is_byte_by_byte(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(b"anything")
    copy_photo(source, tmp_path / "b.jpg")
    assert (tmp_path / "b.jpg").read_bytes() == b"anything"
    with pytest.raises(ImageFileError, match="does not exist"):
        copy_photo(tmp_path / "none.jpg", tmp_path / "c.jpg")


@pytest.mark.parametrize(
    ("name", "output_format", "suffix"),
    [
        ("a.JPG", "keep", ".JPG"),
        ("a.gif", "keep", ".png"),
        ("a.heic", "keep", ".heic"),
        ("a.heic", "jpg", ".jpg"),
        ("a.bmp", "webp", ".webp"),
    ],
)
def test_suffix_of_the_output(name: str, output_format: str, suffix: str) -> None:
    assert output_suffix(Path(name), output_format) == suffix  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "output_format", "suffix"),
    [("a.jpg", "keep", ".png"), ("a.png", "jpg", ".png"), ("a.jpg", "webp", ".webp"), ("a.tif", "keep", ".tif")],
)
def test_suffix_of_a_transparent_output(name: str, output_format: str, suffix: str) -> None:
    assert output_suffix(Path(name), output_format, is_transparent=True) == suffix  # type: ignore[arg-type]


@pytest.mark.parametrize(("suffix", "name"), [(".heic", "HEIC"), (".hif", "HEIC"), (".webp", "WebP"), (".jpg", "JPEG")])
def test_warnings_name_the_format_as_the_window_does(
    tmp_path: Path, gradient: RgbImage, suffix: str, name: str
) -> None:
    lost = save_photo(tmp_path / f"a{suffix}", gradient.astype(np.uint16) * np.uint16(257))
    assert lost == (f"{name} has 8 bits a channel: the 16-bit picture was reduced",)


def test_name_too_long_for_the_disk(tmp_path: Path, gradient: RgbImage) -> None:
    with pytest.raises(ImageFileError, match="too long"):
        save_photo(tmp_path / f"{'a' * 300}.png", gradient)
    assert list(tmp_path.iterdir()) == []
