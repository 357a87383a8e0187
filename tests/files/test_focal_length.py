import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from portrait.files.metadata.exif import focal_length_35mm


def exif_with(**tags: object) -> bytes:
    exif = Image.Exif()
    exif[Base.Make] = "Kamera"
    exif[IFD.Exif] = {getattr(Base, name): value for name, value in tags.items()}
    return exif.tobytes()


def test_what_the_camera_states_counts() -> None:
    assert focal_length_35mm(exif_with(FocalLengthIn35mmFilm=85, FocalLength=IFDRational(17, 1))) == 85.0


@pytest.mark.parametrize(("unit", "unit_mm"), [(2, 25.4), (3, 10.0), (4, 1.0), (5, 0.001)])
def test_else_the_size_of_the_sensor_tells(unit: int, unit_mm: float) -> None:
    # 6000 × 4000 pixels on 23.5 × 15.6 mm, a crop factor of 1.53
    tags = {
        "FocalLength": IFDRational(500, 10),
        "FocalPlaneXResolution": IFDRational(round(6000 * unit_mm / 23.5 * 1000), 1000),
        "FocalPlaneYResolution": IFDRational(round(4000 * unit_mm / 15.6 * 1000), 1000),
        "FocalPlaneResolutionUnit": unit,
        "ExifImageWidth": 6000,
        "ExifImageHeight": 4000,
    }
    expected = 50.0 * math.hypot(36.0, 24.0) / math.hypot(23.5, 15.6)
    assert focal_length_35mm(exif_with(**tags)) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"FocalLength": IFDRational(50, 1)},
        {"FocalLengthIn35mmFilm": 0},
        {"FocalLengthIn35mmFilm": "85 mm"},
        {"FocalLength": IFDRational(50, 1), "FocalPlaneXResolution": IFDRational(0, 1), "ExifImageWidth": 6000},
    ],
)
def test_nothing_is_guessed(tags: dict[str, object]) -> None:
    assert focal_length_35mm(exif_with(**tags)) is None


@given(st.data())
def test_a_cut_block_is_damaged_or_says_something_possible(data: st.DataObject) -> None:
    block = exif_with(FocalLengthIn35mmFilm=85, FocalLength=IFDRational(17, 1))
    cut = block[: data.draw(st.integers(0, len(block)))]
    with suppress(ValueError):  # the block is damaged
        assert focal_length_35mm(cut) in (None, 85.0)
