"""Gain maps in JPEG files: read as phones and libultrahdr write them, kept, and told where they cannot be."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from portrait.core.arrays import RgbImage
from portrait.core.gain_map import GainCurve
from portrait.files.depth.gain_curve import curve_from_segment, curve_from_xmp, curve_to_segment, curve_to_xmp
from portrait.files.image_io import load_photo, save_photo
from tests.ultra_hdr import MAP_XMP, NUMBERS, segment, ultra_hdr, xmp

ISO = b"urn:iso:std:iso:ts:21496:-1\0"
NOT_KEPT = "the gain map for HDR screens could not be kept"
UNEVEN = GainCurve((-1.0, 0.0, -0.5), (2.0, 3.0, 2.5), (1.0, 0.8, 1.2), (0.0, 0.1, 0.0), (0.01,) * 3, 0.0, 3.5, False)


def fractions(*numbers: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(">iI", *number) for number in numbers)


PLAIN_SEGMENT = bytes(4) + b"\x40" + fractions((0, 1), (3, 1), (0, 1), (3, 1), (1, 1), (1, 64), (1, 64))


@pytest.fixture
def levels(gradient: RgbImage) -> np.ndarray:
    ramp = np.linspace(0, 255, gradient.shape[1] // 2)
    return np.tile(ramp.astype(np.uint8), (gradient.shape[0] // 2, 1))


@pytest.mark.parametrize("curve", [GainCurve(), UNEVEN])
def test_the_numbers_survive_both_forms(curve: GainCurve) -> None:
    packet = b"<rdf:RDF>%s</rdf:RDF>" % curve_to_xmp(curve)
    for again in (curve_from_segment(curve_to_segment(curve)), curve_from_xmp(packet)):
        assert again is not None
        np.testing.assert_allclose(again.triples, curve.triples, atol=1e-5)
        assert again.alternate_headroom_log2 == pytest.approx(curve.alternate_headroom_log2)
    assert curve_from_segment(curve_to_segment(curve)).has_base_primaries == curve.has_base_primaries


def test_a_segment_is_read_as_the_standard_lays_it_out() -> None:
    curve = curve_from_segment(PLAIN_SEGMENT)
    assert curve == GainCurve(most_log2=(3.0,) * 3, alternate_headroom_log2=3.0)
    shared = struct.pack(">IIIiiIii", 64, 0, 192, -64, 192, 64, 1, 1)  # one denominator for all
    assert curve_from_segment(bytes(4) + b"\x48" + shared).least_log2 == (-1.0,) * 3
    assert curve_from_segment(b"\0\1" + PLAIN_SEGMENT[2:]) is None, "a later version"
    backward = fractions((3, 1), (0, 1)) + PLAIN_SEGMENT[21:]
    assert curve_from_segment(PLAIN_SEGMENT[:5] + backward) is None, "the image itself is the HDR one"
    with pytest.raises(ValueError, match="cut off"):
        curve_from_segment(PLAIN_SEGMENT[:40])


@pytest.mark.parametrize("head", [None, segment(2, ISO + PLAIN_SEGMENT)], ids=["xmp", "segment"])
def test_a_photo_and_its_gain_map_are_kept(tmp_path: Path, gradient: RgbImage, levels: np.ndarray, head) -> None:
    path, again = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(ultra_hdr(gradient, levels, head))
    photo = load_photo(path)
    assert photo.warnings == ()
    found = photo.metadata.gain_map
    assert found.levels.shape == (*levels.shape, 1)
    np.testing.assert_allclose(found.to_log2()[..., 0], 3.0 * levels / 255.0, atol=0.06)
    assert save_photo(again, np.asarray(photo.image), photo.metadata) == ()
    second = load_photo(again)
    assert second.warnings == ()
    assert b"kept" in second.metadata.xmp
    assert second.metadata.gain_map.curve == found.curve
    np.testing.assert_allclose(second.metadata.gain_map.levels, found.levels.astype(int), atol=3)


def test_other_readers_find_the_map_where_the_file_says(tmp_path: Path, gradient: RgbImage, levels: np.ndarray) -> None:
    path, again = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(ultra_hdr(gradient, np.dstack([levels] * 3)))
    photo = load_photo(path)
    save_photo(again, np.asarray(photo.image), photo.metadata)
    content = again.read_bytes()
    at = content.index(b"MPF\0") + 4
    (map_bytes, map_offset) = struct.unpack(">II", content[at + 50 + 16 + 4 : at + 50 + 16 + 12])
    assert at + map_offset + map_bytes == len(content)
    with Image.open(io.BytesIO(content[at + map_offset :])) as picture:
        assert picture.size == levels.shape[::-1]
    assert f'Item:Length="{map_bytes}"'.encode() in content


def test_the_map_is_turned_with_the_photo(tmp_path: Path, gradient: RgbImage, levels: np.ndarray) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    path = tmp_path / "a.jpg"
    path.write_bytes(ultra_hdr(gradient, levels, exif=exif.tobytes()))
    photo = load_photo(path)
    assert photo.image.shape[:2] == gradient.shape[1::-1]
    column = photo.metadata.gain_map.levels[:, 0, 0].astype(int)
    assert column[-1] - column[0] > 200


def test_what_has_no_place_is_told(tmp_path: Path, gradient: RgbImage, levels: np.ndarray) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(ultra_hdr(gradient, levels))
    photo = load_photo(path)
    (said,) = save_photo(tmp_path / "b.png", np.asarray(photo.image), photo.metadata)
    assert "PNG has no place for the gain map" in said


@pytest.mark.parametrize(
    "head",
    [
        b"",
        xmp(MAP_XMP % NUMBERS.replace(b'"3">', b'"1e99">')),
        xmp(MAP_XMP % NUMBERS.replace(b'"False"', b'"True"')),
        xmp(MAP_XMP % NUMBERS.replace(b'Gamma="1"', b'Gamma="0"')),
        segment(2, ISO + PLAIN_SEGMENT[:20]),
        segment(2, ISO),
    ],
    ids=["none", "no number", "inverse", "gamma 0", "cut off", "empty"],
)
def test_a_map_that_cannot_be_used_is_told(tmp_path: Path, gradient: RgbImage, levels: np.ndarray, head: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(ultra_hdr(gradient, levels, head))
    photo = load_photo(path)
    assert photo.metadata.gain_map is None
    assert NOT_KEPT in photo.warnings


def test_a_map_of_another_shape_is_not_used(tmp_path: Path, gradient: RgbImage, levels: np.ndarray) -> None:
    path = tmp_path / "a.jpg"
    for wrong in (levels[: levels.shape[0] // 2], np.kron(levels, np.ones((4, 4), np.uint8))):
        path.write_bytes(ultra_hdr(gradient, np.ascontiguousarray(wrong)))
        assert load_photo(path).metadata.gain_map is None
