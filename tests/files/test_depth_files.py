"""Depth maps given as grey pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from portrait.errors import ImageFileError
from portrait.files.depth.depth_map_file import load_depth
from portrait.files.pixels import turn_upright

SIZE = 48, 64
RAMP = (np.arange(24 * 32).reshape(24, 32) // 3).astype(np.uint8)
"""Without any symmetry."""


@pytest.mark.parametrize(("levels", "kind"), [(256, np.uint8), (65536, np.uint16)], ids=["8 bits", "16 bits"])
def test_bright_is_near_unless_said_otherwise(save_as: Callable[..., Path], levels: int, kind: type) -> None:
    values = RAMP.astype(kind) * kind(levels // 256)
    path = save_as("depth.png", values)
    bright, dark = (load_depth(path, SIZE, near_is_dark=near_is_dark).nearness for near_is_dark in (False, True))
    np.testing.assert_array_equal(bright, values)
    np.testing.assert_array_equal(dark, -bright)
    assert bright.dtype == np.float32


@pytest.mark.parametrize("name", ["depth.tif", "depth.png", "depth.jpg"])
def test_grey_pictures_of_other_formats_are_read(save_as: Callable[..., Path], name: str) -> None:
    path = save_as(name, RAMP.repeat(3).reshape(24, 32, 3))
    assert load_depth(path, SIZE).nearness == pytest.approx(RAMP.astype(float), abs=12)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_an_opaque_alpha_channel_is_no_hindrance(save_as: Callable[..., Path], mode: str) -> None:
    path = save_as("depth.png", Image.fromarray(RAMP).convert(mode))
    np.testing.assert_array_equal(load_depth(path, SIZE).nearness, RAMP)


def test_floating_point_depth_is_read_and_its_gaps_are_unknown(save_as: Callable[..., Path]) -> None:
    values = RAMP.astype(np.float32) / 7
    values[3, 4], values[5, 6] = np.nan, np.inf
    nearness = load_depth(save_as("depth.tif", values), SIZE).nearness
    assert np.isnan(nearness[[3, 5], [4, 6]]).all()
    assert nearness[8, 8] == values[8, 8]


def test_a_depth_file_is_turned_by_its_own_orientation(save_as: Callable[..., Path]) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    path = save_as("depth.png", RAMP, exif=exif.tobytes())
    np.testing.assert_array_equal(load_depth(path, (64, 48)).nearness, turn_upright(RAMP, 6))


@pytest.mark.parametrize(
    ("content", "size", "message"),
    [
        (RAMP, (64, 48), "photo's shape"),
        (np.full((24, 32), 9, np.uint8), SIZE, "one value"),
        (np.dstack([RAMP, RAMP, 255 - RAMP]), SIZE, "colour picture"),
        (np.dstack([RAMP] * 4), SIZE, "transparent parts"),
    ],
)
def test_other_pictures_are_refused_with_what_to_do(
    save_as: Callable[..., Path], content: NDArray[Any], size: tuple[int, int], message: str
) -> None:
    with pytest.raises(ImageFileError, match=message) as caught:
        load_depth(save_as("depth.png", content), size)
    assert caught.value.hint


def test_a_missing_depth_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="does not exist"):
        load_depth(tmp_path / "none.png", SIZE)
