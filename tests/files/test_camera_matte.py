"""The mattes that iPhones store in HEIC photos: read, turned, joined, used in place of the network's, and ignored."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.cli.file_choice import FileChoice
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.files.containers.box_items import item_content
from portrait.files.image_io import load_matte, load_photo
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.session import find_photo_matte, open_photo
from portrait.settings import Settings, file_options
from tests.files.phone_heic import SUBJECT, Levels, phone_heic
from tests.files.test_placement import Property, clap

HAIR = "urn:com:apple:photo:2019:aux:semantichairmatte"
DISPARITY = "urn:mpeg:hevc:2015:auxid:2"
OPTIONS = FileOptions(BlurOptions(f_number=1.4), quality="fast")


def plane(rows: slice, columns: slice) -> Levels:
    """White in a rectangle: uint8 (64, 96)."""
    levels = np.zeros((64, 96), np.uint8)
    levels[rows, columns] = 255
    return levels


MATTE, HAIRS = plane(np.s_[24:64], np.s_[8:40]), plane(np.s_[12:28], np.s_[12:36])
OTHERS_HAIR = plane(np.s_[4:16], np.s_[72:88])


@pytest.fixture
def write_heic(tmp_path: Path) -> Callable[..., Path]:
    """Write a photo of `phone_heic`."""

    def write(*arguments: Any) -> Path:
        path = tmp_path / "phone.heic"
        path.write_bytes(phone_heic(*arguments))
        return path

    return write


def stored(path: Path) -> NDArray[np.float32]:
    found = load_photo(path, with_matte=True).stored_matte
    assert found.alpha is not None
    assert found.warnings == ()
    return found.alpha


def test_the_subject_s_matte_is_read_where_it_is_asked_for(write_heic: Callable[..., Path]) -> None:
    path = write_heic({SUBJECT: MATTE})
    assert np.abs(stored(path) - MATTE / 255.0).max() < 0.02
    assert load_photo(path).stored_matte.alpha is None
    assert load_photo(write_heic({HAIR: HAIRS}), with_matte=True).stored_matte.alpha is None, "hair is no subject"
    assert load_photo(write_heic({}), with_matte=True).stored_matte.alpha is None


def test_hair_adds_to_the_subject_that_it_grows_out_of(write_heic: Callable[..., Path]) -> None:
    path = write_heic({HAIR: np.maximum(HAIRS, OTHERS_HAIR), SUBJECT: MATTE})
    assert np.abs(stored(path) - np.maximum(MATTE, HAIRS) / 255.0).max() < 0.02
    assert load_photo(path, with_matte=True).stored_matte.has_hair


@pytest.mark.parametrize("is_own", [False, True], ids=["the photo's turn", "its own turn"])
def test_a_matte_is_turned_as_the_photo_is(write_heic: Callable[..., Path], is_own: bool) -> None:
    turn = [(b"irot", b"\1"), (b"imir", b"\1")]
    path = write_heic({SUBJECT: MATTE}, turn, turn if is_own else [])
    expected = np.rot90(MATTE)[:, ::-1]
    assert load_photo(path).image.shape == (192, 128, 3)
    assert np.abs(stored(path) - expected / 255.0).max() < 0.02


@pytest.mark.parametrize(
    ("auxiliary", "photo", "said"),
    [
        ({SUBJECT: MATTE}, [clap(96, 96, 0, 0)], "cropped"),
        ({SUBJECT: MATTE[:, :64]}, [], "shape"),
        ({SUBJECT: MATTE, HAIR: HAIRS[:, :64]}, [], "shape"),
    ],
)
def test_a_matte_of_something_else_is_left_out_and_told(
    write_heic: Callable[..., Path], auxiliary: Mapping[str, Levels], photo: list[Property], said: str
) -> None:
    found = load_photo(write_heic(auxiliary, photo), with_matte=True).stored_matte
    (warning,) = found.warnings
    assert found.alpha is None
    assert said in warning


def test_a_damaged_matte_is_told(write_heic: Callable[..., Path]) -> None:
    path = write_heic({SUBJECT: MATTE})
    content = path.read_bytes()
    pixels = item_content(io.BytesIO(content), 2)
    path.write_bytes(content.replace(pixels, bytes(len(pixels))))
    found = load_photo(path, with_matte=True).stored_matte
    assert found.alpha is None
    assert "damaged" in found.warnings[0]


def test_the_portrait_is_made_with_it_unless_it_is_ignored(
    write_heic: Callable[..., Path], tmp_path: Path, engine: PortraitEngine
) -> None:
    path = write_heic({SUBJECT: MATTE})
    reports = {}
    for name, options in {"camera": OPTIONS, "network": replace(OPTIONS, camera_matte="off")}.items():
        wanted = replace(options, save_matte_path=tmp_path / f"{name}-matte.png")
        reports[name] = make_portrait_file(engine, path, tmp_path / f"{name}.png", wanted)
    assert {name: report.to_json_dict()["matte"] for name, report in reports.items()} == {
        "camera": "camera",
        "network": "network",
    }
    by_camera, by_network = (load_matte(tmp_path / f"{name}-matte.png", (128, 192)) for name in reports)
    assert by_camera[64:, 24:72].min() > 0.95
    assert by_camera[:, 96:].max() < 0.05
    assert np.abs(by_camera - by_network).mean() > 0.1
    given = replace(OPTIONS, matte_path=tmp_path / "network-matte.png")
    assert make_portrait_file(engine, path, tmp_path / "given.png", given).matte == "file"


def test_a_matte_without_anybody_leaves_it_to_the_network(
    write_heic: Callable[..., Path], engine: PortraitEngine
) -> None:
    empty = open_photo(write_heic({SUBJECT: np.zeros_like(MATTE)}), 1.0)
    assert find_photo_matte(engine, empty, "fast").source == "network"


def test_apple_s_disparity_is_followed_with_its_matte(
    write_heic: Callable[..., Path], tmp_path: Path, engine: PortraitEngine
) -> None:
    path = write_heic({DISPARITY: np.maximum(MATTE, 40), SUBJECT: MATTE})
    report = make_portrait_file(engine, path, tmp_path / "out.png", OPTIONS)
    assert (report.depth, report.matte) == ("photo", "camera")


def test_who_names_a_model_wants_to_see_its_matte() -> None:
    assert file_options(Settings()).camera_matte == "auto"
    assert file_options(Settings(model="portrait-photo")).camera_matte == "off"
    assert FileChoice({}, None, None, ("dog",)).file_options().camera_matte == "off"
