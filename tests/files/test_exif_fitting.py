from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from portrait.files.metadata.exif_cleaning import clean
from portrait.files.metadata.exif_fitting import fit

LIMIT = 65_533


def block(settings: dict[int, Any], first: dict[int, Any] | None = None) -> bytes:
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Copyright] = "Kamera", "© Büro".encode()
    for tag, value in (first or {}).items():
        exif[tag] = value
    exif[IFD.Exif] = {Base.DateTimeOriginal: "2024:05:06 07:08:09", Base.ExposureTime: 0.5, **settings}
    exif[IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.0)}
    return exif.tobytes()


def require_what_matters(fitted: bytes) -> None:
    exif = Image.Exif()
    exif.load(fitted)
    settings = exif.get_ifd(IFD.Exif)
    assert exif[Base.Make] == "Kamera"
    assert "© Büro".encode() in fitted
    assert (settings[Base.DateTimeOriginal], settings[Base.ExposureTime]) == ("2024:05:06 07:08:09", 0.5)
    assert exif.get_ifd(IFD.GPSInfo)[2] == (52.0, 31.0, 12.0)
    assert clean(fitted).broken == ()


def test_what_fits_is_not_touched() -> None:
    small = block({Base.MakerNote: bytes(100)})
    assert fit(small, LIMIT) == (small, ())
    assert fit(small, len(small)) == (small, ())


@pytest.mark.parametrize(
    ("settings", "first", "left_out"),
    [
        ({Base.MakerNote: bytes(90_000)}, {}, ("MakerNote",)),
        ({}, {0xC6D2: bytes(90_000)}, ("tag 0xC6D2",)),
        ({Base.MakerNote: bytes(9)}, {0xC6D2: bytes(90_000)}, ("MakerNote", "tag 0xC6D2")),
        ({Base.MakerNote: bytes(40_000)}, {0xC6D2: bytes(50_000), 0xC6D3: bytes(9)}, ("MakerNote",)),
        ({}, {0xC6D2: bytes(50_000), 0xC6D3: bytes(40_000)}, ("tag 0xC6D2",)),
        ({}, {0xC6D2: bytes(70_000), 0xC6D3: bytes(80_000)}, ("tag 0xC6D3", "tag 0xC6D2")),
        ({Base.UserComment: bytes(90_000)}, {0xC6D2: bytes(9)}, ("tag 0xC6D2", "UserComment")),
    ],
)
def test_maker_note_goes_first_then_what_is_private_and_large(
    settings: dict[int, Any], first: dict[int, Any], left_out: tuple[str, ...]
) -> None:
    fitted, names = fit(block(settings, first), LIMIT)
    assert names == left_out
    assert len(fitted) <= LIMIT
    require_what_matters(fitted)


def test_byte_order_and_values_stay() -> None:
    large = bytearray(block({Base.MakerNote: bytes(90_000)}))
    assert fit(bytes(large), LIMIT)[0][6:10] == bytes(large[6:10])


def test_what_cannot_be_made_small_enough_is_an_error() -> None:
    with pytest.raises(ValueError, match="small enough"):
        fit(block({Base.MakerNote: bytes(90_000)}), 10)
