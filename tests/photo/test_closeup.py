"""A part of a portrait is that part of the whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.boxes import Box
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.core.matting.strokes import Stroke
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.photo.closeup import render_closeup
from portrait.photo.defocus import PhotoDepth
from portrait.photo.edits import PhotoEdits
from portrait.photo.mending import edit_matte
from portrait.photo.rendering import render_photo
from portrait.photo.session import FoundMatte, find_photo_matte, open_photo

BOX = Box(210, 300, 330, 440)
BLUR = BlurOptions(blur_radius_fraction=0.012)


@pytest.fixture
def found(engine: PortraitEngine, tmp_path: Path, portrait_scene) -> FoundMatte:
    """A person before flat blocks with noise: edges for the blur, and noise for the grain."""
    rng = np.random.default_rng(2)
    blocks = np.kron(rng.integers(50, 200, (6, 8)), np.ones((60, 60)))[..., None] + np.zeros(3)
    scene, alpha = portrait_scene(360, 480)
    image = np.where(alpha[..., None] > 0.5, scene, blocks) + rng.normal(0, 3, (360, 480, 3))
    Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(tmp_path / "photo.png")
    found = find_photo_matte(engine, open_photo(tmp_path / "photo.png", 1.0), "fast")
    assert found.photo.preview.noise is not None
    return found


LOOKS = {
    "blur": Look(BLUR),
    "mono": Look(BLUR, Background("mono")),
    "color": Look(BLUR, Background("color", color=(0, 120, 40))),
    "image": Look(BLUR, Background("image", picture=np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3))),
    "stage": Look(BLUR, Background("stage")),
    "focus": Look(BLUR, focus=(0.95, 0.2), focal_range=0.1),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_part_is_that_part_of_the_whole(engine: PortraitEngine, found: FoundMatte, name: str) -> None:
    if name == "focus":
        slope = np.linspace(0.9, 0.0, 480, dtype=np.float32)[None, :].repeat(360, axis=0)
        nearness = np.where(found.matte > 0.5, np.float32(1.0), slope)
        found = found.with_photo(replace(found.photo, depth=PhotoDepth(DepthMap(nearness), "file")))
    mended = edit_matte(found, PhotoEdits((Stroke("add", ((0.3, 0.4), (0.4, 0.5)), 0.03),)))
    look = LOOKS[name]
    sharp, defocus_map, _ = mended.defocus.focused(look)
    whole = render_photo(engine, mended.photo.photo, sharp, look, defocus_map).image
    closeup = render_closeup(engine, mended, look, BOX)
    difference = np.abs(closeup.after.astype(int) - closeup.box.crop(whole))
    assert difference.mean() < 0.2
    assert (difference > 8).mean() < 0.005
    np.testing.assert_array_equal(closeup.before, closeup.box.crop(mended.photo.image))
    np.testing.assert_allclose(closeup.matte, closeup.box.crop(mended.matte), atol=1e-6)


def test_without_a_person_it_is_the_photo(engine: PortraitEngine, found: FoundMatte) -> None:
    nobody = edit_matte(found, PhotoEdits((Stroke("remove", ((0.5, 0.0), (0.5, 1.0)), 0.5, hardness=1.0),)))
    assert not nobody.has_person
    closeup = render_closeup(engine, nobody, LOOKS["color"], BOX)
    np.testing.assert_array_equal(closeup.after, closeup.before)
