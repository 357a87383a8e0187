"""TIFF files without an ICC profile, whose tags tell their colours."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from portrait.core.color import decode_srgb
from portrait.core.primaries import ADOBE_RGB, BT2020, SRGB, Primaries
from portrait.files.colors.color_space import SRGB_CURVE, make_profile
from portrait.files.colors.transfer_curve import read_transfer_curve
from portrait.files.image_io import Photo, load_photo, save_photo

COLOR = (170, 120, 90)
TRANSFER, WHITE, PRIMARIES = 301, 318, 319
P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
WIDE_D50 = Primaries((0.7347, 0.2653), (0.1152, 0.8264), (0.1566, 0.0177), (0.3457, 0.3585))
LEVELS = np.arange(256) / 255.0
NOT_USED = "the transfer function of the TIFF file is no gamma curve and was not used"
DAMAGED = "the description of the colours is damaged and was dropped"

Tags = dict[int, Any]


def points_of(primaries: Primaries) -> Tags:
    return {PRIMARIES: (*primaries.red, *primaries.green, *primaries.blue), WHITE: primaries.white}


def table_of(linear: np.ndarray) -> tuple[int, ...]:
    return tuple(np.rint(65_535.0 * linear).astype(int).tolist())


def tiff(tags: Tags, mode: str = "RGB", **options: Any) -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info[tag] = value
    buffer = io.BytesIO()
    picture = Image.new("RGB", (64, 48), COLOR)
    (picture.quantize(4) if mode == "P" else picture.convert(mode)).save(buffer, "TIFF", tiffinfo=info, **options)
    return buffer.getvalue()


def loaded(folder: Path, content: bytes) -> Photo:
    path = folder / "a.tif"
    path.write_bytes(content)
    return load_photo(path)


@pytest.mark.parametrize("primaries", [P3, ADOBE_RGB, BT2020, WIDE_D50])
@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"mode": "P"}, {"compression": "jpeg"}])
def test_primaries_and_white(tmp_path: Path, primaries: Primaries, options: dict[str, Any]) -> None:
    photo = loaded(tmp_path, tiff(points_of(primaries), **options))
    assert photo.warnings == ()
    np.testing.assert_allclose(photo.image[20, 30], COLOR, atol=3)
    save_photo(tmp_path / "out.png", photo.colors, photo.metadata)
    with Image.open(tmp_path / "out.png") as saved:
        profiles = [saved.info["icc_profile"], make_profile(primaries, SRGB_CURVE)]
        seen = [
            ImageCms.profileToProfile(saved.convert("RGB"), io.BytesIO(profile), ImageCms.createProfile("sRGB"))
            for profile in profiles
        ]
    np.testing.assert_allclose(*(np.asarray(picture, int) for picture in seen), atol=1)


def test_primaries_without_a_white_have_that_of_daylight(tmp_path: Path) -> None:
    with_white = loaded(tmp_path, tiff(points_of(P3))).metadata.icc_profile
    points = points_of(P3)
    del points[WHITE]
    assert loaded(tmp_path, tiff(points)).metadata.icc_profile == with_white is not None


@pytest.mark.parametrize("tags", [points_of(SRGB), {WHITE: (0.3457, 0.3585)}, {}])
def test_srgb_stays_srgb(tmp_path: Path, tags: Tags) -> None:
    photo = loaded(tmp_path, tiff(tags))
    assert (photo.warnings, photo.metadata.icc_profile) == ((), None)


def test_a_profile_has_the_first_say(tmp_path: Path) -> None:
    profile = make_profile(P3, SRGB_CURVE)
    assert loaded(tmp_path, tiff(points_of(BT2020), icc_profile=profile)).metadata.icc_profile == profile


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2, 2.6])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_gamma_curve(tmp_path: Path, gamma: float, channels: int, bits: int) -> None:
    levels = np.linspace(0.0, 1.0, 2**bits)
    photo = loaded(tmp_path, tiff(points_of(P3) | {TRANSFER: channels * table_of(levels**gamma)}))
    assert photo.warnings == ()
    assert photo.metadata.icc_profile is not None
    curve = read_transfer_curve(photo.metadata.icc_profile)
    assert curve is not None
    np.testing.assert_allclose(curve.linear, np.linspace(0.0, 1.0, 65_536) ** gamma, atol=2e-3)


def test_the_curve_of_srgb(tmp_path: Path) -> None:
    photo = loaded(tmp_path, tiff({TRANSFER: table_of(decode_srgb(LEVELS))}))
    assert (photo.warnings, photo.metadata.icc_profile) == ((), None)


BENT = np.interp(LEVELS, [0.0, 0.3, 1.0], [0.0, 0.6, 1.0])
UNUSABLE = {
    "another curve": table_of(BENT),
    "a negative": table_of(1.0 - LEVELS),
    "channels that differ": table_of(LEVELS**1.8) + 2 * table_of(LEVELS**2.2),
    "zeros": table_of(0.0 * LEVELS),
    "white": table_of(0.0 * LEVELS + 1.0),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_table_that_is_no_gamma_curve_is_said(tmp_path: Path, name: str) -> None:
    photo = loaded(tmp_path, tiff(points_of(P3) | {TRANSFER: UNUSABLE[name]}))
    expected = loaded(tmp_path, tiff(points_of(P3)))
    assert photo.metadata.icc_profile == expected.metadata.icc_profile
    assert photo.warnings == (NOT_USED,)
    np.testing.assert_array_equal(photo.image, expected.image)


def entry_changed(tag: int, kind: int | None = None) -> bytes:
    """The value of the tag is of another kind, or lies behind the end of the file."""
    content = tiff(points_of(P3) | {TRANSFER: table_of(LEVELS)})
    own = 3 if tag == TRANSFER else 5
    head, found, tail = content.partition(struct.pack("<HH", tag, own))
    assert found
    if kind is None:
        return head + found + tail[:4] + struct.pack("<I", len(content) + 100) + tail[8:]
    return head + struct.pack("<HH", tag, kind) + tail


def nothing_by_nothing() -> bytes:
    """A white of fractions without a denominator."""
    head, found, tail = tiff(points_of(P3)).partition(struct.pack("<4I", 3127, 10_000, 329, 1000))
    assert found
    return head + bytes(len(found)) + tail


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: tiff({PRIMARIES: (0.64, 0.33) * 3}), id="one point"),
        pytest.param(lambda: tiff({PRIMARIES: (0.0,) * 6}), id="zeros"),
        pytest.param(lambda: tiff(points_of(P3) | {WHITE: (0.3, 0.0)}), id="a white without light"),
        pytest.param(lambda: nothing_by_nothing(), id="0 / 0"),
        pytest.param(lambda: tiff({PRIMARIES: (0.64, 0.33)}), id="too few"),
        pytest.param(lambda: entry_changed(PRIMARIES, 4), id="no fractions"),
        pytest.param(lambda: tiff({TRANSFER: (1, 2, 3, 4, 5)}), id="five levels"),
        pytest.param(lambda: tiff({TRANSFER: (1,)}), id="one level"),
        pytest.param(lambda: entry_changed(TRANSFER, 8), id="with signs"),
        pytest.param(lambda: entry_changed(PRIMARIES), id="primaries outside of the file"),
        pytest.param(lambda: entry_changed(WHITE), id="white outside of the file"),
        pytest.param(lambda: entry_changed(TRANSFER), id="curve outside of the file"),
    ],
)
def test_damage_is_said(tmp_path: Path, make: Callable[[], bytes]) -> None:
    photo = loaded(tmp_path, make())
    assert DAMAGED in photo.warnings
    assert photo.metadata.icc_profile is None
    np.testing.assert_array_equal(photo.image[20, 30], COLOR)


@pytest.mark.parametrize("mode", ["L", "CMYK", "LAB"])
def test_other_pictures_are_left_alone(tmp_path: Path, mode: str) -> None:
    photo = loaded(tmp_path, tiff(points_of(P3) | {TRANSFER: table_of(LEVELS)}, mode))
    assert photo.metadata.icc_profile is None
    assert DAMAGED not in photo.warnings
