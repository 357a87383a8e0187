from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage, require_alpha
from portrait.errors import ImageFileError
from portrait.files.image_io import load_matte, save_matte

SaveAs = Callable[..., Path]


def ramp(height: int = 9, width: int = 33) -> np.ndarray:
    return np.linspace(0.0, 1.0, height * width, dtype=np.float32).reshape(height, width)


def test_round_trip_keeps_16_bits(tmp_path: Path) -> None:
    path = tmp_path / "matte.png"
    save_matte(path, ramp())
    loaded = load_matte(path, (9, 33))
    require_alpha(loaded, (9, 33))
    assert np.abs(loaded - ramp()).max() <= 0.5 / 65_535 + 1e-7
    with Image.open(path) as picture:
        assert picture.mode == "I;16"


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "LA", "RGBA"])
def test_8_bit_mattes(save_as: SaveAs, mode: str) -> None:
    values = np.array([[0, 255, 0], [255, 255, 0]], np.uint8)
    path = save_as("matte.png", Image.fromarray(values).convert(mode))
    np.testing.assert_array_equal(load_matte(path, (2, 3)), values / np.float32(255.0))


@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_mattes_in_colour_files(tmp_path: Path, channels: int) -> None:
    values = np.rint(ramp() * 65_535).astype(np.uint16)
    colors = np.dstack([values, values, values, np.full_like(values, 65_535)])[..., :channels]
    path = tmp_path / "matte.png"
    path.write_bytes(cv2.imencode(".png", colors)[1].tobytes())
    np.testing.assert_array_equal(load_matte(path, (9, 33)), values / np.float32(65_535.0))


def test_other_size_is_refused(save_as: SaveAs) -> None:
    path = save_as("matte.png", np.zeros((4, 6), np.uint8))
    with pytest.raises(ImageFileError, match="6 × 4 pixels, the photo 4 × 6"):
        load_matte(path, (6, 4))


def test_colour_and_transparency_are_refused(save_as: SaveAs, gradient: RgbImage) -> None:
    with pytest.raises(ImageFileError, match="colour picture"):
        load_matte(save_as("a.png", gradient), (48, 64))
    for mode in ("LA", "RGBA"):
        with pytest.raises(ImageFileError, match="has transparent parts") as caught:
            load_matte(save_as("b.png", Image.new(mode, (64, 48))), (48, 64))
        assert "opaque" in caught.value.hint
    with pytest.raises(ImageFileError, match="not a grey picture"):
        load_matte(save_as("d.tif", Image.new("CMYK", (64, 48))), (48, 64))
    with pytest.raises(ImageFileError, match="floating-point"):
        load_matte(save_as("e.tif", np.zeros((48, 64), np.float32)), (48, 64))
    with pytest.raises(ImageFileError, match="outside 16 bits"):
        load_matte(save_as("c.tif", np.full((48, 64), 70_000, np.int32)), (48, 64))


def test_matte_is_saved_as_png_only(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match=r"does not end in \.png"):
        save_matte(tmp_path / "matte.jpg", ramp())


def test_matte_out_of_range_is_a_programmers_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        save_matte(tmp_path / "matte.png", ramp() * 2)


@pytest.mark.parametrize(("mode", "transparency"), [("L", 128), ("P", 128), ("P", b"\xff" * 128 + b"\x00")])
def test_a_grey_that_stands_for_transparent_is_refused(tmp_path: Path, mode: str, transparency: int | bytes) -> None:
    path = tmp_path / "matte.png"
    picture = Image.fromarray(np.array([[0, 128, 0], [128, 128, 0]], np.uint8)).convert(mode)
    picture.save(path, transparency=transparency)
    with pytest.raises(ImageFileError, match="has transparent parts"):
        load_matte(path, (2, 3))
