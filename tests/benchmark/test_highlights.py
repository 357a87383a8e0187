"""Highlights show on lamps of the night, as large as their disks too, and leave sunlit leaves alone."""

from itertools import pairwise

import numpy as np
import pytest

from portrait.benchmark.highlights import judge_highlights
from portrait.benchmark.scenes.light_scenes import LIGHT_SCENES, make_light_scene
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.render.photo import render


def test_lamps_are_lifted_and_leaves_are_not() -> None:
    for shares in judge_highlights(240):
        for share in (shares.photo, shares.live):
            assert share < 0.006 if shares.scene == "sunlit leaves" else share > 0.02, shares


@pytest.mark.parametrize("name", LIGHT_SCENES[:2])
def test_more_is_brighter_and_darkens_nothing(name: str) -> None:
    scene = make_light_scene(name, 160)
    fraction = radius_px_to_fraction(scene.radius_px, *scene.alpha.shape)
    steps = [
        render(scene.image, scene.alpha, BlurOptions(blur_radius_fraction=fraction, highlight_boost=boost)).astype(int)
        for boost in (0.0, 0.3, 0.6, 1.0)
    ]
    assert all(np.all(after - before >= -1) for before, after in pairwise(steps))
    sums = [step.sum() for step in steps]
    assert all(before < after for before, after in pairwise(sums))
