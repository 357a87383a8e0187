"""From the words of a choice to a background that can be rendered."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ImageCms, ImageColor

from portrait.core.arrays import RgbImage
from portrait.errors import ImageFileError
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import Photo, load_photo

SaveAs = Callable[..., Path]


@pytest.mark.parametrize("text", ["blur", "mono", "transparent", "stage", "color:#00B140", "image:C:\\beach: one.jpg"])
def test_a_choice_survives_its_text(text: str) -> None:
    assert str(BackgroundChoice.parse(text)) == text


@pytest.mark.parametrize("text", ["color:red", "color:Red", "color:#f00", "color:#FF0000", "color:ff0000"])
def test_colours_have_several_spellings(text: str) -> None:
    assert BackgroundChoice.parse(text).color == (255, 0, 0)


def test_a_colour_that_pillow_was_asked_for_before_keeps_its_name() -> None:
    ImageColor.getrgb("tomato")  # Pillow then holds the numbers in place of the text
    assert BackgroundChoice.parse("color:tomato").color == (255, 99, 71)


def test_what_a_choice_holds() -> None:
    green, picture = BackgroundChoice.parse("color:00b140"), BackgroundChoice.parse("image:~/beach.jpg")
    assert green.color == (0, 177, 64)
    assert green.path is None
    assert picture.path == Path.home() / "beach.jpg"
    assert picture.color is None


@pytest.mark.parametrize(
    "text",
    ["", "beach", "color", "color:greenish", "color:#00B14", "color:#00B140FF", "image", "image: ", "blur:3", "Mono"],
)
def test_what_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"background|colour"):
        BackgroundChoice.parse(text)


def test_the_picture_is_read_once_and_again_when_it_changes(save_as: SaveAs, gradient: RgbImage) -> None:
    path = save_as("beach.png", gradient)
    first = load_background(f"image:{path}")
    np.testing.assert_array_equal(first.picture, gradient)
    assert load_background(BackgroundChoice("image", str(path))).picture is first.picture
    save_as("beach.png", 255 - gradient)
    os.utime(path, ns=(1, 1))
    np.testing.assert_array_equal(load_background(f"image:{path}").picture, 255 - gradient)


@pytest.mark.parametrize(
    ("name", "dtype"), [("cutout.png", np.uint8), ("cutout.tif", np.uint8), ("deep.png", np.uint16)]
)
def test_what_is_transparent_in_the_picture_becomes_white(tmp_path: Path, name: str, dtype: type) -> None:
    white = np.iinfo(dtype).max
    pixels = np.full((3, 4, 4), (white, 0, white, 0), dtype)  # a loud colour that is hidden
    pixels[:, 1] = (0, white, 0, white // 2)
    pixels[:, 2:] = (0, white, 0, white)
    cv2.imwrite(str(tmp_path / name), cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA))
    picture = load_background(f"image:{tmp_path / name}").picture
    assert picture is not None
    np.testing.assert_allclose(picture[0], [(255, 255, 255), (128, 255, 128), (0, 255, 0), (0, 255, 0)], atol=1)


@pytest.mark.parametrize("name", ["none.jpg", "text.jpg", "."])
def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(ImageFileError, match="background cannot be used") as caught:
        load_background(f"image:{tmp_path / name}")
    assert "another picture" in caught.value.hint


def test_colours_go_to_the_space_of_the_photo(save_as: SaveAs, bgr_profile: bytes) -> None:
    red = save_as("red.png", np.full((2, 3, 3), (200, 30, 10), np.uint8))
    for background in (load_background(f"image:{red}", bgr_profile), load_background("color:#C81E0A", bgr_profile)):
        level = background.color if background.picture is None else background.picture[0, 0].tolist()
        assert level is not None
        np.testing.assert_allclose(level, (10, 30, 200), atol=2)
    tagged = save_as("tagged.png", np.full((2, 3, 3), (10, 30, 200), np.uint8), icc_profile=bgr_profile)
    picture = load_background(f"image:{tagged}").picture
    assert picture is not None
    np.testing.assert_allclose(picture[0, 0], (200, 30, 10), atol=2)
    same = load_background(f"image:{tagged}", bgr_profile).picture
    assert same is not None
    np.testing.assert_array_equal(same[0, 0], (10, 30, 200))


def test_photos_of_several_profiles_share_one_reading_and_each_profile_one_conversion(
    save_as: SaveAs, gradient: RgbImage, bgr_profile: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[Path] = []

    def load(path: Path) -> Photo:
        readings.append(path)
        return load_photo(path)

    monkeypatch.setattr("portrait.files.background.load_photo", load)
    path = save_as("shared.png", gradient)
    pictures = [load_background(f"image:{path}", profile).picture for profile in (None, bgr_profile) * 2]
    assert readings == [path]
    assert pictures[1] is pictures[3]


def test_a_damaged_profile_costs_only_the_conversion() -> None:
    assert load_background("color:#102030", b"no profile at all").color == (16, 32, 48)


@pytest.fixture(scope="module")
def bgr_profile() -> bytes:
    """sRGB with the primaries of red and blue exchanged: a space that nobody can mistake."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)
