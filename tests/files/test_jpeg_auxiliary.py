"""Mattes and depth that iPhones store in JPEG photos: found by their packets, turned, used, and told when damaged."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from tests.files.test_jpeg_extras import GAIN_MAP, SEVERAL, with_pictures
from tests.ultra_hdr import jpeg, xmp

AUXILIARY = "auxiliary pictures, such as mattes of the camera, could not be kept"
TYPE = "<apdi:AuxiliaryImageType>%s</apdi:AuxiliaryImageType>"
SUBJECT = TYPE % "urn:com:apple:photo:2018:aux:portraiteffectsmatte"
HAIR = 'apdi:AuxiliaryImageType="urn:com:apple:photo:2019:aux:semantichairmatte"'
SUBTYPE = "<apdi:AuxiliaryImageSubType>portraiteffectsmatte</apdi:AuxiliaryImageSubType>" + TYPE % "depth"
GAIN = TYPE % "urn:com:apple:photo:2020:aux:hdrgainmap"

Levels = NDArray[np.uint8]


def plane(rows: slice, columns: slice) -> Levels:
    """White in a rectangle: uint8 (64, 96)."""
    levels = np.zeros((64, 96), np.uint8)
    levels[rows, columns] = 255
    return levels


MATTE, HAIRS = plane(np.s_[24:64], np.s_[8:40]), plane(np.s_[16:32], np.s_[16:32])
NEAR = np.maximum(MATTE, np.uint8(40))


@pytest.fixture
def write_jpeg(tmp_path: Path) -> Callable[..., Path]:
    """Write a photo, (128, 192), with auxiliary images by what their packets say."""

    def write(auxiliary: Mapping[str, Levels], orientation: int = 1) -> Path:
        image = np.random.default_rng(2).integers(0, 80, (128, 192, 3), dtype=np.uint8)
        image[48:, 16:80] += 120
        exif = Image.Exif()
        exif[Base.Orientation] = orientation
        pictures = [
            (0, jpeg(levels, xmp(b"<rdf:Description %s/>" % said.encode()))) for said, levels in auxiliary.items()
        ]
        path = tmp_path / "phone.jpg"
        path.write_bytes(with_pictures(jpeg(image, exif=exif.tobytes()), pictures))
        return path

    return write


@pytest.mark.parametrize("said", [SUBJECT, SUBTYPE], ids=["URN", "subtype of depth"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_subject_s_matte_is_read_and_turned(write_jpeg: Callable[..., Path], said: str, orientation: int) -> None:
    photo = load_photo(write_jpeg({said: MATTE, HAIR: HAIRS}, orientation), with_matte=True, with_depth=True)
    expected = np.maximum(MATTE, HAIRS) / 255.0
    assert photo.stored_matte.alpha is not None
    assert np.abs(photo.stored_matte.alpha - (np.rot90(expected, -1) if orientation == 6 else expected)).mean() < 0.01
    assert photo.stored_matte.has_hair
    assert photo.stored_depth.map is None, "a matte whose type is depth is none"
    assert photo.warnings == (AUXILIARY,)


@pytest.mark.parametrize(("kind", "levels"), [("disparity", NEAR), ("depth", 255 - NEAR)])
def test_depth_is_read_and_turned(write_jpeg: Callable[..., Path], kind: str, levels: Levels) -> None:
    photo = load_photo(write_jpeg({TYPE % kind: levels}, 6), with_matte=True, with_depth=True)
    assert photo.stored_depth.map is not None
    nearness = np.rot90(photo.stored_depth.map.nearness)
    assert nearness[32:60, 12:36].min() > nearness[:, 48:].max() + 150.0
    assert photo.stored_matte.alpha is None
    assert photo.warnings == (), "depth is used"


def test_a_gain_map_and_another_picture_are_neither(write_jpeg: Callable[..., Path]) -> None:
    photo = load_photo(write_jpeg({GAIN: MATTE, "": MATTE, SUBJECT: MATTE}), with_matte=True, with_depth=True)
    assert photo.warnings == (GAIN_MAP, AUXILIARY, SEVERAL)
    assert photo.stored_depth.map is None


def test_what_is_damaged_or_of_another_shape_is_left_out_and_told(write_jpeg: Callable[..., Path]) -> None:
    path = write_jpeg({SUBJECT: MATTE[:, :64], TYPE % "disparity": NEAR[:, :64]})
    photo = load_photo(path, with_matte=True, with_depth=True)
    assert photo.stored_matte.alpha is None
    assert photo.stored_depth.map is None
    assert "shape" in photo.stored_matte.warnings[0]
    assert photo.stored_depth.warnings
    # The frame headers of both, behind that of the photo, become none.
    content = write_jpeg({SUBJECT: MATTE, TYPE % "disparity": NEAR}).read_bytes()
    at = content.index(b"\xff\xc0") + 2
    path.write_bytes(content[:at] + content[at:].replace(b"\xff\xc0", b"\xff\xc5"))
    photo = load_photo(path, with_matte=True, with_depth=True)
    assert photo.image.shape == (128, 192, 3)
    assert "damaged" in photo.stored_matte.warnings[0]
    assert "damaged" in photo.stored_depth.warnings[0]


def test_the_portrait_is_made_with_both(
    write_jpeg: Callable[..., Path], tmp_path: Path, engine: PortraitEngine
) -> None:
    path = write_jpeg({TYPE % "disparity": NEAR, SUBTYPE: MATTE})
    options = FileOptions(BlurOptions(f_number=1.4), quality="fast")
    report = make_portrait_file(engine, path, tmp_path / "out.jpg", options)
    assert (report.depth, report.matte) == ("photo", "camera")
    assert b"AuxiliaryImageType" not in (tmp_path / "out.jpg").read_bytes()
    with Image.open(io.BytesIO((tmp_path / "out.jpg").read_bytes())) as portrait:
        assert portrait.size == (192, 128)
