"""Photos of high dynamic range, and of 10 bits."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.core.high_dynamic_range import HdrCurve, tone_map
from portrait.core.primaries import BT2020
from portrait.files.colors.color_space import SRGB_CURVE, make_profile
from portrait.files.image_io import load_photo

BT2020_CODE = 9


def png(picture: Image.Image, transfer: int) -> bytes:
    """With the chunk cICP (PNG, third edition, 11.3.2.6)."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    named = b"cICP" + bytes([BT2020_CODE, transfer, 0, 1])
    chunk = struct.pack(">I", 4) + named + struct.pack(">I", zlib.crc32(named))
    return buffer.getvalue()[:33] + chunk + buffer.getvalue()[33:]


def tagged_avif(content: bytes, transfer: int) -> bytes:
    head, found, tail = content.partition(b"colrnclx")
    assert found
    return head + found + struct.pack(">HH", BT2020_CODE, transfer) + tail[4:]


def test_10_bits_of_heic_and_avif_are_kept(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 65_536, 256, dtype=np.uint16)[None, :250, None], 3, axis=2).repeat(48, axis=0)
    buffer = io.BytesIO()
    options = {"quality": -1, "chroma": 444, "color_primaries": 1, "transfer_characteristics": 13}
    pillow_heif.encode("RGB;16", (250, 48), np.ascontiguousarray(ramp).tobytes(), buffer, **options)
    path = tmp_path / "a.heic"
    path.write_bytes(buffer.getvalue())
    photo = load_photo(path)
    assert photo.deep is not None
    assert photo.warnings == ()
    np.testing.assert_allclose(photo.deep[24, :, 0], (ramp[0, :, 0] >> 6) * (65_535 / 1023), atol=65)
    path = tmp_path / "a.avif"
    path.write_bytes(_deep_avif(np.ascontiguousarray(ramp >> 6), 10))
    photo = load_photo(path)
    assert photo.deep is not None
    assert photo.warnings == ()
    np.testing.assert_allclose(photo.deep[24, :, 0], (ramp[0, :, 0] >> 6) * (65_535 / 1023), atol=130)


@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_10_bits_of_a_photo_with_halved_chroma_are_kept(tmp_path: Path, gradient: RgbImage, kind: str) -> None:
    levels = gradient.astype(np.uint16) * 257
    path, buffer = tmp_path / f"a.{kind}", io.BytesIO()
    if kind == "heic":
        pillow_heif.encode("RGB;16", (64, 48), levels.tobytes(), buffer, quality=60)
        path.write_bytes(buffer.getvalue())
    else:
        path.write_bytes(_deep_avif(np.ascontiguousarray(levels[..., ::-1] >> 6), 10, 60))
    photo = load_photo(path)
    assert photo.warnings == ()
    assert photo.deep is not None
    assert np.abs(photo.deep / 257.0 - gradient).mean() < 8.0


def _deep_avif(levels: np.ndarray, bits: int, quality: int = 100) -> bytes:

    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, quality, cv2.IMWRITE_AVIF_SPEED, 8]
    return cv2.imencode(".avif", levels, options)[1].tobytes()


def _pq_heic(levels: np.ndarray, bits: int, transfer: int, **options: Any) -> bytes:
    """Levels of 16 bits, (H, W, 3), of which the file keeps ``bits``."""
    buffer = io.BytesIO()
    numbers = {"color_primaries": BT2020_CODE, "transfer_characteristics": transfer, "matrix_coefficients": 9}
    settings = {"quality": -1, "chroma": 444, "full_range_flag": 0} | numbers | options
    if bits == 8:
        Image.fromarray((levels >> 8).astype(np.uint8)).save(buffer, "HEIF", **settings)
    else:
        pillow_heif.encode("RGB;16", levels.shape[1::-1], levels.tobytes(), buffer, **settings)
    return buffer.getvalue()


def _hdr_file(levels: np.ndarray, kind: str, transfer: int) -> bytes:
    shallow = Image.fromarray((levels >> 8).astype(np.uint8))
    if kind == "png":
        return png(shallow, transfer)
    if kind == "avif":
        buffer = io.BytesIO()
        shallow.save(buffer, "AVIF", quality=100, subsampling="4:4:4")
        return tagged_avif(buffer.getvalue(), transfer)
    if kind == "10-bit.avif":
        return tagged_avif(_deep_avif(np.ascontiguousarray(levels[..., ::-1] >> 6), 10), transfer)
    return _pq_heic(levels, 10 if kind == "10-bit.heic" else 8, transfer)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("kind", ["png", "avif", "10-bit.avif", "8-bit.heic", "10-bit.heic"])
def test_high_dynamic_range_is_tone_mapped_and_said(tmp_path: Path, kind: str, transfer: int) -> None:
    levels = np.empty((64, 96, 3), np.uint16)
    levels[:32], levels[32:, :48], levels[32:, 48:] = (28_000, 24_000, 20_000), 14_000, 36_000
    path = tmp_path / f"a.{kind}"
    path.write_bytes(_hdr_file(levels, kind, transfer))
    photo = load_photo(path)
    curve: HdrCurve = "PQ" if transfer == 16 else "HLG"
    expected = tone_map(levels, curve, BT2020) / 257.0
    for row, column in ((16, 48), (48, 24), (48, 72)):
        np.testing.assert_allclose(photo.image[row, column], expected[row, column], atol=4)
    assert photo.warnings == (f"high dynamic range ({curve}) was tone-mapped to standard range",)
    assert photo.metadata.icc_profile == make_profile(BT2020, SRGB_CURVE)
    assert (photo.deep is None) == (not kind.startswith("10"))


def test_a_profile_may_tell_high_dynamic_range(tmp_path: Path) -> None:
    profile = _with_tag(make_profile(BT2020, SRGB_CURVE), b"cicp", b"cicp" + bytes(4) + bytes([9, 16, 0, 1]))
    path = tmp_path / "a.png"
    Image.new("RGB", (64, 48), (170, 120, 90)).save(path, icc_profile=profile)
    photo = load_photo(path)
    (warning,) = photo.warnings
    assert "PQ" in warning
    assert photo.metadata.icc_profile == make_profile(BT2020, SRGB_CURVE)


def _with_tag(profile: bytes, name: bytes, content: bytes) -> bytes:
    """The profile, whose copyright becomes another tag."""
    place = profile.index(b"cprt")
    entry = struct.pack(">4sII", name, len(profile), len(content))
    grown = profile[:place] + entry + profile[place + 12 :] + content
    return struct.pack(">I", len(grown)) + grown[4:]
