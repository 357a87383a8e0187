"""An HDR photo gives an HDR portrait."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte, LinearImage, RgbImage
from portrait.core.color import to_linear
from portrait.core.gain_map import GainCurve, GainMap
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.files.image_io import Photo, PhotoMetadata, load_photo
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.rendering import render_photo
from tests.ultra_hdr import ultra_hdr

LAMP = (slice(12, 16), slice(100, 104))
LOOK = Look(BlurOptions(blur_radius_fraction=0.04), grain="off")


@pytest.fixture
def lamp_photo(portrait_scene) -> tuple[Photo, AlphaMatte]:
    """A lamp before a dark wall, eight times as bright as white; the person glows by a stop."""
    image, alpha = portrait_scene(96, 128)
    image[alpha == 0.0] = 40
    image[LAMP] = 255
    levels = np.zeros((96, 128, 1), np.uint8)
    levels[LAMP], levels[alpha > 0.0] = 255, 85
    gain_map = GainMap(levels, GainCurve(most_log2=(3.0,) * 3, alternate_headroom_log2=3.0))
    return Photo(image, PhotoMetadata(gain_map=gain_map)), alpha


def glow(photo: Photo) -> LinearImage:
    """The light that only an HDR screen shows."""
    base = to_linear(photo.image)
    return photo.metadata.gain_map.alternate(base) - base


def test_a_lamp_becomes_a_disk_of_the_same_light(engine: PortraitEngine, lamp_photo) -> None:
    photo, alpha = lamp_photo
    portrait = render_photo(engine, photo, alpha, LOOK)
    around = slice(0, 40), slice(88, 128)
    before, after = glow(photo)[around], glow(portrait)[around]
    assert after.sum() == pytest.approx(before.sum(), rel=0.15)
    assert after.max() < 0.3 * before.max()
    assert portrait.metadata.gain_map.to_log2()[14, 102] > 1.0, "the gain is not thinned out like the light"


def test_the_subject_keeps_its_gain_to_the_bit(engine: PortraitEngine, lamp_photo) -> None:
    photo, alpha = lamp_photo
    for look in (LOOK, replace(LOOK, background=Background("mono"))):
        portrait = render_photo(engine, photo, alpha, look)
        inside = alpha == 1.0
        before, after = (one.metadata.gain_map.levels[inside] for one in (photo, portrait))
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("background", [Background("color", (200, 0, 0)), Background("stage")], ids=["color", "stage"])
def test_a_new_background_has_no_gain(engine: PortraitEngine, lamp_photo, background: Background) -> None:
    photo, alpha = lamp_photo
    found = render_photo(engine, photo, alpha, replace(LOOK, background=background)).metadata.gain_map
    assert found.levels[alpha == 0.0].max() == 0
    assert found.levels[alpha == 1.0].min() == 85


def test_from_file_to_file_in_a_smaller_map(tmp_path: Path, engine: PortraitEngine, lamp_photo) -> None:
    photo, _ = lamp_photo
    small = photo.metadata.gain_map.levels[::2, ::2, 0].copy()
    source: RgbImage = photo.image
    (tmp_path / "in.jpg").write_bytes(ultra_hdr(source, small))
    report = make_portrait_file(engine, tmp_path / "in.jpg", tmp_path / "out.jpg", FileOptions(blur_radius_px=6.0))
    assert report.warnings == ()
    found = load_photo(tmp_path / "out.jpg").metadata.gain_map
    assert found.levels.shape == (48, 64, 1)
    assert 0 < found.levels[7, 51, 0] < 250
    assert found.levels[24, 32, 0] == pytest.approx(85, abs=4)
