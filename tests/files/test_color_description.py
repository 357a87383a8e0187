"""Whatever way a file tells its colours, the portrait has them."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from portrait.core.arrays import RgbImage
from portrait.core.color import decode_srgb, encode_srgb
from portrait.core.primaries import BT2020, DCI_WHITE, SRGB, Primaries, adaptation_to_d50, rgb_to_xyz
from portrait.files.background import load_background
from portrait.files.colors.color_space import SRGB_CURVE, make_profile
from portrait.files.containers.boxes import split_boxes
from portrait.files.image_io import load_photo, save_photo

P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE = Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
COLOR = (170, 120, 90)
"""Within sRGB for all spaces here."""


def patch_of(color: tuple[int, int, int] = COLOR) -> Image.Image:
    return Image.new("RGB", (64, 48), color)


def in_srgb(color: tuple[int, ...], primaries: Primaries, gamma: float | None) -> np.ndarray:
    """8-bit sRGB of a colour of another space, by the definition; no gamma stands for sRGB's curve."""
    encoded = np.array(color) / 255.0
    linear = decode_srgb(encoded) if gamma is None else encoded**gamma
    to_d50, srgb_to_d50 = (adaptation_to_d50(space) @ rgb_to_xyz(space) for space in (primaries, SRGB))
    return 255.0 * encode_srgb(np.linalg.solve(srgb_to_d50, to_d50 @ linear))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def png(*chunks: tuple[bytes, bytes], picture: Image.Image | None = None, **options: Any) -> bytes:
    """A PNG with these chunks before all others."""
    buffer = io.BytesIO()
    (picture or patch_of()).save(buffer, "PNG", **options)
    content = buffer.getvalue()
    added = b"".join(
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held)) for kind, held in chunks
    )
    return content[:33] + added + content[33:]


def gama(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100_000 / gamma))


def chrm(primaries: Primaries) -> tuple[bytes, bytes]:
    points = (primaries.white, primaries.red, primaries.green, primaries.blue)
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for point in points for value in point))


def cicp(primaries: int, transfer: int, full_range: int = 1) -> tuple[bytes, bytes]:
    return b"cICP", bytes([primaries, transfer, 0, full_range])


def heic(primaries: int, transfer: int, picture: Image.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    numbers = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 1}
    (picture or patch_of()).save(buffer, "HEIF", **({"quality": 95, "chroma": 444} | numbers | options))
    return buffer.getvalue()


def avif(primaries: int, transfer: int, picture: Image.Image | None = None) -> bytes:
    buffer = io.BytesIO()
    (picture or patch_of()).save(buffer, "AVIF", quality=100, subsampling="4:4:4")
    head, found, tail = buffer.getvalue().partition(b"colrnclx")
    assert found
    return head + found + struct.pack(">HH", primaries, transfer) + tail[4:]


def jp2(*colors: bytes) -> bytes:
    """A JPEG 2000 with these colour specifications instead of its own."""
    buffer = io.BytesIO()
    patch_of().save(buffer, "JPEG2000")
    result = b""
    for kind, held in split_boxes(buffer.getvalue()):
        if kind == b"jp2h":
            inner = [box(name, content) for name, content in split_boxes(held) if name != b"colr"]
            held = b"".join(inner + [box(b"colr", color) for color in colors])
        result += box(kind, held)
    return result


def bmp(kind: bytes, primaries: Primaries | None = None, gamma: float = 0.0, profile: bytes = b"") -> bytes:
    """A BMP with a header of version 5."""
    buffer = io.BytesIO()
    patch_of().save(buffer, "BMP")
    content = buffer.getvalue()
    pixels = content[54:]
    points = [] if primaries is None else [(*p, 1.0 - sum(p)) for p in (primaries.red, primaries.green, primaries.blue)]
    endpoints = [round(value * (1 << 30)) for point in points for value in point] or [0] * 9
    header = struct.pack("<I", 124) + content[18:54] + bytes(16) + kind
    header += struct.pack("<9I3I", *endpoints, *(3 * [round(gamma * (1 << 16))]))
    header += struct.pack("<4I", 4, 124 + len(pixels) if profile else 0, len(profile), 0)
    start = b"BM" + struct.pack("<IHHI", 14 + 124 + len(pixels) + len(profile), 0, 0, 14 + 124)
    return start + header + pixels + profile


def gif(profile: bytes) -> bytes:
    buffer = io.BytesIO()
    patch_of().quantize(4).save(buffer, "GIF")
    content = buffer.getvalue()
    place = 13 + (3 << ((content[10] & 7) + 1))
    blocks = [profile[at : at + 255] for at in range(0, len(profile), 255)]
    extension = b"\x21\xff\x0bICCRGBG1012" + b"".join(bytes([len(each)]) + each for each in blocks) + b"\0"
    return content[:place] + extension + content[place:]


def adobe_jpeg() -> bytes:
    """As cameras write it that are set to Adobe RGB."""
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}}
    patch_of().save(buffer, "JPEG", quality=98, subsampling=0, exif=exif)
    return buffer.getvalue()


def tiff_of_adobe() -> bytes:
    buffer = io.BytesIO()
    patch_of().save(buffer, "TIFF", icc_profile=ADOBE_PROFILE)
    return buffer.getvalue()


P3_PROFILE = make_profile(P3, SRGB_CURVE)
ADOBE_PROFILE = make_profile(ADOBE, (2.2,))

DESCRIPTIONS: dict[str, tuple[Callable[[], bytes], Primaries, float | None]] = {
    "P3, nclx.heic": (lambda: heic(12, 13), P3, None),
    "P3, nclx.avif": (lambda: avif(12, 13), P3, None),
    "P3, cicp.png": (lambda: png(cicp(12, 13)), P3, None),
    "P3, chrm.png": (lambda: png(chrm(P3)), P3, None),
    "P3, parameterised.jp2": (lambda: jp2(b"\5\0\0" + struct.pack(">HHHB", 12, 13, 0, 0x80)), P3, None),
    "P3, profile.png": (lambda: png(icc_profile=P3_PROFILE), P3, None),
    "P3, profile.jp2": (lambda: jp2(b"\2\0\0" + P3_PROFILE), P3, None),
    "P3, any profile.jp2": (lambda: jp2(b"\3\0\0" + P3_PROFILE), P3, None),
    "P3, profile.bmp": (lambda: bmp(b"DEBM", profile=P3_PROFILE), P3, None),
    "P3, profile.gif": (lambda: gif(P3_PROFILE), P3, None),
    "P3 of cinemas, nclx.avif": (
        lambda: avif(11, 8),
        Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), DCI_WHITE),
        1.0,
    ),
    "BT.2020, nclx.heic": (lambda: heic(9, 14), BT2020, None),
    "BT.2020, nclx.avif": (lambda: avif(9, 1), BT2020, None),
    "linear, cicp.png": (lambda: png(cicp(1, 8)), SRGB, 1.0),
    "linear, gama.png": (lambda: png(gama(1.0)), SRGB, 1.0),
    "gamma 1.8, gama.png": (lambda: png(gama(1.8)), SRGB, 1.8),
    "gamma 2.2, nclx.heic": (lambda: heic(1, 4), SRGB, 2.2),
    "Adobe RGB, chrm.png": (lambda: png(gama(2.2), chrm(ADOBE)), ADOBE, 2.2),
    "Adobe RGB, endpoints.bmp": (lambda: bmp(bytes(4), ADOBE, 2.2), ADOBE, 2.2),
    "Adobe RGB, profile.tif": (tiff_of_adobe, ADOBE, 2.2),
    "Adobe RGB, camera.jpg": (adobe_jpeg, ADOBE, 2.19921875),
    "sRGB, gama.png": (lambda: png((b"gAMA", struct.pack(">I", 45_455))), SRGB, None),
    "sRGB, endpoints of zeros.bmp": (lambda: bmp(bytes(4)), SRGB, None),
    "sRGB, name.bmp": (lambda: bmp(b"BGRs"), SRGB, None),
    "sRGB, enumerated.jp2": (lambda: jp2(b"\1\0\0\0\0\0\x10"), SRGB, None),
    "sRGB, nclx.heic": (lambda: heic(1, 13), SRGB, None),
    "sRGB, nclx of BT.709.avif": (lambda: avif(1, 1), SRGB, None),
    "sRGB, unspecified.avif": (lambda: avif(2, 2), SRGB, None),
    "code points before a profile.png": (lambda: png(cicp(12, 13), icc_profile=ADOBE_PROFILE), P3, None),
    "a profile before unknown code points.png": (lambda: png(cicp(77, 13), icc_profile=ADOBE_PROFILE), ADOBE, 2.2),
    "a profile before gama.png": (lambda: png(gama(1.0), icc_profile=ADOBE_PROFILE), ADOBE, 2.2),
    "srgb before gama.png": (lambda: png((b"sRGB", b"\0"), gama(1.0), chrm(ADOBE)), SRGB, None),
    "a profile before nclx.heic": (lambda: heic(9, 16, icc_profile=ADOBE_PROFILE), ADOBE, 2.2),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
@pytest.mark.parametrize("target", ["out.png", "out.jpg", "out.heic", "out.avif", "out.tif", "out.webp"])
def test_the_saved_photo_has_the_colours_of_the_file(tmp_path: Path, name: str, target: str) -> None:
    make, primaries, gamma = DESCRIPTIONS[name]
    path = tmp_path / name
    path.write_bytes(make())
    photo = load_photo(path)
    assert photo.warnings == ()
    save_photo(tmp_path / target, photo.colors, photo.metadata)
    with Image.open(tmp_path / target) as saved:
        profile = saved.info.get("icc_profile")
        assert (profile is None) == (primaries is SRGB and gamma is None)
        seen = saved.convert("RGB")
        if profile:
            seen = ImageCms.profileToProfile(seen, io.BytesIO(profile), ImageCms.createProfile("sRGB"))
    np.testing.assert_allclose(np.asarray(seen)[20, 30], in_srgb(COLOR, primaries, gamma), atol=4)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_light_is_added_up_as_the_file_says(tmp_path: Path, name: str) -> None:
    make, _, gamma = DESCRIPTIONS[name]
    path = tmp_path / name
    path.write_bytes(make())
    encoded = np.array(COLOR) / 255.0
    expected = encoded if gamma is None else encode_srgb(encoded**gamma)
    np.testing.assert_allclose(load_photo(path).image[20, 30], 255.0 * expected, atol=3)


def test_a_background_of_another_space_has_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(cicp(12, 13)))
    for target, expected in ((None, in_srgb(COLOR, P3, None)), (P3_PROFILE, np.array(COLOR))):
        picture = load_background(f"image:{path}", target).picture
        assert picture is not None
        np.testing.assert_allclose(picture[20, 30], expected, atol=2)


@pytest.mark.parametrize("bits", [8, 16])
def test_narrow_range_is_widened(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "a.png"
    ramp = np.repeat(np.linspace(16, 235, 220).round()[None, :, None], 3, axis=2).repeat(4, axis=0)
    if bits == 8:
        path.write_bytes(png(cicp(1, 13, 0), picture=Image.fromarray(ramp.astype(np.uint8))))
    else:
        save_photo(path, np.ascontiguousarray(ramp * 256).astype(np.uint16))
        content = path.read_bytes()
        path.write_bytes(content[:33] + png(cicp(1, 13, 0))[33:49] + content[33:])
    photo = load_photo(path)
    np.testing.assert_allclose(photo.image[0, :, 0], np.linspace(0.0, 255.0, 220), atol=0.51)
    assert (photo.deep is None) == (bits == 8)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: png(cicp(77, 13)), "primaries are unknown"),
        (lambda: png(cicp(1, 99)), "transfer curve is unknown"),
        (lambda: avif(1, 10), "transfer curve is unknown"),
        (lambda: png((b"cICP", b"\1")), "damaged"),
        (lambda: png((b"cHRM", bytes(32))), "damaged"),
        (lambda: jp2(b"\1\0\0" + struct.pack(">I", 14)), "unknown"),
        (lambda: jp2(b"\5\0\0" + bytes(4)), "damaged"),
        (lambda: bmp(b"KNIL"), "not in the file"),
        (lambda: bmp(bytes(4), SRGB)[:74] + b"\1" * 36 + bmp(bytes(4), SRGB)[110:], "damaged"),
        (lambda: bmp(b"DEBM", profile=b"no profile" * 20), "does not fit"),
        (lambda: gif(b"no profile" * 60), "does not fit"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, make: Callable[[], bytes], told: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(make())
    photo = load_photo(path)
    np.testing.assert_allclose(photo.image[20, 30], COLOR, atol=3)
    assert photo.metadata.icc_profile is None
    assert any(told in warning for warning in photo.warnings)


@pytest.mark.parametrize("primaries", [SRGB, P3, ADOBE, BT2020])
def test_profiles_that_are_made_are_read_by_others(primaries: Primaries) -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(make_profile(primaries, (2.2,)))).profile
    assert profile.is_matrix_shaper
    assert profile.xcolor_space.strip() == "RGB"
    assert profile.profile_description == "RGB with the primaries of the photo"
    columns = np.array([profile.red_colorant[0], profile.green_colorant[0], profile.blue_colorant[0]])
    np.testing.assert_allclose(columns.sum(axis=0), (0.9642, 1.0, 0.8249), atol=2e-3)
    np.testing.assert_allclose(columns.T, adaptation_to_d50(primaries) @ rgb_to_xyz(primaries), atol=1e-4)


@pytest.mark.parametrize("gradient_of", ["code points", "profile"])
def test_wide_gamut_stays_wide(tmp_path: Path, gradient: RgbImage, gradient_of: str) -> None:
    path = tmp_path / "a.png"
    picture = Image.fromarray(gradient)
    path.write_bytes(
        png(cicp(12, 13), picture=picture)
        if gradient_of == "code points"
        else png(picture=picture, icc_profile=P3_PROFILE)
    )
    photo = load_photo(path)
    save_photo(tmp_path / "out.png", photo.colors, photo.metadata)
    with Image.open(tmp_path / "out.png") as saved:
        np.testing.assert_array_equal(np.asarray(saved), gradient)
        assert saved.info["icc_profile"] == P3_PROFILE
