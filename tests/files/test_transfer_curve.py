"""Pictures whose profile encodes light by another curve than sRGB's."""

import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.core.color import to_linear
from portrait.files.background import load_background
from portrait.files.colors.transfer_curve import TransferCurve, read_transfer_curve
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.photo_metadata import PhotoMetadata

MakeProfile = Callable[..., bytes]
SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def gamma(value: float) -> bytes:
    return struct.pack(">4sIIH", b"curv", 0, 1, round(256 * value))


def parametric(kind: int, *values: float) -> bytes:
    return struct.pack(f">4sIHH{len(values)}i", b"para", 0, kind, 0, *(round(65_536 * value) for value in values))


def table(*values: int) -> bytes:
    return struct.pack(f">4sII{len(values)}H", b"curv", 0, len(values), *values)


@pytest.fixture
def profile_of(make_icc_profile: MakeProfile) -> Callable[..., bytes]:
    """A profile with sRGB's primaries and these curves; one stands for all three."""

    def make(*curves: bytes) -> bytes:
        red, green, blue = curves if len(curves) == 3 else curves * 3
        columns = {
            b"rXYZ": (0.4361, 0.2225, 0.0139),
            b"gXYZ": (0.3851, 0.7169, 0.0971),
            b"bXYZ": (0.1431, 0.0606, 0.7141),
        }
        tags = {
            name: struct.pack(">4sI3i", b"XYZ ", 0, *(round(65_536 * value) for value in column))
            for name, column in columns.items()
        }
        return make_icc_profile(b"RGB ", b"XYZ ", tags | {b"rTRC": red, b"gTRC": green, b"bTRC": blue})

    return make


def curve_of(profile: bytes) -> TransferCurve:
    curve = read_transfer_curve(profile)
    assert curve is not None
    return curve


@pytest.mark.parametrize(
    ("curve", "middle"),
    [
        (gamma(2.2), 0.5**2.2),
        (gamma(1.8), 0.5**1.8),
        (table(), 0.5),
        (table(0, 10_000, 65_535), 10_000 / 65_535),
        (parametric(0, 1.8), 0.5**1.8),
        (parametric(1, 2.0, 1.25, -0.25), 0.375**2),
        (parametric(2, 2.0, 0.8, 0.0, 0.1), 0.26),
        (parametric(3, 3.0, 0.9, 0.1, 0.1, 0.3), 0.55**3),
        (parametric(4, 2.0, 0.9, 0.0, 0.1, 0.1, 0.02, 0.01), 0.2225),
    ],
)
def test_curves_are_read(profile_of: Callable[..., bytes], curve: bytes, middle: float) -> None:
    linear = curve_of(profile_of(curve)).linear
    assert np.interp(0.5, np.linspace(0.0, 1.0, 65_536), linear) == pytest.approx(middle, abs=5e-4)


def test_the_curve_of_srgb_is_no_other(profile_of: Callable[..., bytes], srgb_profile: bytes) -> None:
    assert read_transfer_curve(srgb_profile) is None
    assert read_transfer_curve(profile_of(parametric(3, *SRGB))) is None


def test_what_cannot_be_used_is_taken_for_srgb(profile_of: Callable[..., bytes]) -> None:
    linear = profile_of(table())
    curves = [
        (gamma(2.2), gamma(2.2), gamma(1.8)),
        (table(65_535, 0),),
        (table(0, 0),),
        (parametric(9, 2.0),),
        (parametric(1, 2.0, 0.0, 0.1),),
        (parametric(0, -2.0),),
        (b"mft2" + bytes(20),),
        (table(1, 2, 3)[:-4],),
    ]
    for profile in (b"", b"no profile" * 30, linear[:200], linear[:140], *(profile_of(*curve) for curve in curves)):
        assert read_transfer_curve(profile) is None


@pytest.mark.parametrize("curve", [gamma(1.8), gamma(2.2), table(), parametric(0, 2.4)])
def test_8_bits_come_back_exactly(profile_of: Callable[..., bytes], curve: bytes) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    back_and_forth = curve_of(profile_of(curve))
    np.testing.assert_array_equal(back_and_forth.from_srgb(back_and_forth.to_srgb(levels), 8), levels)


@pytest.mark.parametrize("curve", [gamma(1.8), gamma(2.2), table()])
def test_16_bits_come_back_but_for_the_deepest_shadows(profile_of: Callable[..., bytes], curve: bytes) -> None:
    levels = np.arange(65_536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)
    back_and_forth = curve_of(profile_of(curve))
    error = np.abs(back_and_forth.from_srgb(back_and_forth.to_srgb(levels), 16).astype(int) - levels)
    assert error[levels > 6_000].max() <= 3
    assert error.max() <= 400


def test_light_of_a_file_is_what_its_profile_says(
    save_as: Callable[..., Path], profile_of: Callable[..., bytes]
) -> None:
    photo = load_photo(save_as("a.png", np.full((4, 4, 3), 128, np.uint8), icc_profile=profile_of(table())))
    np.testing.assert_allclose(to_linear(photo.image), 128 / 255, atol=4e-3)
    assert photo.deep is not None
    np.testing.assert_allclose(to_linear(photo.deep), 128 / 255, atol=1e-4)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_a_file_comes_back_as_it_was(
    save_as: Callable[..., Path], tmp_path: Path, gradient: RgbImage, profile_of: Callable[..., bytes], name: str
) -> None:
    profile = profile_of(gamma(1.8))
    options = {"lossless": True} if name.endswith("webp") else {}
    photo = load_photo(save_as(name, gradient, icc_profile=profile, **options))
    assert save_photo(tmp_path / "out.png", photo.colors, photo.metadata) == ()
    with Image.open(tmp_path / "out.png") as saved:
        np.testing.assert_array_equal(np.asarray(saved), gradient)
        assert saved.info["icc_profile"] == profile


def test_a_16_bit_file_comes_back_with_16_bits(tmp_path: Path, profile_of: Callable[..., bytes]) -> None:
    deep = np.random.default_rng(1).integers(8_000, 65_536, (20, 30, 3), dtype=np.uint16)
    profile = profile_of(gamma(2.2))
    metadata = load_photo(_write_deep(tmp_path / "plain.png", deep)).metadata
    assert metadata.bits == 16
    save_photo(tmp_path / "tagged.png", deep, PhotoMetadata(icc_profile=profile))
    photo = load_photo(tmp_path / "tagged.png")
    save_photo(tmp_path / "out.tif", photo.colors, photo.metadata)
    opened = cv2.imdecode(np.frombuffer((tmp_path / "out.tif").read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.abs(opened[..., ::-1].astype(int) - deep).max() <= 3
    assert load_photo(tmp_path / "out.tif").metadata.icc_profile == profile


def test_a_background_goes_to_the_curve_at_work(profile_of: Callable[..., bytes]) -> None:
    for curve in (table(), gamma(1.8)):
        color = load_background("color:#806040", profile_of(curve)).color
        assert color is not None
        np.testing.assert_allclose(color, (128, 96, 64), atol=4)


def _write_deep(path: Path, deep: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(".png", deep[..., ::-1])[1].tobytes())
    return path
