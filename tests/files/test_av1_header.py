"""Colours of AVIF files without a ``colr`` box, in the header of their AV1 stream."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portrait.core.primaries import BT2020
from portrait.files.avif import read_code_points
from portrait.files.colors.color_space import SRGB_CURVE, make_profile
from portrait.files.containers.av1_header import read_sequence_colors
from portrait.files.containers.boxes import read_box, split_boxes
from portrait.files.image_io import load_photo

COLOR = (170, 120, 90)
P3, BT2020_PQ = (12, 13), (9, 16)
NAMES = {12: "smpte432", 13: "srgb", 9: "bt2020", 16: "smpte2084", 1: "bt709", 2: "unspecified"}
TEMPORAL_DELIMITER = b"\x12\0"

Fields = list[tuple[int, int]]
"""Values and their counts of bits."""


def encoded(points: tuple[int, int], **options: Any) -> bytes:
    """An AVIF whose stream tells these code points, and whose ``colr`` box those of sRGB."""
    buffer = io.BytesIO()
    advanced = {"color-primaries": NAMES[points[0]], "transfer-characteristics": NAMES[points[1]]}
    options = {"quality": 100, "subsampling": "4:4:4", "advanced": advanced} | options
    Image.new("RGB", (64, 48), COLOR).save(buffer, "AVIF", **options)
    return buffer.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def without_colr(content: bytes, configuration: bytes = b"") -> bytes:
    """The file without its ``colr`` box, its ``av1C`` longer by a part; a free box keeps all else at its place."""
    result = b""
    for kind, held in split_boxes(content):
        if kind == b"meta":
            inner = held[:4]
            for name, inside in split_boxes(held[4:]):
                inner += box(name, properties_without_colr(inside, configuration) if name == b"iprp" else inside)
            held = inner + box(b"free", bytes(len(held) - len(inner) - 8))
        result += box(kind, held)
    assert len(result) == len(content)
    assert b"colr" not in result
    return result


def properties_without_colr(content: bytes, configuration: bytes) -> bytes:
    """``iprp`` of one item, whose last property is ``colr``."""
    (_, properties), (_, associations) = split_boxes(content)
    kept = [(name, held) for name, held in split_boxes(properties) if name != b"colr"]
    assert associations[10] == len(kept) + 1
    assert associations[-1] & 0x7F == len(kept) + 1
    ipma = associations[:10] + bytes([len(kept)]) + associations[11:-1]
    ipco = b"".join(box(name, held + configuration * (name == b"av1C")) for name, held in kept)
    return box(b"ipco", ipco) + box(b"ipma", ipma)


def sequence_header(content: bytes) -> bytes:
    """The unit behind the temporal delimiter, with which the data begin."""
    data = read_box(io.BytesIO(content), b"mdat") or b""
    assert data.startswith(TEMPORAL_DELIMITER + b"\x0a")
    return data[2 : 4 + data[3]]


def test_wide_gamut_is_told_by_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(without_colr(encoded(P3)))
    photo = load_photo(path)
    assert photo.warnings == ()
    assert photo.metadata.icc_profile is not None
    assert photo.metadata.icc_profile == load_photo(_with_colr(tmp_path, P3)).metadata.icc_profile
    np.testing.assert_allclose(photo.image[20, 30], COLOR, atol=3)


def _with_colr(folder: Path, points: tuple[int, int]) -> Path:
    path = folder / "container.avif"
    head, found, tail = encoded((1, 13)).partition(b"colrnclx")
    path.write_bytes(head + found + struct.pack(">HH", *points) + tail[4:])
    return path


def test_pq_is_told_by_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(without_colr(encoded(BT2020_PQ)))
    photo = load_photo(path)
    assert "high dynamic range (PQ) was tone-mapped to standard range" in photo.warnings
    assert photo.metadata.icc_profile == make_profile(BT2020, SRGB_CURVE)


def test_the_container_has_the_first_say(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(encoded(BT2020_PQ))
    assert read_code_points(io.BytesIO(path.read_bytes())) == (1, 13)
    assert load_photo(path).metadata.icc_profile is None


def test_unspecified_is_srgb(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(without_colr(encoded((2, 2))))
    photo = load_photo(path)
    assert (photo.warnings, photo.metadata.icc_profile) == ((), None)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:0:0"])
def test_every_profile(subsampling: str) -> None:
    assert read_code_points(io.BytesIO(without_colr(encoded(P3, subsampling=subsampling)))) == P3


def test_the_header_of_a_sequence_is_longer() -> None:
    frames = [Image.new("RGB", (64, 48), (level, 0, 0)) for level in (20, 90)]
    content = encoded(P3, save_all=True, append_images=frames).replace(b"colrnclx", b"freenclx")
    assert read_code_points(io.BytesIO(content)) == P3


def test_the_configuration_comes_before_the_data(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(without_colr(encoded((1, 13)), sequence_header(encoded(P3))))
    assert read_code_points(io.BytesIO(path.read_bytes())) == P3
    assert load_photo(path).metadata.icc_profile is not None


@pytest.mark.parametrize("configuration", [b"\x0a\xff\x7f", b"\x0a" + b"\xff" * 8])
def test_a_damaged_header_is_said(tmp_path: Path, configuration: bytes) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(without_colr(encoded(P3), configuration))
    photo = load_photo(path)
    assert "the description of the colours is damaged and was dropped" in photo.warnings
    assert photo.metadata.icc_profile is None


def unit(fields: Fields, kind: int = 1) -> bytes:
    digits = "".join(f"{value:0{count}b}" for value, count in fields)
    payload = int(digits.ljust(-(-len(digits) // 8) * 8, "0"), 2).to_bytes(-(-len(digits) // 8))
    return bytes([kind << 3 | 2, len(payload)]) + payload


TIMING = [(1, 1), (1, 32), (25, 32), (1, 1), (0b00101, 5)]
MODEL = [(1, 1), (9, 5), (7, 32), (4, 5), (4, 5)]
FIRST_POINT = [(1, 12), (4, 5), (1, 1), (1023, 10), (1023, 10), (1, 1), (1, 1), (9, 4)]
SIZE: Fields = [(5, 4), (5, 4), (63, 6), (47, 6)]
TAIL: Fields = [(0, 3), (0, 1)]
"""enable_superres, enable_cdef, enable_restoration; high_bitdepth."""


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(0, 1), (0, 1), (0, 5), (0, 12), (4, 5)], id="no timing"),
        pytest.param([*TIMING, (0, 1), (0, 1), (0, 5), (0, 12), (8, 5), (1, 1)], id="timing, tier"),
        pytest.param(
            [*TIMING, *MODEL, (1, 1), (1, 5), *FIRST_POINT, (2, 12), (9, 5), (1, 1), (0, 1), (0, 1)],
            id="decoder model, display delay, two points",
        ),
    ],
)
@pytest.mark.parametrize(
    "tools",
    [
        pytest.param([(0, 1), (0, 3), (0, 4), (0, 1), (1, 1), (1, 1)], id="no order hint"),
        pytest.param(
            [(1, 1), (0x7F, 7), (0, 3), (0, 4), (1, 1), (3, 2), (0, 1), (1, 1), (0, 1), (1, 1), (6, 3)], id="all"
        ),
        pytest.param([(0, 1), (0, 3), (15, 4), (0, 1), (0, 1), (0, 1)], id="no screen content"),
    ],
)
def test_fields_before_the_colours(points: Fields, tools: Fields) -> None:
    start: Fields = [(0, 3), (0, 1), (0, 1)]
    header = unit([*start, *points, *SIZE, *tools, *TAIL, (0, 1), (1, 1), (9, 8), (16, 8), (9, 8)])
    padding = b"\x7e\0\x01\0"  # with an extension
    assert read_sequence_colors(padding + header) == BT2020_PQ
    silent = unit([*start, *points, *SIZE, *tools, *TAIL, (0, 1), (0, 1)])
    assert read_sequence_colors(silent) is None


def test_twelve_bits() -> None:
    start: Fields = [(2, 3), (1, 1), (1, 1), (0, 5), *SIZE, (0, 3), (0, 3), (1, 1), (1, 1), (0, 1)]
    assert read_sequence_colors(unit([*start, (1, 1), (12, 8), (13, 8), (5, 8)])) == P3


def test_a_stream_without_a_sequence_header() -> None:
    assert read_sequence_colors(b"") is None
    assert read_sequence_colors(TEMPORAL_DELIMITER) is None
