"""Depth for other programs: written as Google's depth metadata, read back by the reader of phones' photos."""

from pathlib import Path

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.boxes import Box
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.files.depth.depth_writing import crop_depth
from portrait.files.image_io import PhotoMetadata, load_photo, save_photo

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" dc:title="%s"/></rdf:RDF></x:xmpmeta>'
)


def saved_and_read(path: Path, image: RgbImage, metadata: PhotoMetadata) -> DepthMap | None:
    assert save_photo(path, image, metadata) == ()
    return load_photo(path, with_depth=True).stored_depth.map


@pytest.fixture
def ramp(gradient: RgbImage) -> np.ndarray:
    """Nearness from 0.1, ten metres away, to 1."""
    height, width = gradient.shape[:2]
    return np.tile(np.linspace(0.1, 1.0, width, dtype=np.float32), (height, 1))


@pytest.mark.parametrize("packet", [None, XMP % b"t", XMP % (b"t" * 65_000)], ids=["none", "some", "large"])
def test_depth_of_known_scale_is_read_back(tmp_path: Path, gradient: RgbImage, ramp, packet) -> None:
    metadata = PhotoMetadata(xmp=packet, depth=DepthMap(ramp, 0.0))
    again = saved_and_read(tmp_path / "a.jpg", gradient, metadata)
    assert again is not None
    assert again.infinity == 0.0
    np.testing.assert_allclose(again.nearness, ramp, atol=0.9 / 255)
    kept = load_photo(tmp_path / "a.jpg").metadata
    assert b"GDepth:" not in (kept.xmp or b""), "a portrait of it would show the depth of another picture"
    assert packet is None or b"dc:title" in (kept.xmp or b"")


def test_relative_depth_keeps_its_order_and_says_no_scale(tmp_path: Path, gradient: RgbImage, ramp) -> None:
    shifted = DepthMap((40.0 * ramp - 7.0).astype(np.float32))
    again = saved_and_read(tmp_path / "a.jpg", gradient, PhotoMetadata(depth=shifted))
    assert again is not None
    assert again.infinity is None
    assert np.corrcoef(again.nearness.ravel(), ramp.ravel())[0, 1] > 0.999
    assert b"GDepth:Near" not in (tmp_path / "a.jpg").read_bytes()


def test_unknown_and_infinite_depth_counts_as_far(tmp_path: Path, gradient: RgbImage, ramp) -> None:
    nearness = np.where(ramp < 0.3, 0.0, ramp).astype(np.float32)
    nearness[0] = np.nan
    again = saved_and_read(tmp_path / "a.jpg", gradient, PhotoMetadata(depth=DepthMap(nearness, 0.0)))
    assert again is not None
    assert np.isfinite(again.nearness).all()
    assert again.nearness[0].max() < 0.01
    flat = saved_and_read(tmp_path / "b.jpg", gradient, PhotoMetadata(depth=DepthMap(np.ones_like(ramp), 0.0)))
    assert flat is not None


def test_other_formats_say_that_they_have_no_place(tmp_path: Path, gradient: RgbImage, ramp) -> None:
    lost = save_photo(tmp_path / "a.png", gradient, PhotoMetadata(depth=DepthMap(ramp)))
    assert lost == ("PNG has no place for depth for other programs: left out",)
    damaged = PhotoMetadata(xmp=b"no rdf", depth=DepthMap(ramp))
    assert "the depth could not be stored" in save_photo(tmp_path / "a.jpg", gradient, damaged)[0]


def test_a_crop_takes_its_part_of_a_coarser_map(ramp: np.ndarray) -> None:
    height, width = ramp.shape
    part = crop_depth(DepthMap(ramp, 0.0), Box(0, width, 2 * height, 2 * width), (2 * height, 2 * width))
    assert part.infinity == 0.0
    np.testing.assert_array_equal(part.nearness, ramp[:, width // 2 :])
