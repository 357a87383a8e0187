"""Grey pictures of every depth, with their clear level, opacity and profile."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest

from portrait.core.color import encode_srgb
from portrait.errors import ImageFileError
from portrait.files.image_io import load_photo
from portrait.files.matte_io import load_matte

GREY, GREY_ALPHA, RGB = 0, 4, 2


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(bits: int, kind: int, values: np.ndarray, *chunks: bytes) -> bytes:
    """(H, W, C) as they stand in the file (PNG, third edition, 7.2)."""
    height, width, channels = values.shape
    samples = ((values[..., None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    rows = np.packbits(samples.reshape(height, width * channels * bits), axis=1)
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    pixels = zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def iccp(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"grey\0\0" + zlib.compress(profile))


def ramp(bits: int) -> np.ndarray:
    """(6, 64, 1) from black to white."""
    return np.rint(np.linspace(0, (1 << bits) - 1, 64)).astype(int)[None, :, None].repeat(6, axis=0)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("profile", [False, True])
def test_the_level_named_by_trns_is_clear(tmp_path: Path, linear_grey_profile: bytes, bits: int, profile: bool) -> None:
    values = ramp(bits)
    clear = int(values[0, 40, 0])
    path = tmp_path / "a.png"
    others = [iccp(linear_grey_profile)] if profile else []
    path.write_bytes(png(bits, GREY, values, *others, chunk(b"tRNS", struct.pack(">H", clear))))
    photo = load_photo(path)
    assert photo.metadata.transparency is not None
    np.testing.assert_array_equal(photo.metadata.transparency == 0, values[..., 0] == clear)
    share = values / ((1 << bits) - 1)
    expected = 255.0 * (encode_srgb(share) if profile else share)
    np.testing.assert_allclose(photo.image, expected.repeat(3, axis=2), atol=0.6)
    assert (photo.deep is None) == (bits < 16)
    assert photo.warnings == ()
    with pytest.raises(ImageFileError, match="transparent"):
        load_matte(path, (6, 64))


@pytest.mark.parametrize("clear", [0, 7])
def test_a_clear_level_that_is_not_there_changes_nothing(tmp_path: Path, clear: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(4, GREY, 3 + 0 * ramp(4), chunk(b"tRNS", struct.pack(">H", clear))))
    assert load_photo(path).metadata.transparency is None
    np.testing.assert_allclose(load_matte(path, (6, 64)), 0.2, atol=1e-6)


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_with_alpha_goes_through_its_profile(tmp_path: Path, linear_grey_profile: bytes, bits: int) -> None:
    white = (1 << bits) - 1
    values = np.concatenate([ramp(bits), np.full((6, 64, 1), white)], axis=2)
    values[:2, :, 1] = 0
    path = tmp_path / "a.png"
    path.write_bytes(png(bits, GREY_ALPHA, values, iccp(linear_grey_profile)))
    photo = load_photo(path)
    colors = photo.image if photo.deep is None else photo.deep
    np.testing.assert_allclose(
        colors[..., 0] / np.iinfo(colors.dtype).max, encode_srgb(values[..., 0] / white), atol=3e-3
    )
    np.testing.assert_array_equal(photo.metadata.transparency == 0, values[..., 1] == 0)
    assert (photo.deep is None) == (bits == 8)
    assert photo.metadata.icc_profile is None
    assert photo.warnings == ()


def test_the_clear_colour_of_16_bits_is_clear(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 65_536, (6, 64, 3))
    values[2:4] = (1_000, 2_000, 3_000)
    path = tmp_path / "a.png"
    path.write_bytes(png(16, RGB, values, chunk(b"tRNS", struct.pack(">3H", 1_000, 2_000, 3_000))))
    photo = load_photo(path)
    np.testing.assert_array_equal(photo.deep, values)
    assert photo.metadata.transparency is not None
    np.testing.assert_array_equal(np.flatnonzero((photo.metadata.transparency == 0).all(axis=1)), [2, 3])
    assert photo.warnings == ()


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm", "a.jp2"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_format_of_grey_is_read_alike(tmp_path: Path, name: str, dtype: type) -> None:
    values = (np.arange(48 * 64).reshape(48, 64) * (np.iinfo(dtype).max // (48 * 64 - 1) or 1)).astype(dtype)
    lossless = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000] if name.endswith("jp2") else []
    (tmp_path / name).write_bytes(cv2.imencode(Path(name).suffix, values, lossless)[1].tobytes())
    photo = load_photo(tmp_path / name)
    colors = photo.image if photo.deep is None else photo.deep
    assert colors.dtype == dtype
    np.testing.assert_array_equal(colors, values[..., None].repeat(3, axis=2))


@pytest.mark.parametrize(("bits", "photometric"), [(12, 1), (16, 1), (16, 0), (8, 0), (4, 0), (2, 1)])
def test_tiff_says_what_white_is(tmp_path: Path, bits: int, photometric: int) -> None:
    """TIFF 6.0, section 4: 0 is white, or black; 12 bits are packed."""
    values = ramp(bits)[..., 0]
    samples = ((values[..., None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    pixels = np.packbits(samples.reshape(6, 64 * bits), axis=1)
    content = values.astype("<u2").tobytes() if bits == 16 else pixels.tobytes()
    tags = {256: 64, 257: 6, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 6, 279: len(content)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    path = tmp_path / "a.tif"
    start = b"II*\0" + struct.pack("<I", 8 + len(content))
    path.write_bytes(start + content + struct.pack("<H", len(tags)) + entries + bytes(4))
    share = values / ((1 << bits) - 1)
    np.testing.assert_allclose(
        load_photo(path).image[..., 0], 255.0 * (share if photometric else 1.0 - share), atol=0.6
    )


def test_grey_heic_of_10_bits_reaches_white(tmp_path: Path) -> None:
    buffer, path = io.BytesIO(), tmp_path / "a.heic"
    pillow_heif.encode("I;16", (64, 48), np.full((48, 64), 65_535, np.uint16).tobytes(), buffer, quality=-1)
    path.write_bytes(buffer.getvalue())
    photo = load_photo(path)
    assert photo.deep is not None
    assert (photo.deep == 65_535).all()
    assert photo.warnings == ()


def test_a_grey_profile_does_not_fit_colours(
    tmp_path: Path, save_as: Callable[..., Path], gradient: np.ndarray, linear_grey_profile: bytes
) -> None:
    photo = load_photo(save_as("a.png", gradient, icc_profile=linear_grey_profile))
    np.testing.assert_array_equal(photo.image, gradient)
    assert "does not fit" in photo.warnings[0]
