import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin, TiffTags
from PIL.ExifTags import IFD, Base

from portrait.core.arrays import RgbImage, require_rgb
from portrait.files.image_io import load_photo, read_size

SaveAs = Callable[..., Path]


@pytest.mark.parametrize(
    ("name", "source_format"),
    [("a.png", "PNG"), ("a.tif", "TIFF"), ("a.bmp", "BMP"), ("a.ppm", "PPM")],
)
def test_lossless_formats_come_back_exactly(save_as: SaveAs, gradient: RgbImage, name: str, source_format: str) -> None:
    path = save_as(name, gradient)
    photo = load_photo(path)
    np.testing.assert_array_equal(photo.image, gradient)
    require_rgb(photo.image)
    assert photo.metadata.source_format == source_format
    assert photo.warnings == ()
    assert photo.metadata.transparency is None
    assert read_size(path) == (48, 64)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.heic", "a.avif", "a.jp2"])
def test_lossy_formats_come_back_closely(save_as: SaveAs, gradient: RgbImage, name: str) -> None:
    photo = load_photo(save_as(name, gradient))
    require_rgb(photo.image)
    assert np.abs(photo.image.astype(int) - gradient).mean() < 6.0


_opened: list[str] = []


def _note_opening(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | Path):
        _opened.append(str(arguments[0]))


sys.addaudithook(_note_opening)  # cannot be taken back, so it is one for all tests


@pytest.mark.parametrize(
    ("suffix", "has_16_bits"),
    [(suffix, False) for suffix in (".jpg", ".png", ".webp", ".heic", ".avif", ".tif", ".bmp", ".gif", ".ppm", ".jp2")]
    + [(suffix, True) for suffix in (".png", ".tif", ".ppm", ".jp2")],
)
def test_the_file_is_opened_once(save_as: SaveAs, gradient: RgbImage, suffix: str, has_16_bits: bool) -> None:
    """All readers share it: it may lie on a slow network drive, and must not change between two of them."""
    path = save_as(f"photo{suffix}", gradient)
    if has_16_bits:
        cv2.imwrite(str(path), np.multiply(gradient, 257, dtype=np.uint16))
    _opened.clear()
    load_photo(path, with_depth=True)
    assert _opened.count(str(path)) == 1


def test_content_decides_not_the_name(tmp_path: Path, gradient: RgbImage) -> None:
    path = tmp_path / "really-a-png.jpg"
    Image.fromarray(gradient).save(path, format="PNG")
    assert load_photo(path).metadata.source_format == "PNG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F", "LAB", "YCbCr"])
def test_every_kind_of_pixels_becomes_rgb(save_as: SaveAs, gradient: RgbImage, mode: str) -> None:
    colour = Image.fromarray(gradient)
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(colour, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    elif mode == "I;16":
        picture = Image.fromarray(gradient[..., 0].astype(np.uint16) * 257)
    else:
        picture = colour.convert(mode)
    assert picture is not None
    photo = load_photo(save_as("a.tif" if mode not in ("P", "LA", "RGBA") else "a.png", picture))
    require_rgb(photo.image)
    grey = np.asarray(colour.convert("1" if mode == "1" else "L").convert("L"))
    seen = cv2.cvtColor(photo.image, cv2.COLOR_RGB2GRAY)
    assert np.abs(seen.astype(int) - (gradient[..., 0] if mode == "I;16" else grey)).mean() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "a.avif", "a.heic"])
def test_orientation_is_applied_and_removed(
    save_as: SaveAs, gradient: RgbImage, camera_exif: Callable[..., bytes], name: str, orientation: int
) -> None:
    path = save_as(name, gradient, exif=camera_exif(orientation=orientation))
    photo = load_photo(path)
    with Image.open(path) as picture:
        turned = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    assert photo.image.shape == ((64, 48, 3) if orientation >= 5 else (48, 64, 3))
    assert np.abs(photo.image.astype(int) - turned).mean() < 1.0
    exif = Image.Exif()
    exif.load(photo.metadata.exif or b"")
    assert Base.Orientation not in exif
    assert exif[Base.Model] == "K-1"


def test_metadata_is_read(
    save_as: SaveAs, gradient: RgbImage, camera_exif: Callable[..., bytes], srgb_profile: bytes
) -> None:
    xmp = b'<x:xmpmeta tiff:Orientation="6">title</x:xmpmeta>'
    path = save_as(
        "a.jpg", gradient, exif=camera_exif(), icc_profile=srgb_profile, xmp=xmp, dpi=(300, 300), subsampling=2
    )
    metadata = load_photo(path).metadata
    assert metadata.icc_profile == srgb_profile
    assert metadata.xmp == b"<x:xmpmeta>title</x:xmpmeta>"
    assert metadata.dpi == (300.0, 300.0)
    assert metadata.jpeg_subsampling == 2
    exif = Image.Exif()
    exif.load(metadata.exif or b"")
    assert exif.get_ifd(IFD.Exif)[Base.MakerNote] == b"maker\x00note"


def test_transparency_is_set_aside(save_as: SaveAs, gradient: RgbImage) -> None:
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    photo = load_photo(save_as("a.png", np.dstack([gradient, alpha])))
    np.testing.assert_array_equal(photo.image, gradient)
    np.testing.assert_array_equal(photo.metadata.transparency, alpha)
    opaque = load_photo(save_as("b.png", np.dstack([gradient, np.full_like(alpha, 255)])))
    assert opaque.metadata.transparency is None


def test_palette_transparency(save_as: SaveAs, gradient: RgbImage) -> None:
    palette = Image.fromarray(gradient).quantize(8)
    photo = load_photo(save_as("a.png", palette, transparency=3))
    assert photo.metadata.transparency is not None
    np.testing.assert_array_equal(photo.metadata.transparency == 0, np.asarray(palette) == 3)


def test_grey_transparency_colour_in_one_bit_file(save_as: SaveAs) -> None:
    picture = Image.fromarray(np.eye(8, dtype=bool))
    photo = load_photo(save_as("a.png", picture, transparency=0))
    require_rgb(photo.image)


def test_cmyk_without_profile_is_a_stated_guess(save_as: SaveAs, gradient: RgbImage) -> None:
    photo = load_photo(save_as("a.jpg", Image.fromarray(gradient).convert("CMYK"), quality=95))
    assert np.abs(photo.image.astype(int) - gradient).mean() < 6.0
    assert photo.metadata.icc_profile is None
    assert "guess" in photo.warnings[0]


def test_cmyk_goes_through_its_profile(save_as: SaveAs, black_ink_profile: bytes) -> None:
    inks = np.zeros((2, 2, 4), np.uint8)
    inks[0, :, :3] = 255  # all inks but black: nothing by this profile, black by a guess
    inks[1, :, 3] = 255
    photo = load_photo(save_as("a.tif", Image.fromarray(inks, mode="CMYK"), icc_profile=black_ink_profile))
    assert photo.image[0].min() >= 250
    assert photo.image[1].max() <= 5
    assert photo.metadata.icc_profile is None
    assert photo.warnings == ("CMYK picture converted to sRGB",)


def test_grey_goes_through_its_profile(save_as: SaveAs, linear_grey_profile: bytes) -> None:
    photo = load_photo(save_as("a.png", np.full((2, 2), 128, np.uint8), icc_profile=linear_grey_profile))
    assert np.abs(photo.image.astype(int) - 188).max() <= 1
    assert photo.metadata.icc_profile is None


def test_profile_of_another_space_never_stays(save_as: SaveAs, gradient: RgbImage) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for name, profile in (("lab.png", lab), ("noise.png", b"no profile at all" * 20)):
        photo = load_photo(save_as(name, gradient, icc_profile=profile))
        np.testing.assert_array_equal(photo.image, gradient)
        assert photo.metadata.icc_profile is None
        assert "profile" in photo.warnings[0]


def test_profile_of_no_known_space_is_dropped(save_as: SaveAs, gradient: RgbImage, srgb_profile: bytes) -> None:
    profile = srgb_profile[:16] + b"\xff" * 4 + srgb_profile[20:]
    photo = load_photo(save_as("a.png", gradient, icc_profile=profile))
    np.testing.assert_array_equal(photo.image, gradient)
    assert photo.metadata.icc_profile is None
    assert "profile" in photo.warnings[0]


@pytest.mark.parametrize(
    ("kind", "content"), [(TiffTags.SHORT, 7), (TiffTags.ASCII, "sRGB"), (TiffTags.DOUBLE, 2.5), (TiffTags.BYTE, b"7")]
)
def test_tiff_profile_of_another_type_is_dropped(save_as: SaveAs, gradient: RgbImage, kind: int, content: Any) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[TiffImagePlugin.ICCPROFILE] = kind
    tags[TiffImagePlugin.ICCPROFILE] = content
    photo = load_photo(save_as("a.tif", gradient, tiffinfo=tags))
    np.testing.assert_array_equal(photo.image, gradient)
    assert photo.metadata.icc_profile is None
    assert "profile" in photo.warnings[0]


def test_animated_picture_gives_its_first_frame(save_as: SaveAs, gradient: RgbImage) -> None:
    later = Image.fromarray(255 - gradient)
    path = save_as("a.webp", gradient, save_all=True, append_images=[later], duration=100, lossless=True)
    photo = load_photo(path)
    np.testing.assert_array_equal(photo.image, gradient)
    assert "several pictures" in photo.warnings[0]


def test_damaged_exif_does_not_cost_the_picture(save_as: SaveAs, gradient: RgbImage) -> None:
    path = save_as("a.jpg", gradient, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff broken")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = load_photo(path)
    assert photo.image.shape == (48, 64, 3)
    assert photo.metadata.exif is None
    assert any("metadata" in warning for warning in photo.warnings)


def test_image_is_contiguous_and_read_only(save_as: SaveAs, gradient: RgbImage) -> None:
    image = load_photo(save_as("a.png", gradient)).image
    assert image.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 0


def test_one_pixel(tmp_path: Path) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (1, 1), (1, 2, 3)).save(encoded, "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(encoded.getvalue())
    assert load_photo(path).image.tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(("mode", "space"), [("L", b"GRAY"), ("CMYK", b"CMYK")])
def test_damaged_profile_does_not_cost_the_picture(
    save_as: SaveAs, gradient: RgbImage, make_icc_profile: Callable[..., bytes], mode: str, space: bytes
) -> None:
    picture = Image.fromarray(gradient).convert(mode)
    photo = load_photo(save_as("a.tif", picture, icc_profile=make_icc_profile(space, b"Lab ", {})))
    np.testing.assert_array_equal(photo.image, np.asarray(picture.convert("RGB")))
    assert photo.metadata.icc_profile is None
    assert "profile" in photo.warnings[0]


@pytest.mark.parametrize("prefix", ["xmp", "xap"])
def test_thumbnails_in_xmp_go(save_as: SaveAs, gradient: RgbImage, prefix: str) -> None:
    thumbnails = f"<{prefix}:Thumbnails>\n<rdf:Alt>/9j/unblurred</rdf:Alt>\n</{prefix}:Thumbnails>"
    xmp = f"<x:xmpmeta>{thumbnails}<dc:title>title</dc:title></x:xmpmeta>".encode()
    assert load_photo(save_as("a.jpg", gradient, xmp=xmp)).metadata.xmp == (
        b"<x:xmpmeta><dc:title>title</dc:title></x:xmpmeta>"
    )
