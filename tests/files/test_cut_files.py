"""Files of every format, cut off anywhere or with bytes changed: a photo or an `ImageFileError`, nothing else."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.image_io import load_photo


def drawn(mode: str = "RGB") -> Image.Image:
    """A small picture, smooth with some noise."""
    y, x = np.mgrid[0:24, 0:40]
    image = np.stack([6 * x, 9 * y, 255 - 3 * x - 4 * y], axis=-1)
    image[6:18, 8:24] += np.random.default_rng(3).integers(0, 30, (12, 16, 3))
    colours = Image.fromarray(image.clip(0, 255).astype(np.uint8))
    return colours.quantize(16) if mode == "P" else colours.convert(mode)


def encoded(file_format: str, mode: str = "RGB", **options: Any) -> bytes:
    if options.get("save_all"):
        options["append_images"] = [drawn(mode).rotate(180)]
    file = io.BytesIO()
    drawn(mode).save(file, file_format, **options)
    return file.getvalue()


def described() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8769] = "Kamera", 1, {0x9003: "2024:01:01 00:00:00"}
    return exif


MAKERS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded("JPEG"),
    "jpeg-4:4:4": lambda: encoded("JPEG", subsampling=0),
    "jpeg-progressive": lambda: encoded("JPEG", progressive=True),
    "jpeg-restart": lambda: encoded("JPEG", restart_marker_blocks=2, subsampling=0),
    "jpeg-progressive-restart": lambda: encoded("JPEG", progressive=True, restart_marker_blocks=1),
    "jpeg-grey": lambda: encoded("JPEG", "L"),
    "jpeg-cmyk": lambda: encoded("JPEG", "CMYK"),
    "jpeg-described": lambda: encoded("JPEG", exif=described(), dpi=(300, 300)),
    "mpo": lambda: encoded("MPO", save_all=True),
    "png": lambda: encoded("PNG", exif=described()),
    "png-palette": lambda: encoded("PNG", "P", transparency=1),
    "apng": lambda: encoded("PNG", save_all=True),
    "gif": lambda: encoded("GIF", "P"),
    "gif-animated": lambda: encoded("GIF", "P", save_all=True, duration=50),
    "webp": lambda: encoded("WEBP", exif=described()),
    "webp-lossless": lambda: encoded("WEBP", lossless=True),
    "tiff": lambda: encoded("TIFF"),
    "tiff-lzw": lambda: encoded("TIFF", compression="tiff_lzw"),
    "tiff-jpeg": lambda: encoded("TIFF", compression="jpeg"),
    "tiff-fax": lambda: encoded("TIFF", "1", compression="group4"),
    "tiff-pages": lambda: encoded("TIFF", "L", save_all=True),
    "bmp": lambda: encoded("BMP", "P"),
    "dib": lambda: encoded("DIB"),
    "ppm": lambda: encoded("PPM", "L"),
    "jpeg2000": lambda: encoded("JPEG2000"),
    "jpeg2000-codestream": lambda: encoded("JPEG2000", no_jp2=True),
    "heic": lambda: encoded("HEIF", exif=described()),
    "avif": lambda: encoded("AVIF", exif=described()),
}


def photo_or_refusal(path: Path) -> RgbImage | None:
    """The picture; none where the file is refused in the user's words."""
    try:
        return load_photo(path, max_megapixels=1.0).image
    except ImageFileError as exc:
        told = exc
    assert str(path) in told.message
    assert told.hint
    return None


def cuts(length: int) -> Iterator[int]:
    """Every place where headers lie and the end is near; of the picture between, every third."""
    return (cut for cut in range(1, length) if cut < 300 or length - cut < 40 or cut % 3 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_cut_anywhere_a_file_is_whole_or_refused(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path, content = tmp_path / "cut.img", MAKERS[name]()
    path.write_bytes(content)
    whole = load_photo(path, with_depth=True).image
    for length in cuts(len(content)):
        path.write_bytes(content[:length])
        image = photo_or_refusal(path)
        if image is not None:
            assert np.array_equal(image, whole), f"the first {length} of {len(content)} bytes are another picture"
    assert capfd.readouterr() == ("", ""), "a library wrote to the terminal"


@pytest.mark.parametrize("name", [name for name in MAKERS if name.startswith("jpeg") and "2000" not in name])
@pytest.mark.parametrize("cut", [1, 2])
def test_jpeg_without_its_end_marker_is_read(tmp_path: Path, name: str, cut: int) -> None:
    whole, path = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    whole.write_bytes(MAKERS[name]())
    path.write_bytes(whole.read_bytes()[:-cut])
    photo = load_photo(path, with_depth=True)
    np.testing.assert_array_equal(photo.image, load_photo(whole).image)
    assert photo.warnings == load_photo(whole).warnings


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_flat_grey_below_is_not_what_is_missing(tmp_path: Path, options: dict[str, Any]) -> None:
    """Grey is what decoders put where rows are missing: here it is in the picture, and a part of it is cut off."""
    image = np.full((64, 64, 3), 128, np.uint8)
    image[:24] = np.random.default_rng(4).integers(0, 256, (24, 64, 3))
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=90, **options)
    path = tmp_path / "a.jpg"
    path.write_bytes(file.getvalue()[:-2])
    assert load_photo(path, with_depth=True).image.shape == (64, 64, 3)
    path.write_bytes(file.getvalue()[:-6])
    with pytest.raises(ImageFileError, match="damaged or incomplete"):
        load_photo(path, with_depth=True)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_an_end_marker_behind_what_was_cut_off_does_not_make_it_whole(tmp_path: Path, mode: str, share: float) -> None:
    """As programs write it that "repair" photos: a decoder fills in grey without a word."""
    content = encoded("JPEG", mode, quality=95)
    path = tmp_path / "photo.jpg"
    scan = content.index(b"\xff\xda") + 14
    path.write_bytes(content[: scan + int(share * (len(content) - scan))] + b"\xff\xd9")
    with pytest.raises(ImageFileError, match="last part is missing"):
        load_photo(path)
    path.write_bytes(content + b"\xff\xd9")
    load_photo(path)


@pytest.mark.parametrize("behind", [b"", encoded("JPEG")])
@pytest.mark.parametrize("progressive", [False, True])
def test_what_follows_a_cut_picture_does_not_make_it_whole(tmp_path: Path, behind: bytes, progressive: bool) -> None:
    """As in photos of phones: a preview or a gain map, a JPEG of its own, stands behind."""
    content = encoded("JPEG", quality=95, progressive=progressive)
    first_scan = content.index(b"\xff\xda")
    path = tmp_path / "photo.jpg"
    path.write_bytes(content[: first_scan + (len(content) - first_scan) // 3] + b"\xff\xd9" + behind)
    with pytest.raises(ImageFileError, match="damaged or incomplete"):
        load_photo(path)
    path.write_bytes(content + behind)
    load_photo(path)


def test_a_picture_that_ends_in_the_grey_of_missing_rows_is_read(tmp_path: Path) -> None:
    image = np.full((48, 64, 3), 128, np.uint8)
    image[:16, :16] = 250
    path = tmp_path / "photo.jpg"
    Image.fromarray(image).save(path)
    path.write_bytes(path.read_bytes() + b"a trailer with \xff\xd9 in it")
    assert np.abs(load_photo(path).image[20:].astype(int) - 128).max() <= 2


@pytest.mark.parametrize("cut", ["extension", "descriptor"])
def test_gif_cut_off_in_its_second_picture_gives_the_first(tmp_path: Path, cut: str) -> None:
    content = MAKERS["gif-animated"]()
    whole, path = tmp_path / "whole.gif", tmp_path / "cut.gif"
    whole.write_bytes(content)
    extension = content.rindex(b"\x21\xf9\x04")  # graphic control extension (GIF89a, 23)
    path.write_bytes(content[: (extension if cut == "extension" else content.index(b"\x2c", extension + 8)) + 1])
    photo = load_photo(path, with_depth=True)
    np.testing.assert_array_equal(photo.image, load_photo(whole).image)
    assert "several pictures" in photo.warnings[0]


@pytest.mark.slow
@settings(
    deadline=None, derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(list(MAKERS)),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=4),
    head_bytes=st.sampled_from([64, 300, 2**16]),
)
def test_changed_bytes_give_a_photo_or_an_error(
    tmp_path: Path,
    contents: dict[str, bytes],
    name: str,
    changes: list[tuple[int, int]],
    head_bytes: int,
) -> None:
    content = bytearray(contents[name])
    for place, value in changes:
        content[place % min(len(content), head_bytes)] = value
    path = tmp_path / "changed.img"
    path.write_bytes(content)
    photo_or_refusal(path)


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    return {name: make() for name, make in MAKERS.items()}


def test_bitmap_without_a_file_header_is_read(tmp_path: Path, gradient: RgbImage) -> None:
    path = tmp_path / "a.dib"
    Image.fromarray(gradient).save(path, "DIB")
    np.testing.assert_array_equal(load_photo(path, with_depth=True).image, gradient)


def test_a_jpeg_that_describes_too_few_components_is_no_bug(tmp_path: Path) -> None:
    content = bytearray(MAKERS["jpeg-grey"]())
    content[content.index(b"\xff\xc0") + 9] = 3
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageFileError):
        load_photo(path, with_depth=True)


def test_tiff_whose_directory_is_cut_off_is_read_without_a_word_from_pillow(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.tif", tmp_path / "cut.tif"
    whole.write_bytes(MAKERS["tiff-fax"]())
    path.write_bytes(whole.read_bytes()[:-2])
    np.testing.assert_array_equal(load_photo(path, with_depth=True).image, load_photo(whole).image)
