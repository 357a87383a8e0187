from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from export.data.data_set import ImageCache, find_data_set, load_labelled
from export.data.image_files import read_label, read_upright
from export.errors import DataError
from portrait.files.image_io import load_photo

WriteMask = Callable[..., Path]


def person_mask(height: int = 30, width: int = 40) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[5:20, 5:20] = 255
    return mask


@pytest.fixture
def write_mask(tmp_path: Path) -> WriteMask:
    """Write a label into the folder of this name."""

    def write(mask: Image.Image | np.ndarray, folder: str = "masks") -> Path:
        path = tmp_path / folder / "0.png"
        path.parent.mkdir()
        (mask if isinstance(mask, Image.Image) else Image.fromarray(mask)).save(path)
        return path

    return write


def test_masks_of_the_three_levels_are_read_in_any_mode(write_mask: WriteMask) -> None:
    mask = person_mask()
    mask[22:24] = 128
    path = write_mask(mask)
    np.testing.assert_array_equal(read_label(path), mask)
    for mode in ("RGB", "P", "LA"):
        Image.fromarray(mask).convert(mode).save(path)
        np.testing.assert_array_equal(read_label(path), mask)
    Image.fromarray(mask.astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_label(path), mask)
    Image.fromarray(mask == 255).save(path)
    np.testing.assert_array_equal(read_label(path), person_mask())


def test_a_mask_of_zeros_and_ones_is_refused(write_mask: WriteMask) -> None:
    with pytest.raises(DataError, match=r"masks.0\.png: .*, not 0, 1$") as caught:
        read_label(write_mask(person_mask() // 255))
    assert "255 for people" in caught.value.hint


def test_a_mask_of_16_bits_is_not_rounded_to_nobody_and_alpha_is_rounded(write_mask: WriteMask) -> None:
    deep = person_mask().astype(np.uint16) * 100
    with pytest.raises(DataError, match=r"not 0, 99\.2$"):
        read_label(write_mask(deep))
    np.testing.assert_array_equal(np.unique(read_label(write_mask(deep, "alpha"))), [0, 99])


def test_a_set_of_wrong_masks_is_told_before_anything_is_begun(write_mask: WriteMask, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "images" / "0.png")
    write_mask(person_mask() // 255)
    with pytest.raises(DataError, match="levels"):
        find_data_set(tmp_path)


def test_a_mask_with_blurred_edges_is_refused_and_as_alpha_it_is_not(write_mask: WriteMask) -> None:
    soft = cv2.GaussianBlur(person_mask(), (0, 0), 2.0)
    with pytest.raises(DataError, match=r"0, 1, 2, .* … \(\d+ of them\)") as caught:
        read_label(write_mask(soft))
    assert "alpha/" in caught.value.hint
    np.testing.assert_array_equal(read_label(write_mask(soft, "alpha")), soft)


def test_a_palette_of_classes_is_refused_by_its_numbers(write_mask: WriteMask) -> None:
    classes = Image.fromarray(np.where(person_mask() == 255, 15, 0).astype(np.uint8))
    classes.putpalette([0] * 45 + [192, 128, 128])
    with pytest.raises(DataError, match=r"palette, numbers 0, 15$") as caught:
        read_label(write_mask(classes))
    assert "Pascal VOC 15 is a person" in caught.value.hint


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pictures_are_upright_as_in_the_app(tmp_path: Path, orientation: int, mode: str) -> None:
    picture = Image.fromarray(np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8)).convert(mode)
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    path = tmp_path / "a.png"
    picture.save(path, exif=exif)
    np.testing.assert_array_equal(np.asarray(read_upright(path).convert("RGB")), load_photo(path).image)


def test_a_mask_drawn_on_the_upright_picture_fits_it(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    mask = person_mask()
    lying = Image.fromarray(np.dstack([mask] * 3)).transpose(Image.Transpose.ROTATE_90)
    lying.save(tmp_path / "images" / "0.png", exif=exif)
    Image.fromarray(mask).save(tmp_path / "masks" / "0.png")
    labelled = load_labelled(find_data_set(tmp_path).items[0])
    np.testing.assert_array_equal(labelled[..., :4], np.dstack([mask] * 4))


def test_a_damaged_exif_block_turns_nothing(tmp_path: Path) -> None:
    Image.fromarray(person_mask()).save(tmp_path / "a.jpg", exif=b"Exif\x00\x00II*\x00\xff\xff")
    assert read_upright(tmp_path / "a.jpg").size == (40, 30)


def test_a_png_that_is_damaged_inside_is_named(write_mask: WriteMask) -> None:
    path = write_mask(person_mask())
    content = bytearray(path.read_bytes())
    content[36:40], content[50:54] = b"\0\0\0\1", b"ABCD"
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"cannot read 0\.png"):
        read_label(path)


def test_a_cached_picture_is_not_read_again(write_mask: WriteMask, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "images" / "0.png")
    write_mask(person_mask())
    item, cache = find_data_set(tmp_path).items[0], ImageCache(tmp_path / "cache")
    first = cache.load(item)
    monkeypatch.setattr("export.data.data_set.load_labelled", lambda *_: pytest.fail("decoded again"))
    np.testing.assert_array_equal(cache.load(item), first)
