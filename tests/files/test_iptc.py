import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.image_io import load_photo, save_photo
from portrait.files.metadata.iptc import app13_segments, keep_resources, split_resources
from portrait.files.metadata.photo_metadata import PhotoMetadata

SECRET = b"unblurred picture"


def data_set(record: int, number: int, content: bytes) -> bytes:
    return b"\x1c" + struct.pack(">BBH", record, number, len(content)) + content


def resource(number: int, content: bytes, name: bytes = b"") -> bytes:
    named = bytes([len(name)]) + name
    head = b"8BIM" + struct.pack(">H", number) + named + bytes(len(named) % 2)
    return head + struct.pack(">I", len(content)) + content + bytes(len(content) % 2)


CAPTION = data_set(2, 120, b"caption")


@pytest.mark.parametrize("number", [1033, 1036, 1039, 1058, 1060, 2000])
def test_what_shows_the_file_as_it_was_goes(number: int) -> None:
    content = resource(number, SECRET, b"name") + resource(1028, CAPTION, b"odd") + resource(number, SECRET)
    assert keep_resources(content).resources == resource(1028, CAPTION)


@pytest.mark.parametrize(("record", "number"), [(2, 200), (2, 201), (2, 202), (7, 10), (8, 10)])
def test_previews_in_data_sets_go(record: int, number: int) -> None:
    preview = data_set(record, number, SECRET)
    assert keep_resources(resource(1028, preview + CAPTION + preview)).resources == resource(1028, CAPTION)


def test_long_data_sets_are_read() -> None:
    content = bytes(40_000)
    extended = b"\x1c\x02\x78\x80\x04" + struct.pack(">I", len(content)) + content
    assert keep_resources(extended + CAPTION).resources == resource(1028, extended + CAPTION)


def test_rights_stay_beside_the_data_sets() -> None:
    content = resource(1028, CAPTION) + resource(1034, b"\1") + resource(1035, b"https://example.org")
    assert keep_resources(content).resources == content
    assert split_resources(content) == (CAPTION, resource(1034, b"\1") + resource(1035, b"https://example.org"))


def test_data_sets_on_their_own_count_before_those_in_resources() -> None:
    kept = keep_resources(resource(1028, data_set(2, 120, b"old")) + resource(1034, b"\1"), CAPTION).resources
    assert kept == resource(1034, b"\1") + resource(1028, CAPTION)


def test_nothing_is_nothing() -> None:
    assert keep_resources(b"").resources is None
    assert not keep_resources(bytes(9)).is_broken


@pytest.mark.parametrize(
    "content", [resource(1028, CAPTION + CAPTION[:-2]), resource(1028, CAPTION) + b"8BIM\4", b"none"]
)
def test_damage_is_told_and_what_stands_before_it_is_kept(content: bytes) -> None:
    kept = keep_resources(content)
    assert kept.is_broken
    assert kept.resources == (None if content == b"none" else resource(1028, CAPTION))


@given(st.binary(), st.integers(0, 200))
def test_any_damage(noise: bytes, cut: int) -> None:
    content = resource(1036, SECRET) + resource(1028, data_set(2, 200, SECRET) + CAPTION)
    for damaged in (noise, b"8BIM" + noise, b"\x1c" + noise, content[:cut], content[:cut] + noise):
        kept = keep_resources(damaged).resources or b""
        assert SECRET not in kept.replace(noise, b"") or not noise
        assert keep_resources(kept).resources == (kept or None)


def test_more_than_a_segment_of_jpeg_is_split(tmp_path: Path, gradient: RgbImage) -> None:
    sets = b"".join(data_set(2, 25, f"keyword {index}".encode() * 10) for index in range(1000))
    content = resource(1028, sets)
    assert all(len(part) <= 65_533 for part in app13_segments(content, 65_533))
    for suffix in (".jpg", ".tif", ".png"):
        path = tmp_path / f"a{suffix}"
        assert save_photo(path, gradient, PhotoMetadata(iptc=content)) == ()
        assert load_photo(path).metadata.iptc == content


def test_damage_is_told_to_the_user(save_as: Callable[..., Path], gradient: RgbImage) -> None:
    app13 = b"Photoshop 3.0\0" + resource(1028, CAPTION[:-3])
    extra = b"\xff\xed" + struct.pack(">H", len(app13) + 2) + app13
    assert "IPTC" in load_photo(save_as("a.jpg", gradient, extra=extra)).warnings[0]
    path = save_as("a.png", Image.fromarray(np.asarray(gradient)))
    assert load_photo(path).metadata.iptc is None


@pytest.mark.parametrize(("number", "is_told"), [(1999, False), (2000, True), (2998, True), (2999, False)])
def test_clipping_paths_are_told(number: int, is_told: bool) -> None:
    path = b"8BIM" + struct.pack(">HHI", number, 0, 2) + b"ab"
    assert keep_resources(path).has_lost_paths is is_told
