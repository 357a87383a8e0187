"""What of a picture is written: the matte alone, a crop, no private metadata; also where nobody is found."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from portrait.batch.options import BatchOptions
from portrait.batch.plan import plan_batch
from portrait.batch.run import run_batch
from portrait.core.boxes import Box
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import SaveOptions, load_photo
from portrait.files.matte_io import load_matte
from portrait.photo.cropping import saved_box
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file

ARTIST = "Somebody"


@pytest.fixture
def photo(write_photo: Callable[..., Path], tmp_path: Path) -> Path:
    exif = Image.Exif()
    exif[Base.Artist], exif[Base.Model] = ARTIST, "K-1"
    return write_photo(tmp_path / "in" / "a.jpg", exif=exif)


def options(**save: object) -> FileOptions:
    return FileOptions(quality="fast", save=SaveOptions(**save))  # type: ignore[arg-type]


def test_a_photo_of_nobody_is_not_copied_with_its_private_metadata(
    nobody_engine: PortraitEngine, photo: Path, tmp_path: Path
) -> None:
    make_portrait_file(nobody_engine, photo, tmp_path / "copy.jpg", options())
    make_portrait_file(nobody_engine, photo, tmp_path / "stripped.jpg", options(private="strip", quality=None))
    assert (tmp_path / "copy.jpg").read_bytes() == photo.read_bytes()
    stripped = (tmp_path / "stripped.jpg").read_bytes()
    assert ARTIST.encode() not in stripped
    assert b"K-1" in stripped
    difference = load_photo(tmp_path / "stripped.jpg").image.astype(int) - load_photo(photo).image
    assert np.abs(difference).mean() < 5.0


def test_the_matte_of_nobody_is_written_and_told(nobody_engine: PortraitEngine, photo: Path, tmp_path: Path) -> None:
    report = make_portrait_file(nobody_engine, photo, tmp_path / "m.png", options(content="matte", crop="subject"))
    assert report.status == "no-person"
    assert any("matte" in warning for warning in report.warnings)
    assert not load_matte(tmp_path / "m.png", (48, 64)).any()


def test_a_matte_alone_is_png_and_that_is_said_before_the_work(engine: PortraitEngine, photo: Path, tmp_path) -> None:
    with pytest.raises(ImageFileError, match=r"16-bit PNG"):
        make_portrait_file(engine, photo, tmp_path / "m.jpg", options(content="matte"))
    assert not (tmp_path / "m.jpg").exists()


def test_a_crop_is_a_part_of_the_whole_portrait_with_its_transparency(
    engine: PortraitEngine, photo: Path, tmp_path: Path
) -> None:
    clear = replace(options(), background=BackgroundChoice.parse("transparent"))
    cropped = replace(clear, save=SaveOptions(crop="subject", crop_margin=0.05))
    make_portrait_file(engine, photo, tmp_path / "whole.png", clear)
    make_portrait_file(engine, photo, tmp_path / "part.png", cropped)
    whole, part = (np.asarray(Image.open(tmp_path / name)) for name in ("whole.png", "part.png"))
    rows, columns = np.nonzero(whole[..., 3] >= 128)
    margin_px = round(0.05 * max(np.ptp(rows) + 1, np.ptp(columns) + 1))
    box = Box(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1).grown(margin_px, (48, 64))
    np.testing.assert_array_equal(part, box.crop(whole))


def test_the_box_stays_in_the_picture_and_is_the_whole_without_a_subject() -> None:
    matte = np.zeros((10, 20), np.float32)
    crop = SaveOptions(crop="subject", crop_margin=1.0)
    assert saved_box(matte, crop) == Box(0, 0, 10, 20)
    matte[2:4, 5:9] = 1.0
    assert saved_box(matte, crop) == Box(0, 1, 8, 13)
    assert saved_box(matte, replace(crop, crop_margin=0.0)) == Box(2, 5, 4, 9)
    assert saved_box(matte, replace(crop, crop="off")) == Box(0, 0, 10, 20)


def test_a_batch_writes_the_same_parts(engine: PortraitEngine, photo: Path, tmp_path: Path) -> None:
    asked = options(content="matte", crop="subject")
    plan = plan_batch(photo.parent, tmp_path / "out", output_format=asked.save.naming_format)
    *_, summary = run_batch(plan, engine, BatchOptions(asked, workers=1))
    make_portrait_file(engine, photo, tmp_path / "alone.png", asked)
    assert summary.done == 1
    assert (tmp_path / "out" / "a.png").read_bytes() == (tmp_path / "alone.png").read_bytes()
